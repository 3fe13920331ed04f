from __future__ import annotations

import pytest

from accounts.models import Project, User
from issues import groupings, merging
from issues.groupings import merged_into
from issues.models import Event, Issue
from issues.record.writer import record
from rustrak.lib import clock
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db


def test_merge_split_and_undo_leave_numbers_that_readers_agree_on(shop: Project, bo: User) -> None:
    record(shop.pk, [thrown("A"), thrown("A"), thrown("B"), thrown("C")], NOW)
    a, b, c = (Issue.objects.get(type=kind) for kind in "ABC")
    groupings.merge(shop, a.pk, [b.pk, c.pk], bo)
    a.refresh_from_db()
    assert (a.event_count, a.events.count()) == (4, 4)
    listed = [groupings.listed(each, a) for each in a.groupings.order_by("pk")]
    assert [each.events for each in listed] == [2, 1, 1]
    assert {each.first_seen for each in listed} == {NOW}
    merged, more = merged_into.merged(a, clock.now(), 1)
    assert (merged[0].short_id, merged[0].by, merged[0].why_not, more) == (
        "SHOP-3",
        "bo",
        "",
        True,
    )
    assert groupings.split(shop, listed[1].grouping.pk, bo) == b.pk
    assert groupings.undo(shop, c.pk, bo) == ""
    assert dict(Issue.objects.values_list("type", "event_count")) == {"A": 2, "B": 1, "C": 1}
    assert Event.objects.filter(issue=a).count() == 2
    groupings.merge(shop, a.pk, [c.pk], bo)
    groupings.move(shop, listed[2].grouping.pk, b.pk, bo)
    assert dict(Issue.objects.values_list("type", "event_count")) == {"A": 2, "B": 2}
    assert Event.objects.filter(issue=b).count() == 2
    (moved,) = merged_into.merged(a, clock.now(), 5)[0]
    assert moved.why_not == "Its events were moved to other issues since."


def test_all_are_merged_or_none(shop: Project, bo: User) -> None:
    record(shop.pk, [thrown("A"), thrown("B")], NOW)
    a, b = (Issue.objects.get(type=kind) for kind in "AB")
    with pytest.raises(merging.NotPossible):
        groupings.merge(shop, a.pk, [b.pk, b.pk], bo)
    assert Issue.objects.filter(pk=b.pk, event_count=1).exists()


def test_mechanisms_have_names() -> None:
    assert [groupings.mechanism_of(number) for number in (1, 2, 101)] == [
        ("classic", 1), ("classic", 2), ("smart", 1),
    ]  # fmt: skip
