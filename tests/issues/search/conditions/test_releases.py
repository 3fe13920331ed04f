from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues import search
from issues.record.writer import record
from issues.search import Scope
from issues.search.conditions import releases
from tests.lib import builders
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db


def found(shop: Project, bo: User, text: str) -> list[int]:
    return [
        issue.digest_order for issue in search.find(shop.issues.all(), text, Scope([shop], bo, NOW)).issues
    ]


def test_no_more_releases_are_compared_than_said(
    shop: Project, bo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releases, "MOST_RELEASES", 2)
    for number in (1, 2, 3):
        sent = thrown(f"E{number}", release=f"{number}.0", timestamp=NOW.timestamp() - number)
        record(shop.pk, [sent], NOW)
    for text, numbers in (("release:>1", [2]), ("release:latest", [2])):
        one = search.find(shop.issues.all(), text, Scope([shop], bo, NOW))
        assert [issue.digest_order for issue in one.issues] == numbers
        assert one.notes == ("Only 2 releases were compared.",)


def test_the_releases_of_states(shop: Project, bo: User) -> None:
    record(shop.pk, [thrown("A", release="shop@1.0"), thrown("B", release="shop@1.1")], NOW)
    builders.issue(shop, 3, status="resolved", resolution="in_release", resolved_release="shop@1.1")
    builders.issue(shop, 4, regressed_at=NOW, regressed_release="shop@1.0")
    builders.issue(shop, 5, status="resolved", regressed_at=NOW, regressed_release="shop@1.0")
    assert found(shop, bo, "resolved-in:shop@1.1") == found(shop, bo, "resolved-in:>1.0") == [3]
    assert found(shop, bo, "resolved-in:latest") == [3]
    assert found(shop, bo, "regressed-in:shop@1.0") == [4, 5]
    assert 4 in found(shop, bo, "-regressed-in:latest")
