from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Project, User
from issues import merging, usage
from issues.merging import kept
from issues.models import (
    Activity,
    AlertThread,
    Event,
    ExternalIssue,
    Grouping,
    Issue,
    IssueDay,
    IssueHour,
    IssuePerson,
    IssueSeen,
    IssueTag,
    IssueTagKey,
    IssueText,
    MergedIssue,
    Reference,
    Usage,
)
from issues.payload.read import Occurrence
from issues.record import references
from issues.record.writer import record
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db
KINDS = ("A", "B", "C")


def event(kind: str, number: int, user: int | None, tag: int) -> Occurrence:
    received = NOW + timedelta(minutes=37 * number)
    # Some happened long before they arrived.
    happened = received - timedelta(minutes=(53 * number) % 200)
    return thrown(
        kind,
        received_at=received,
        timestamp=happened.timestamp(),
        tags={"n": str(tag), f"k{tag}": "x"},
        user={"id": str(user)} if user is not None else None,
        release=f"r{number % 3}" if number % 4 else "",
    )


def merge(project: Project, into: UUID, other: UUID, by: User | None = None) -> dict[str, Any]:
    with transaction.atomic():
        before = merging.begin(project.pk, into, other, by)
    finished = False
    while not finished:
        with transaction.atomic():
            finished = merging.move(project.pk, into, other, seconds=0)
    stored: dict[str, Any] = json.loads(json.dumps(before))
    return stored


def undo(project: Project, into: UUID, other: UUID, before: dict[str, Any], by: User | None = None) -> None:
    with transaction.atomic():
        merging.undo(project.pk, into, other, before, by)


def counted(project: Project) -> dict[UUID, Any]:
    """What the tables say of each issue."""
    found = {}
    for issue in Issue.everything.filter(project=project):
        tags = IssueTag.objects.filter(issue=issue)
        keys = IssueTagKey.objects.filter(issue=issue)
        people = IssuePerson.objects.filter(issue=issue)
        found[issue.pk] = {
            "status": issue.status,
            "events": (issue.event_count, issue.stored_event_count, issue.events.count()),
            "users": issue.user_count,
            "seen": (issue.first_seen, issue.last_seen),
            "hours": dict(IssueHour.objects.filter(issue=issue).values_list("hour", "count")),
            "days": dict(IssueDay.objects.filter(issue=issue).values_list("day", "count")),
            "tags": {(key, value): count for key, value, count in tags.values_list("key", "value", "count")},
            "keys": {key: numbers for key, *numbers in keys.values_list("key", "count", "values_kept")},
            "people": {
                person: numbers
                for person, *numbers in people.values_list("person", "event_count", "first_seen", "last_seen")
            },
        }
    return found


def recounted(events: list[Occurrence], status: str = "open") -> Any:
    """What they must say of an issue with these events, from scratch."""
    hours = Counter(int(each.ingested_at.timestamp()) // 3600 for each in events)
    tags: Counter[tuple[str, str]] = Counter()
    people: dict[int, list[Any]] = {}
    for each in events:
        extra = {"level": "error"} | ({"release": each.release} if each.release else {})
        tags.update((dict(each.tags) | extra).items())
        if each.person is not None:
            of_person = people.setdefault(each.person, [0, each.timestamp, each.timestamp])
            of_person[0] += 1
            of_person[1:] = min(of_person[1], each.timestamp), max(of_person[2], each.timestamp)
    keys: dict[str, list[int]] = {}
    for (key, _), count in tags.items():
        of_key = keys.setdefault(key, [0, 0])
        of_key[0] += count
        of_key[1] += 1
    days: Counter[int] = Counter()
    for hour, count in hours.items():
        days[hour // 24] += count
    return {
        "status": status,
        "events": (len(events),) * 3,
        "users": len(people),
        "seen": (min(each.timestamp for each in events), max(each.timestamp for each in events)),
        "hours": dict(hours),
        "days": dict(days),
        "tags": dict(tags),
        "keys": keys,
        "people": people,
    }


def test_usage_is_counted_again_when_all_is_moved(shop: Project) -> None:
    for number, kind in enumerate(KINDS[:2]):
        record(shop.pk, [event(kind, number, number, number)], NOW)
    into, other = Issue.objects.order_by("digest_order").values_list("pk", flat=True)
    with transaction.atomic():
        merging.begin(shop.pk, into, other, None)
    usage.recount(shop.pk, NOW)
    merging.finish_interrupted()
    # The row of the issue that is gone was counted.
    assert Usage.objects.get().recounted_at is None


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("event"), st.sampled_from(KINDS), st.none() | st.integers(0, 3), st.integers(0, 4)),
        st.tuples(st.just("merge"), st.integers(0, 2), st.integers(0, 2)),
        st.just(("undo",)),
    ),
    min_size=4,
    max_size=10,
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_after_merges_and_undos_all_numbers_are_those_of_a_recount(shop: Project, steps: list[Any]) -> None:
    """Random events, merges and undos against lists of events."""
    for model in (MergedIssue, Event, Issue):
        model._base_manager.all().delete()
    for number, kind in enumerate(KINDS):
        record(shop.pk, [first := event(kind, number, number, number)], NOW)
        if kind == "A":
            lists: dict[UUID, list[Occurrence]] = {}
        lists[Issue.objects.get(type=kind).pk] = [first]
    issues = list(lists)
    home = dict(zip(KINDS, issues, strict=True))
    undoable: list[tuple[UUID, UUID, dict[str, Any], dict[str, UUID], int]] = []
    for number, step in enumerate(steps, start=len(KINDS)):
        if step[0] == "event":
            arrived = event(step[1], number, *step[2:])
            record(shop.pk, [arrived], NOW)
            lists[home[step[1]]].append(arrived)
        elif step[0] == "merge":
            into, other = issues[step[1]], issues[step[2]]
            if into != other and into in lists and other in lists:
                before = merge(shop, into, other)
                undoable.append((into, other, before, dict(home), len(lists[into])))
                lists[into] += lists.pop(other)
                home = {kind: into if issue == other else issue for kind, issue in home.items()}
        elif undoable:
            into, other, before, home_before, length = undoable.pop()
            if into not in lists or len(lists[into]) != length + before["issue"]["event_count"]:
                with pytest.raises(merging.NotPossible, match="since"):
                    undo(shop, into, other, before)
                undoable.clear()
            else:
                undo(shop, into, other, before)
                lists[other] = lists[into][length:]
                del lists[into][length:]
                home = home_before
        assert counted(shop) == {issue: recounted(events) for issue, events in lists.items()}
    # Each payload can still be read.
    for issue, events in lists.items():
        stored = Event.objects.filter(issue=issue).values_list("payload", flat=True)
        ids = {payload["event_id"] for payload in references.read(list(stored))}
        assert ids == {each.event_id for each in events}


def rows(project: Project) -> dict[str, Any]:
    """All rows of the project's issues, but for what a merge and its undoing leave in their history."""
    of_history = (Activity.Kind.MERGED, Activity.Kind.UNMERGED)
    found: dict[str, Any] = {"issues": sorted(Issue.everything.filter(project=project).values_list())}
    for model in (
        Event, Grouping, Reference, IssueHour, IssueDay, IssuePerson, IssueTag, IssueTagKey, ExternalIssue, IssueSeen,
        IssueText, AlertThread,
    ):  # fmt: skip
        names = [field.attname for field in model._meta.concrete_fields]
        if model in (
            IssueHour,
            IssueDay,
            IssuePerson,
            IssueTag,
            IssueTagKey,
            ExternalIssue,
            IssueSeen,
            IssueText,
        ):
            names = [name for name in names if name not in ("id", "vector")]
        found[model.__name__] = sorted(map(repr, model._default_manager.values_list(*names)))
    found["history"] = sorted(
        map(repr, Activity.objects.exclude(kind__in=of_history).values_list("issue", "kind", "at"))
    )
    return found


@pytest.fixture
def two(shop: Project, bo: User) -> tuple[Issue, Issue]:
    """Two issues with some of everything, of which they share a part."""
    batch = [event(kind, number, number % 3, number % 4) for number, kind in enumerate("AABABBBAB")]
    record(shop.pk, batch, NOW)
    one, other = (Issue.objects.get(type=kind) for kind in "AB")
    for issue, url in ((one, "same"), (other, "same"), (other, "own")):
        ExternalIssue.objects.create(issue=issue, url=f"https://example.org/{url}", created_by=bo)
    IssueSeen.objects.create(user=bo, issue=other, at=NOW)
    AlertThread.objects.create(user=bo, issue=other.pk, updated_at=NOW)
    for issue, text in ((one, "\nboth\none\n"), (other, "\nboth\nother\n")):
        IssueText.objects.filter(issue=issue).delete()
        IssueText.objects.create(issue=issue, types=text, other="\n#same\n")
    return one, other


def test_undoing_restores_each_row(shop: Project, bo: User, two: tuple[Issue, Issue]) -> None:
    one, other = two
    record(shop.pk, [event("C", 20, 1, 1)], NOW)
    third = Issue.objects.get(type="C")
    before = rows(shop)
    kept_of_third = merge(shop, other.pk, third.pk)
    between = rows(shop)
    kept_of_other = merge(shop, one.pk, other.pk, bo)
    assert list(Issue.everything.values_list("pk", flat=True)) == [one.pk]
    assert dict(MergedIssue.objects.values_list("issue", "into")) == {other.pk: one.pk, third.pk: one.pk}
    assert IssueText.objects.get().types == "\nboth\none\nother\n=c= c \n"
    undo(shop, one.pk, other.pk, kept_of_other, bo)
    assert rows(shop) == between
    assert dict(MergedIssue.objects.values_list("issue", "into")) == {third.pk: other.pk}
    undo(shop, other.pk, third.pk, kept_of_third)
    assert rows(shop) == before
    history = Activity.objects.filter(issue=one.pk).order_by("at", "id").values_list("kind", "detail", "user")
    assert list(history)[-2:] == [("merged", other.short_id, bo.pk), ("unmerged", other.short_id, bo.pk)]


def test_later_events_follow_and_then_it_is_not_undone(shop: Project, two: tuple[Issue, Issue]) -> None:
    one, other = two
    before = merge(shop, one.pk, other.pk)
    record(shop.pk, [event("B", 30, 1, 1)], NOW)
    assert Issue.objects.get().event_count == 10
    with pytest.raises(merging.NotPossible, match=r"Events have arrived in SHOP-1 since"):
        undo(shop, one.pk, other.pk, before)


def test_a_large_issue_stays_merged(
    shop: Project, two: tuple[Issue, Issue], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two
    monkeypatch.setattr(kept, "MOST_ROWS", 5)
    before = merge(shop, one.pk, other.pk)
    assert before == {"large": True}
    with pytest.raises(merging.NotPossible, match="too many"):
        undo(shop, one.pk, other.pk, before)


def test_a_deleted_assignee_is_left_out(shop: Project, bo: User, two: tuple[Issue, Issue]) -> None:
    one, other = two
    Issue.objects.filter(pk=other.pk).update(assignee=bo)
    before = merge(shop, one.pk, other.pk)
    bo.delete()
    undo(shop, one.pk, other.pk, before)
    assert Issue.objects.get(pk=other.pk).assignee is None
