from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from accounts.models import GroupingMechanism, Project
from issues import merging
from issues.groupings import mechanism
from issues.merging import companions
from issues.models import Grouping, Issue, MergedIssue
from issues.payload.read import Occurrence
from issues.record.writer import record
from tests.lib.occurrences import NOW, occurrence

pytestmark = pytest.mark.django_db


def left(count: int, function: str = "take") -> Occurrence:
    """Each function is an issue by the smart mechanism; by the classic one each number is, whatever the function."""
    frames = [{"function": function, "module": "shop", "in_app": True}]
    thrown = {"type": "Scarce", "value": f"only {count} left", "stacktrace": {"frames": frames}}
    return occurrence({"exception": {"values": [thrown]}, "platform": "python"})


def issues_of(shop: Project, *events: Occurrence) -> list[UUID]:
    """Where events like these go now."""
    record(shop.pk, list(events), NOW)
    keys = [each.event_id for each in events]
    found = dict(Issue.objects.filter(events__event_id__in=keys).values_list("events__event_id", "pk"))
    return [found[UUID(key)] for key in keys]


@pytest.fixture
def merged(shop: Project) -> UUID:
    """An issue with the classic groupings of `only 1 left` and `only 2 left`, and the smart keys that were bound to it since."""
    one, two = issues_of(shop, left(1), left(2, "give"))
    mechanism.change(shop, GroupingMechanism.SMART)
    # The second key of each is not that of the event that made its grouping.
    issues_of(shop, left(1), left(2, "give"), left(1, "lend"), left(2, "sell"))
    merging.merge(shop.pk, one, two, None)
    return one


def grouping(number: int) -> Grouping:
    return Grouping.objects.get(mechanism__lt=100, key__contains=f"only {number} left")


def test_a_key_that_was_bound_goes_with_the_grouping_that_is_split_off(shop: Project, merged: UUID) -> None:
    gone = MergedIssue.objects.get().issue
    again = merging.made_again(grouping(2))
    assert again is not None
    # It came with two keys that have no events, and is made again all the same.
    assert merging.split(shop.pk, grouping(2).pk, None) == again.issue == gone
    mechanism.end_transition(shop)
    assert issues_of(shop, left(1), left(7, "lend"), left(2, "give"), left(8, "sell")) == [
        merged, merged, gone, gone,
    ]  # fmt: skip


def test_a_key_that_was_bound_after_a_merge_goes_along(shop: Project) -> None:
    one, two, three = issues_of(shop, left(1), left(2, "give"), left(3, "trade"))
    merging.merge(shop.pk, one, two, None)
    merging.merge(shop.pk, one, three, None)
    mechanism.change(shop, GroupingMechanism.SMART)
    issues_of(shop, left(1), left(2, "sell"), left(3, "trade"), left(2, "give"))
    merging.undo_merge(shop.pk, two, None)
    (other,) = issues_of(shop, left(9, "other"))
    merging.move(shop.pk, grouping(3).pk, other, None)
    mechanism.end_transition(shop)
    assert issues_of(shop, left(1), left(5, "give"), left(6, "sell"), left(7, "trade")) == [
        one,
        two,
        two,
        other,
    ]


def test_a_key_that_a_grouping_shares_with_one_that_stays_is_left(shop: Project) -> None:
    one, two = issues_of(shop, left(1), left(2))
    mechanism.change(shop, GroupingMechanism.SMART)
    issues_of(shop, left(1))
    merging.merge(shop.pk, one, two, None)
    merging.split(shop.pk, grouping(2).pk, None)
    mechanism.end_transition(shop)
    assert issues_of(shop, left(3)) == [one]


def test_without_keys_that_have_no_events_nothing_is_read(
    shop: Project, django_assert_num_queries: Any
) -> None:
    one, two = issues_of(shop, left(1), left(2, "give"))
    merging.merge(shop.pk, one, two, None)
    rows, pk = Grouping.objects.filter(issue=one), grouping(2).pk
    with django_assert_num_queries(1):
        assert companions.with_companions(rows, {pk}) == [pk]


def test_events_that_cannot_be_read_are_no_hindrance(shop: Project, merged: UUID) -> None:
    Issue.objects.get(pk=merged).events.update(payload=b"?")
    gone = merging.split(shop.pk, grouping(2).pk, None)
    mechanism.end_transition(shop)
    assert issues_of(shop, left(2, "give")) == [gone]
