from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues import search
from issues.models import IssueTag
from issues.search import Scope
from issues.search.conditions import releases
from tests.lib import builders
from tests.lib.occurrences import NOW


@pytest.mark.django_db
def test_no_more_releases_are_compared_than_said(
    shop: Project, bo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releases, "MOST_RELEASES", 2)
    for number in (1, 2, 3):
        issue = builders.issue(shop, number)
        IssueTag.objects.create(
            project=shop, grouping=issue.groupings.get(), key="release", value=f"{number}.0", count=1
        )
    for text in ("release:>1", "release:latest"):
        found = search.find(shop.issues.all(), text, Scope([shop], bo, NOW))
        assert [issue.digest_order for issue in found.issues] == [2]
        assert found.notes == ("Only 2 releases were compared.",)
