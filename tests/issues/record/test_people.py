from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Project
from issues import usage
from issues.lock import lock_project
from issues.models import Grouping, Issue, IssueHour, IssuePerson, Person, Usage
from issues.payload import fingerprint
from issues.payload.read import Occurrence
from issues.people import directory
from issues.record import issue_delta, people, trends
from issues.record.issue_delta import Met
from issues.record.sampling import SamplingRule
from issues.record.steps import groupings
from issues.record.writer import record
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db
USERS = (
    None,
    {"id": 1},
    {"id": 2, "email": "Ana@example.org"},
    {"username": "bo"},
    {"ip_address": "192.0.2.7"},
)
one_event = st.tuples(
    st.sampled_from("EF"), st.sampled_from(USERS), st.integers(-3, 3), st.sampled_from(["", "1.0", "2.0"])
)
histories = st.lists(
    st.lists(one_event, max_size=6) | st.sampled_from(["resolve", "forget", "repeat"]), min_size=1, max_size=6
)
Row = tuple[int, datetime, datetime, str]


@given(histories, st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=12, deadline=None)
def test_counts_are_those_of_the_events(shop: Project, history: list[Any], noisy: bool) -> None:
    """Late events, regressions, events that are sent twice or only counted, and a process that begins again."""
    directory.forget()
    sent: list[Occurrence] = []
    with transaction.atomic():
        for step, batch in enumerate(history):
            if batch == "resolve":
                Issue.objects.update(status="resolved", resolution="now")
            elif batch == "forget":
                directory.forget()
            elif batch == "repeat":
                record(shop.pk, sent[-4:], NOW)
            else:
                events = [_event(step, *each) for each in batch]
                record(shop.pk, events, NOW, SamplingRule(1) if noisy else None)
                sent += events
        found = {
            (each.grouping.issue.type, each.person): (
                each.event_count,
                each.first_seen,
                each.last_seen,
                each.last_release,
            )
            for each in IssuePerson.objects.select_related("grouping__issue")
        }
        assert found == _by_hand(sent)
        for issue in Issue.objects.all():
            assert issue.user_count == sum(kind == issue.type for kind, _ in found)
            hours = list(IssueHour.objects.filter(grouping__issue=issue).values_list("hour", "count"))
            assert issue.trend == pytest.approx(trends.refill(hours, trends.RECENT))
            assert issue.usual == pytest.approx(trends.refill(hours, trends.LONG))
            assert issue.opened_at == (issue.regressed_at or issue.created_at)
        assert set(Person.objects.values_list("person", flat=True)) == {person for _, person in found}
        transaction.set_rollback(True)


def _event(step: int, kind: str, user: Any, minutes: int, release: str) -> Occurrence:
    at = NOW + timedelta(hours=step)
    happened = (at - timedelta(hours=2 * (step % 2), minutes=minutes)).timestamp()
    return thrown(kind, user=user, release=release, timestamp=happened, received_at=at)


def _by_hand(sent: Iterable[Occurrence]) -> dict[tuple[str, int], Row]:
    found: dict[tuple[str, int], list[Occurrence]] = {}
    for each in sent:
        if each.person is not None:
            found.setdefault((each.type, each.person), []).append(each)
    return {key: _row(events) for key, events in found.items()}


def _row(events: list[Occurrence]) -> Row:
    last = max(each.timestamp for each in events)
    releases = [each.release for each in events if each.timestamp == last]
    return len(events), min(each.timestamp for each in events), last, releases[-1]


def test_whom_the_issues_have_met_costs_one_statement(
    shop: Project, django_assert_num_queries: Any, django_capture_on_commit_callbacks: Any
) -> None:
    def batch() -> list[Occurrence]:
        return [thrown(kind, user={"id": number}) for kind in "EF" for number in range(20)]

    with django_capture_on_commit_callbacks(execute=True):
        record(shop.pk, batch(), NOW)
    seen = _deltas(shop, batch())
    with django_assert_num_queries(1):
        assert people.add(shop.pk, seen, usage.UNLIMITED, NOW) == (0, 0)
    directory.forget()
    seen = _deltas(shop, batch())
    with django_assert_num_queries(2):
        people.add(shop.pk, seen, usage.UNLIMITED, NOW)


def _deltas(shop: Project, events: list[Occurrence]) -> list[Any]:
    hashes = [fingerprint.key_hash(each.key) for each in events]
    found = groupings.look_up(shop.pk, hashes)
    for key_hash, each in zip(hashes, events, strict=True):
        issue_delta.add(found[key_hash], each)
    return [grouping.issue for grouping in found.values()]


def test_past_the_share_nobody_new_is_kept_and_those_who_are_known_are_counted(
    shop: Project, settings: Any
) -> None:
    record(shop.pk, [thrown(user={"id": 1})], NOW)
    settings.RETAIN_BYTES_PER_PROJECT = 10**8
    usage.add(shop.pk, {"tag": (1, 10**8)})
    record(shop.pk, [thrown(user={"id": 1}), thrown(user={"id": 2}), thrown("F", user={"id": 1})], NOW)
    assert list(IssuePerson.objects.values_list("event_count", flat=True)) == [2]
    assert list(Issue.objects.order_by("digest_order").values_list("user_count", flat=True)) == [1, 0]
    assert Person.objects.count() == 1


def test_what_is_used_is_exact(shop: Project) -> None:
    record(shop.pk, [thrown(user={"id": 1, "email": "é@example.org"}), thrown("F", user={"id": 1})], NOW)
    record(shop.pk, [thrown(user={"id": 1, "username": "ana" * 30}), thrown(user={"id": 2})], NOW)
    before = Usage.objects.values("tag_count", "tag_bytes").get()
    usage.recount(shop.pk, NOW)
    assert Usage.objects.values("tag_count", "tag_bytes").get() == before


def test_people_of_stored_events_are_made_up_for(shop: Project) -> None:
    """As of issues from before the counts, of which some people are missing."""
    events = [thrown(user={"id": n % 2}, release=str(n), timestamp=NOW.timestamp() + n) for n in range(5)]
    record(shop.pk, events, NOW)
    whole = list(IssuePerson.objects.order_by("person").values())
    IssuePerson.objects.filter(last_release="4").update(
        event_count=0, first_seen=None, last_seen=None, last_release=""
    )
    IssuePerson.objects.filter(last_release="3").delete()
    Issue.objects.update(user_count=1)
    Person.objects.all().delete()
    directory.forget()
    _refill(shop, events)
    _refill(shop, events)
    again = list(IssuePerson.objects.order_by("person").values())
    assert [row | {"id": 0} for row in again] == [row | {"id": 0} for row in whole]
    assert Issue.objects.get().user_count == Person.objects.count() == 2
    # More was counted than is stored.
    IssuePerson.objects.filter(last_release="4").update(event_count=9)
    _refill(shop, events[:1])
    counts = IssuePerson.objects.order_by("last_release").values_list("event_count", "last_release")
    assert list(counts) == [(2, "3"), (9, "4")]


def _refill(shop: Project, events: list[Occurrence]) -> None:
    met: dict[int, Met] = {}
    for each in events:
        assert each.who
        issue_delta.meet(met, each.who, each.timestamp, each.release)
    with transaction.atomic():
        lock_project(shop.pk)
        people.refill(shop.pk, Grouping.objects.get(), met, NOW)
