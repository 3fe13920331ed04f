from __future__ import annotations

from datetime import timedelta

from accounts.models import GroupingMechanism, Project
from issues.groupings import mechanism as grouping
from issues.record.steps.groupings import TRANSITION
from rustrak.lib import clock

CLASSIC, SMART = GroupingMechanism.CLASSIC, GroupingMechanism.SMART


def test_a_change_begins_a_transition(shop: Project) -> None:
    now = clock.now()
    assert grouping.transition_ends_at(shop) is None
    assert not grouping.change(shop, CLASSIC, now)
    assert grouping.transition_ends_at(shop) is None
    assert grouping.change(shop, SMART, now)
    assert grouping.transition_ends_at(shop, now) == now + TRANSITION
    stored = Project.objects.get(pk=shop.pk)
    assert (
        (stored.grouping, stored.former_grouping) == (shop.grouping, shop.former_grouping) == (SMART, CLASSIC)
    )
    later = now + TRANSITION + timedelta(seconds=1)
    assert grouping.transition_ends_at(stored, later) is None


def test_to_choose_again_what_is_used_does_not_prolong_the_transition(shop: Project) -> None:
    now = clock.now()
    grouping.change(shop, SMART, now)
    assert not grouping.change(shop, SMART, now + timedelta(days=3))
    assert grouping.transition_ends_at(shop, now) == now + TRANSITION


def test_a_transition_can_be_ended(shop: Project) -> None:
    assert not grouping.end_transition(shop)
    grouping.change(shop, SMART)
    assert grouping.end_transition(shop)
    assert grouping.transition_ends_at(Project.objects.get(pk=shop.pk)) is None
