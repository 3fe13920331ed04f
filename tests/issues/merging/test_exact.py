"""After any sequence of events, merges, splits, moves, undos, deletions and retention, every number is that of a recount."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from accounts.models import Project
from issues import lifecycle, merging
from issues.merging import counting, transfer
from issues.merging import events as moved_events
from issues.models import (
    Event,
    Grouping,
    Issue,
    IssueDay,
    IssueHour,
    IssuePerson,
    IssueTag,
    IssueTagKey,
    MergedIssue,
    PendingCount,
    PendingMove,
    Reference,
)
from issues.payload.read import Occurrence
from issues.record import codec, references, trends
from issues.record.writer import record
from issues.retention import deletion, events
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db

KINDS = "ABCD"
ONE, TWO = st.integers(0, 5), st.integers(0, 5)
STEP = st.one_of(
    st.tuples(st.just("arrive"), st.integers(0, 3), st.integers(1, 7)),
    st.tuples(st.just("arrive"), st.integers(0, 3), st.integers(1, 7)),
    st.tuples(st.just("merge"), ONE, TWO),
    st.tuples(st.just("merge"), ONE, TWO),
    st.tuples(st.just("split"), ONE, TWO),
    st.tuples(st.just("move"), ONE, TWO),
    st.tuples(st.just("undo"), ONE, TWO),
    st.tuples(st.just("work"), ONE, TWO),
    st.tuples(st.just("delete"), ONE, TWO),
    st.tuples(st.just("retain"), ONE, TWO),
)
FIRST = [("arrive", number, 3 + number) for number in range(len(KINDS))]


@given(steps=st.lists(STEP, min_size=3, max_size=12))
@examples(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_every_number_is_that_of_a_recount(
    monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, int, int]]
) -> None:
    # Nearly everything is left to the background, which does little at a time.
    monkeypatch.setattr(transfer, "AT_ONCE", 1)
    monkeypatch.setattr(counting, "AT_ONCE", 0)
    monkeypatch.setattr(moved_events, "STEP", 2)
    with transaction.atomic():
        world = World(Project.objects.create(name="P", slug="p"))
        for what, one, two in [*FIRST, *steps]:
            getattr(world, what)(one, two)
            world.check()
        world.end()
        transaction.set_rollback(True)


@dataclass
class Link:
    """A merge that can be undone: where it leads now, what came with it, and the merges that lead on through it."""

    into: UUID
    kinds: set[str]
    through: list[UUID]


@dataclass
class World:
    """What was sent, and which issue has it."""

    project: Project
    sent: dict[str, list[Occurrence]] = field(default_factory=dict)
    home: dict[str, UUID] = field(default_factory=dict)
    links: dict[UUID, Link] = field(default_factory=dict)
    clock: datetime = NOW
    count: int = 0

    @property
    def issues(self) -> list[UUID]:
        return list(dict.fromkeys(self.home[kind] for kind in sorted(self.home)))

    def kinds_of(self, issue: UUID) -> list[str]:
        return [kind for kind in sorted(self.home) if self.home[kind] == issue]

    def pick(self, number: int) -> UUID:
        return self.issues[number % len(self.issues)]

    def arrive(self, one: int, two: int) -> None:
        """Events of two kinds, some of which happened long before they arrived, some at the same time."""
        batch = []
        for number in range(two):
            self.count += 1
            self.clock += timedelta(minutes=17)
            kind = KINDS[(one + number // 3) % len(KINDS)]
            happened = self.clock - timedelta(minutes=(self.count * 53) % 240)
            person = (self.count * 7) % 5
            event = thrown(
                kind,
                received_at=self.clock,
                timestamp=happened.timestamp(),
                tags={"n": str(self.count % 3)},
                user={"id": str(person)} if person else None,
                release=f"r{self.count % 3}" if self.count % 4 else None,
                environment=f"e{self.count % 2}",
                level=("error", "warning")[self.count % 2],
                extra={"words": [f"alpha{each} beta" for each in range(10)]},
            )
            self.sent.setdefault(kind, []).append(event)
            batch.append(event)
        record(self.project.pk, batch, self.clock)
        for kind in self.sent.keys() - self.home.keys():
            self.home[kind] = grouping_of(self.project, kind).issue_id

    def merge(self, one: int, two: int) -> None:
        into, other = self.pick(one), self.pick(two)
        if into == other:
            return
        self.merged(into, other, lambda: merging.merge(self.project.pk, into, other, None))

    def merged(self, into: UUID, other: UUID, act: Any) -> None:
        act()
        through = [gone for gone, link in self.links.items() if link.into == other]
        self.links[other] = Link(into, set(self.kinds_of(other)), through)
        for gone in through:
            self.links[gone].into = into
        self.lead(self.kinds_of(other), into)

    def undo(self, one: int, two: int) -> None:
        if self.links:
            gone = sorted(self.links)[one % len(self.links)]
            self.undone(gone, lambda: merging.undo_merge(self.project.pk, gone, None))

    def undone(self, gone: UUID, act: Any) -> None:
        link = self.links[gone]
        back = [kind for kind in self.kinds_of(link.into) if kind in link.kinds]
        if not back or len(back) == len(self.kinds_of(link.into)):
            with pytest.raises(merging.NotPossible):
                act()
            return
        act()
        del self.links[gone]
        for each in link.through:
            if each in self.links and self.links[each].into == link.into:
                self.links[each].into = gone
        self.lead(back, gone)

    def split(self, one: int, two: int) -> None:
        kind = sorted(self.home)[one % len(self.home)]
        issue, pk = self.home[kind], grouping_of(self.project, kind).pk
        if self.kinds_of(issue) == [kind]:
            with pytest.raises(merging.NotPossible):
                merging.split(self.project.pk, pk, None)
            return
        found = [gone for gone, link in self.links.items() if link.into == issue and link.kinds == {kind}]
        if found:
            gone = min(found, key=lambda each: each.hex)
            if len(found) > 1:
                return
            self.undone(gone, lambda: merging.split(self.project.pk, pk, None))
            return
        new = merging.split(self.project.pk, pk, None)
        assert new not in self.home.values()
        self.lead([kind], new)

    def move(self, one: int, two: int) -> None:
        kind, into = sorted(self.home)[one % len(self.home)], self.pick(two)
        issue, pk = self.home[kind], grouping_of(self.project, kind).pk
        if into == issue:
            with pytest.raises(merging.NotPossible):
                merging.move(self.project.pk, pk, into, None)
            return
        if self.kinds_of(issue) == [kind]:
            # It has all events, so its issue is merged.
            self.merged(into, issue, lambda: merging.move(self.project.pk, pk, into, None))
            return
        merging.move(self.project.pk, pk, into, None)
        self.lead([kind], into)

    def lead(self, kinds: Iterable[str], issue: UUID) -> None:
        self.home |= dict.fromkeys(list(kinds), issue)

    def work(self, one: int, two: int) -> None:
        merging.work(self.project.pk, seconds=0)

    def delete(self, one: int, two: int) -> None:
        if len(self.issues) < 3:
            return
        issue = self.pick(one)
        lifecycle.delete(Issue.objects.filter(pk=issue), None, at_once=two)
        if two % 2:
            deletion.delete_marked()
        for kind in self.kinds_of(issue):
            del self.home[kind], self.sent[kind]
        self.links = {gone: link for gone, link in self.links.items() if link.into != issue}

    def retain(self, one: int, two: int) -> None:
        """Retention deletes some stored events; nothing that is counted changes."""
        rows = (
            Event.objects.filter(project=self.project)
            .exclude(issue__status="deleting")
            .order_by("worth", "id")
        )
        events.delete(self.project.pk, list(rows.values_list("pk", flat=True)[:two]))

    def check(self) -> None:
        found = set(Issue.objects.filter(project=self.project).values_list("pk", flat=True))
        assert found == set(self.issues)
        for issue in Issue.objects.filter(project=self.project):
            kinds = self.kinds_of(issue.pk)
            sent = [each for kind in kinds for each in self.sent[kind]]
            check_columns(issue, sent)
            people = {each.person for each in sent} - {None}
            if PendingCount.objects.filter(issue=issue).exists():
                assert issue.user_count >= len(people)
            else:
                assert issue.user_count == len(people)
            stored = Event.objects.filter(grouping__issue=issue)
            assert issue.stored_event_count == stored.count()
            highest = issue.event_count + issue.numbers_ahead
            assert all(each <= highest for each in issue.events.values_list("digest_order", flat=True))
            for kind in kinds:
                grouping = grouping_of(self.project, kind)
                assert grouping.issue_id == issue.pk
                assert grouping.is_counted or kinds == [kind]
                if grouping.is_counted:
                    check_columns(grouping, self.sent[kind])

    def end(self) -> None:
        """Everything is done, and can be read."""
        merging.finish(self.project.pk)
        deletion.delete_marked()
        self.check()
        for kind, sent in self.sent.items():
            check_counts(grouping_of(self.project, kind), sent)
        assert not PendingMove.objects.exists()
        assert not PendingCount.objects.exists()
        assert not Issue.everything.filter(status__in=Issue.HIDDEN).exists()
        assert set(MergedIssue.objects.values_list("issue", "into")) == {
            (gone, link.into) for gone, link in self.links.items()
        }
        rows = Event.objects.filter(project=self.project).select_related("grouping", "issue")
        for event in rows:
            assert event.issue_id == event.grouping.issue_id
            assert (event.own_title or event.issue.title).startswith(event.grouping.key[0])
        read = references.read([event.payload for event in rows])
        assert [UUID(each["event_id"]) for each in read] == [event.event_id for event in rows]
        in_order = sorted(rows, key=lambda event: event.digest_order)
        for kind in self.home:
            ids = [event.event_id.hex for event in in_order if event.grouping.key[0] == kind]
            assert ids == [each.event_id for each in self.sent[kind] if each.event_id in ids]
        used = Counter(key for event in rows if (key := codec.reference_id(event.payload)) is not None)
        assert dict(Reference.objects.values_list("pk", "uses")) == used


def grouping_of(project: Project, kind: str) -> Grouping:
    return Grouping.objects.exclude(key_hash__startswith="deleted").get(
        project=project, key__startswith=f"{kind}:"
    )


def check_columns(row: Any, sent: list[Occurrence]) -> None:
    """What an issue and a grouping have of their events."""
    assert row.event_count == len(sent)
    first, last = min(each.timestamp for each in sent), max(each.timestamp for each in sent)
    assert (row.first_seen, row.last_seen) == (first, last)
    firsts = {(each.release, each.environment) for each in sent if each.timestamp == first}
    assert (row.first_release, row.first_environment) in firsts
    lasts = {(each.release, each.environment, each.level) for each in sent if each.timestamp == last}
    assert (row.last_release, row.last_environment, row.level) in lasts
    hours = Counter(int(each.ingested_at.timestamp()) // 3600 for each in sent)
    assert row.trend == pytest.approx(trends.refill(hours.items(), trends.RECENT))
    assert row.usual == pytest.approx(trends.refill(hours.items(), trends.LONG))


def check_counts(grouping: Grouping, sent: list[Occurrence]) -> None:
    """The rows of what is counted for a grouping."""
    hours = Counter(int(each.ingested_at.timestamp()) // 3600 for each in sent)
    assert dict(IssueHour.objects.filter(grouping=grouping).values_list("hour", "count")) == hours
    days: Counter[int] = Counter()
    tags: Counter[tuple[str, str]] = Counter()
    people: dict[int, list[Any]] = {}
    for hour, count in hours.items():
        days[hour // 24] += count
    for each in sent:
        tags["n", each.tags["n"]] += 1
        tags["release", each.release] += bool(each.release)
        if each.person is not None:
            met = people.setdefault(each.person, [0, each.timestamp, each.timestamp])
            met[:] = met[0] + 1, min(met[1], each.timestamp), max(met[2], each.timestamp)
    assert dict(IssueDay.objects.filter(grouping=grouping).values_list("day", "count")) == days
    counted = IssueTag.objects.filter(grouping=grouping, key__in=["n", "release"])
    assert {
        (key, value): count for key, value, count in counted.values_list("key", "value", "count")
    } == +tags
    keys = IssueTagKey.objects.filter(grouping=grouping, key="n").aggregate(n=Sum("count"))
    assert keys["n"] == len(sent)
    rows = IssuePerson.objects.filter(grouping=grouping)
    assert {
        person: numbers
        for person, *numbers in rows.values_list("person", "event_count", "first_seen", "last_seen")
    } == people
