from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues.fingerprint_rules import versions
from issues.models import FingerprintRules

pytestmark = pytest.mark.django_db


def test_each_change_is_a_version(shop: Project, ana: User) -> None:
    first = versions.save(shop, "type:A -> a  \r\n\n\n", ana, seen=0)
    assert (first.version, first.text, first.created_by) == (1, "type:A -> a", ana)
    assert versions.save(shop, "type:A -> a", ana, seen=1) == first
    second = versions.save(shop, "# nothing\n", ana, seen=1)
    shop.refresh_from_db()
    assert (shop.fingerprint_rules_version, versions.in_use(shop)) == (2, second)
    restored = versions.save(shop, first.text, ana, seen=None)
    assert (restored.version, versions.text_of(shop)) == (3, "type:A -> a")
    assert versions.of_version(shop, 1) == first
    assert versions.of_version(shop, 10**20) is None


def test_no_update_is_lost(shop: Project, ana: User) -> None:
    versions.save(shop, "type:A -> a", ana, seen=0)
    with pytest.raises(versions.Changed, match="version 1 is in use") as caught:
        versions.save(shop, "type:B -> b", ana, seen=0)
    assert caught.value.version == 1
    assert versions.text_of(shop) == "type:A -> a"


def test_mistakes_are_not_saved(shop: Project, ana: User) -> None:
    with pytest.raises(versions.Invalid, match="Line 2, column 1"):
        versions.save(shop, "type:A -> a\nnonsense", ana, seen=None)
    assert not FingerprintRules.objects.exists()


def test_old_versions_are_deleted_when_there_are_many(
    shop: Project, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "MOST_KEPT", 2)
    for number in range(4):
        versions.save(shop, f"type:A -> a{number}", ana, seen=None)
    assert sorted(shop.fingerprint_rules.values_list("version", flat=True)) == [3, 4]


def test_versions_are_compared() -> None:
    before = "\n".join(f"line {number}" for number in range(20))
    after = before.replace("line 2\n", "").replace("line 18", "new")
    found = [(line.sign, line.text) for line in versions.compared(before, after)]
    assert [each for each in found if each[0] != " "] == [("-", "line 2"), ("-", "line 18"), ("+", "new")]
    assert (" ", "…") in found
    assert versions.compared("a", "a") == []
    assert [(line.sign, line.text) for line in versions.compared("-- x", "++ y")] == [
        ("-", "-- x"), ("+", "++ y"),
    ]  # fmt: skip
