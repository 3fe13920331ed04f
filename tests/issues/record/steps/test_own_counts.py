from __future__ import annotations

import importlib
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Project
from issues import usage
from issues.models import Event, Grouping, Issue, Usage
from issues.payload import fingerprint
from issues.payload.read import Occurrence
from issues.record.sampling import SamplingRule
from issues.record.steps import own_counts
from issues.record.words import issue_text
from issues.record.writer import record
from tests.lib import recount
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db

_event = st.tuples(
    st.sampled_from("ABCD"), st.integers(0, 3), st.integers(0, 3), st.sampled_from(["", "1.0", "2.0"])
)
histories = st.lists(
    st.lists(_event, min_size=1, max_size=6) | st.sampled_from(["bind B", "bind D", "repeat", "apart"]), max_size=6
)  # fmt: skip
# The issue that a key belongs to once it is bound.
LEADERS = {"B": "A", "D": "C"}


def sent(key: str, person: int, minutes: int, release: str, hours: int = 0) -> Occurrence:
    at = NOW + timedelta(hours=hours)
    return thrown(
        key, fingerprint=[key], received_at=at, timestamp=(at - timedelta(minutes=minutes)).timestamp(),
        user={"id": person} if person else None, release=release, environment="prod" if minutes % 2 else "",
        level="info" if release else "error",
    )  # fmt: skip


def bind(shop: Project, key: str, issue: Issue) -> None:
    """Have a key lead to an issue before it has an event."""
    Grouping.objects.create(
        project=shop, issue=issue, key=key, key_hash=fingerprint.key_hash(key), mechanism=101, is_counted=True
    )


@given(history=histories, bound=st.sets(st.sampled_from("BD")), noisy=st.booleans())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_numbers_of_groupings_and_issues_are_those_of_their_events(
    shop: Project, history: list[Any], bound: set[str], noisy: bool
) -> None:
    history = [[("A", 1, 1, "1.0"), ("C", 2, 0, "")], *(f"bind {key}" for key in sorted(bound)), *history]
    leaders = {key: key for key in "ABCD"}
    arrived: list[Occurrence] = []
    last: list[Occurrence] = []
    with transaction.atomic():
        for step, what in enumerate(history):
            if what == "apart":
                own_counts.keep_counts(Issue.objects.values_list("pk", flat=True))
            elif what == "repeat":
                assert record(shop.pk, last, NOW) == []
            elif isinstance(what, str):
                key = what[-1]
                leader = Issue.objects.filter(groupings__key=LEADERS[key]).first()
                if leader and not Grouping.objects.filter(key=key).exists():
                    bind(shop, key, leader)
                    leaders[key] = LEADERS[key]
            else:
                last = [sent(*each, hours=step) for each in what]
                record(shop.pk, last, NOW, SamplingRule(1) if noisy else None)
                arrived += last
        _check(arrived, leaders)
        used = Usage.objects.values().first()
        usage.recount(shop.pk, NOW)
        if used:
            assert Usage.objects.values("tag_count", "tag_bytes").get() == {
                name: used[name] for name in ("tag_count", "tag_bytes")
            }
        transaction.set_rollback(True)
    issue_text.forget()


def _check(arrived: list[Occurrence], leaders: dict[str, str]) -> None:
    by_key, by_leader = defaultdict(list), defaultdict(list)
    for each in arrived:
        by_key[each.key].append(each)
        by_leader[leaders[each.key]].append(each)
    for grouping in Grouping.objects.exclude(is_counted=True, event_count=0).select_related("issue"):
        assert recount.of_grouping(grouping) == recount.of_events(by_key.pop(grouping.key))
    assert not by_key
    for issue in Issue.objects.all():
        leader = leaders[issue.groupings.earliest("pk").key]
        assert recount.of_issue(issue) == recount.of_events(by_leader.pop(leader))
        stored = list(Event.objects.filter(issue=issue).order_by("digest_order").values_list("digest_order"))
        assert len(stored) == issue.stored_event_count
    assert not by_leader


def test_an_issue_with_one_grouping_keeps_no_columns_of_it(shop: Project) -> None:
    record(shop.pk, [sent("A", 1, 0, "1.0"), sent("A", 2, 0, "2.0")], NOW)
    assert Grouping.objects.values_list("is_counted", "event_count", "last_seen").get() == (False, 0, None)


def test_the_first_event_of_a_bound_key_separates_the_columns(shop: Project) -> None:
    record(shop.pk, [sent("A", 1, 0, "1.0"), sent("A", 2, 0, "1.0")], NOW)
    bind(shop, "B", Issue.objects.get())
    # In one batch with another event of the first.
    record(shop.pk, [sent("A", 1, 0, "2.0"), sent("B", 1, 0, "3.0"), sent("B", 3, 0, "4.0")], NOW)
    counted = Grouping.objects.order_by("pk").values_list("is_counted", "event_count", "last_release")
    assert list(counted) == [(True, 3, "2.0"), (True, 2, "4.0")]
    issue = Issue.objects.get()
    assert (issue.event_count, issue.user_count, issue.last_release) == (5, 3, "4.0")


def test_numbers_that_were_given_are_not_given_again(shop: Project) -> None:
    """As after a split, which takes events away."""
    record(shop.pk, [sent("A", 1, 0, "")], NOW)
    Issue.objects.update(numbers_ahead=4)
    record(shop.pk, [sent("A", 1, 0, ""), sent("A", 1, 0, "")], NOW)
    assert list(Event.objects.order_by("id").values_list("digest_order", flat=True)) == [1, 6, 7]
    assert Issue.objects.values_list("event_count", "numbers_ahead").get() == (3, 4)


def test_issues_that_an_older_version_merged_are_counted_on(shop: Project) -> None:
    """What was counted stays with the oldest grouping; what arrives is counted where it belongs."""
    record(shop.pk, [sent("A", 1, 0, "1.0"), sent("B", 2, 1, "2.0")], NOW)
    one, other = Issue.objects.order_by("digest_order")
    Grouping.objects.filter(issue=other).update(issue=one)
    Issue.objects.filter(pk=one.pk).update(event_count=2)
    importlib.import_module("issues.migrations.0027_fill_grouping_of_counts").keep_apart(apps, None)
    record(shop.pk, [sent("B", 2, 0, "3.0")], NOW)
    counts = one.groupings.order_by("pk").values_list(
        "is_counted", "event_count", "first_release", "last_release"
    )
    assert list(counts) == [(True, 2, "1.0", "1.0"), (True, 1, "2.0", "3.0")]
    assert Issue.objects.values_list("event_count", flat=True).get(pk=one.pk) == 3
