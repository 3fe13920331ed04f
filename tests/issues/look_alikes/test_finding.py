from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Project, User
from issues import look_alikes
from issues.look_alikes import finding
from issues.models import Issue, NotTheSame
from tests.lib import builders

pytestmark = pytest.mark.django_db


def alike(project: Project, number: int, *hashes: str, **fields: Any) -> Issue:
    """An issue with a grouping for each hash."""
    made = builders.issue(project, number, **fields)
    made.groupings.update(smart_hash=hashes[0])
    for smart_hash in hashes[1:]:
        builders.grouping(made, smart_hash=smart_hash)
    return made


def groups(project: Project) -> list[tuple[list[int], int]]:
    numbers = dict(Issue.objects.values_list("pk", "digest_order"))
    found, _ = look_alikes.of_project(project)
    return [([numbers[key] for key in group.keys], group.count) for group in found]


def test_issues_share_a_key_through_any_of_their_groupings(shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    first = alike(shop, 1, "a", "b", "b")
    alike(shop, 2, "b")
    alike(shop, 3, "a", "c")
    alike(shop, 4, "", "")
    alike(shop, 5, "")
    alike(shop, 6, "a", status=Issue.Status.DELETING)
    alike(other, 1, "a")
    assert [issue.digest_order for issue in look_alikes.of_issue(first, 9)] == [2, 3]
    assert [issue.digest_order for issue in look_alikes.of_issue(first, 1)] == [2]
    assert look_alikes.of_issue(Issue.objects.get(project=shop, digest_order=4), 9) == []
    assert groups(shop) == [([1, 3], 2), ([1, 2], 2)]
    assert groups(other) == []
    assert look_alikes.some_in(shop)
    assert not look_alikes.some_in(other)


def test_who_was_told_apart_is_not_offered_again(shop: Project, bo: User) -> None:
    issues = [alike(shop, number, "a") for number in range(1, 5)]
    keys = [issue.pk for issue in issues]
    assert look_alikes.not_the_same(shop, keys[:1], keys, bo) == 3
    assert groups(shop) == [([2, 3, 4], 3)]
    assert look_alikes.of_issue(issues[0], 9) == []
    look_alikes.not_the_same(shop, keys[1:2], keys[2:3], bo)
    # Both may still be the same as the fourth.
    assert groups(shop) == [([2, 3, 4], 3)]
    assert [issue.digest_order for issue in look_alikes.of_issue(issues[1], 9)] == [4]
    look_alikes.not_the_same(shop, keys, (), bo)
    assert (groups(shop), NotTheSame.objects.count()) == ([], 6)
    assert look_alikes.undo(shop, keys[3], keys[0])
    assert groups(shop) == [([1, 4], 2)]


def test_large_groups_are_shown_in_part(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "MOST_SHOWN", 2)
    monkeypatch.setattr(finding, "MOST_GROUPS", 1)
    for number in range(1, 5):
        alike(shop, number, "a", "a")
    for number in range(5, 7):
        alike(shop, number, "b")
    assert groups(shop) == [([1, 2], 4)]
    assert look_alikes.of_project(shop)[1]
    first = Issue.objects.get(digest_order=1)
    assert look_alikes.all_of(shop, "a", 3)[0] == first.pk
    assert len(look_alikes.all_of(shop, "a", 3)) == 3
    assert look_alikes.all_of(shop, "", 3) == []
