from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import GroupingMechanism, Project
from issues.groupings import mechanism as grouping
from issues.models import Event, Grouping, Issue
from issues.payload import fingerprint
from issues.payload.read import Occurrence
from issues.payload.smart.key import MECHANISM as SMART_MECHANISM
from issues.record.writer import record
from tests.lib.occurrences import NOW, occurrence

CLASSIC, SMART = GroupingMechanism.CLASSIC, GroupingMechanism.SMART


def _left(count: object, function: str = "take", **over: Any) -> Occurrence:
    """`only 3 left` of a function: each number is an issue of its own by the classic mechanism."""
    frames = [{"function": function, "module": "shop.stock", "in_app": True}]
    thrown = {"type": "Scarce", "value": f"only {count} left", "stacktrace": {"frames": frames}}
    return occurrence(
        {"exception": {"values": [thrown]}, "platform": "python", "transaction": "/buy", **over}
    )


def _use(shop: Project, mechanism: GroupingMechanism, days_ago: int = 0) -> None:
    grouping.change(shop, mechanism, NOW - timedelta(days=days_ago))


def _issues(shop: Project) -> list[int]:
    """The numbers of events of the issues, in their order."""
    return list(
        Issue.objects.filter(project=shop).order_by("digest_order").values_list("event_count", flat=True)
    )


def test_each_mechanism_makes_its_own_issues(shop: Project) -> None:
    record(shop.pk, [_left(1), _left(2), _left(2)], NOW)
    assert _issues(shop) == [1, 2]
    smart = Project.objects.create(name="Smart", slug="smart", grouping=SMART)
    record(smart.pk, [_left(1), _left(2), _left(3, "give")], NOW)
    assert _issues(smart) == [2, 1]


def test_a_grouping_knows_its_mechanism_and_the_smart_hash_of_its_first_event(shop: Project) -> None:
    first = _left(1)
    record(shop.pk, [first], NOW)
    smart = Project.objects.create(name="Smart", slug="smart", grouping=SMART)
    record(smart.pk, [_left(2)], NOW)
    classic, other = Grouping.objects.order_by("project")
    assert (classic.key, classic.mechanism) == (first.key, fingerprint.MECHANISM)
    assert (other.key, other.mechanism) == (first.smart_key, SMART_MECHANISM)
    assert classic.smart_hash == other.smart_hash == other.key_hash == fingerprint.key_hash(first.smart_key)


def test_after_a_change_nothing_splits_and_new_issues_follow_the_new_mechanism(shop: Project) -> None:
    record(shop.pk, [_left(1), _left(2)], NOW)
    _use(shop, SMART)
    # The first two are known by their former keys; the third by the key that the first event bound to its issue.
    record(shop.pk, [_left(1), _left(2), _left(3)], NOW)
    assert _issues(shop) == [3, 2]
    record(shop.pk, [_left(2), _left(4), _left(9, "give"), _left(5, "give")], NOW)
    assert _issues(shop) == [4, 3, 2]
    deciding = Event.objects.filter(project=shop).values_list("grouping__mechanism", flat=True)
    assert sorted(deciding) == [fingerprint.MECHANISM] * 5 + [SMART_MECHANISM] * 4


@pytest.mark.parametrize("ended", ["by its age", "by an admin"])
def test_after_the_transition_only_the_new_keys_count(shop: Project, ended: str) -> None:
    record(shop.pk, [_left(1), _left(2)], NOW)
    _use(shop, SMART)
    record(shop.pk, [_left(1)], NOW)
    if ended == "by an admin":
        assert grouping.end_transition(shop)
        assert grouping.transition_ends_at(shop) is None
    else:
        _use(shop, CLASSIC)
        _use(shop, SMART, days_ago=91)
    record(shop.pk, [_left(2), _left(7)], NOW)
    assert _issues(shop) == [4, 1]
    own = Grouping.objects.filter(issue__digest_order=1).order_by("mechanism")
    assert [(each.is_counted, each.event_count) for each in own] == [(True, 2), (True, 2)]


def test_changing_back_keeps_together_what_was_made_meanwhile(shop: Project) -> None:
    _use(shop, SMART, days_ago=1)
    record(shop.pk, [_left(1), _left(2)], NOW)
    _use(shop, CLASSIC)
    record(shop.pk, [_left(1), _left(3)], NOW)
    assert _issues(shop) == [4]
    # Without the transition, what was bound still leads there, and what was not makes an issue.
    grouping.end_transition(shop)
    record(shop.pk, [_left(1), _left(3), _left(4)], NOW)
    assert _issues(shop) == [6, 1]


def test_a_fingerprint_wins_in_both_mechanisms(shop: Project) -> None:
    own = {"fingerprint": ["stock"]}
    record(shop.pk, [_left(1, **own)], NOW)
    _use(shop, SMART)
    record(shop.pk, [_left(2, "give", **own), _left(3, fingerprint=["{{ default }}", "eu"])], NOW)
    record(shop.pk, [_left(4, fingerprint=["{{ default }}", "eu"])], NOW)
    assert _issues(shop) == [2, 2]
    assert Grouping.objects.filter(project=shop).count() == 2


def test_a_transition_costs_one_statement_more_at_most(
    shop: Project, django_assert_max_num_queries: Any
) -> None:
    record(shop.pk, [_left(1)], NOW)
    _use(shop, SMART)
    record(shop.pk, [_left(1)], NOW)
    with django_assert_max_num_queries(26):
        record(shop.pk, [_left(1), _left(2)], NOW)


def test_without_room_no_further_key_is_bound(shop: Project, settings: Any) -> None:
    record(shop.pk, [_left(1)], NOW)
    _use(shop, SMART)
    settings.RETAIN_ISSUES_PER_PROJECT = 0
    settings.RETAIN_BYTES_PER_PROJECT = 1
    record(shop.pk, [_left(1)], NOW)
    assert _issues(shop) == [2]
    assert Grouping.objects.filter(project=shop).count() == 1
