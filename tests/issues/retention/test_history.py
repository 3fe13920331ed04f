"""After any history: exactly the events worth least are deleted, and counts stay right."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from accounts.models import Project
from issues.models import Event, Issue, Reference
from issues.record import references
from issues.record.writer import record
from issues.retention import batches, events
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db

# The steps of a history: events of one issue arrive, a person resolves it, days pass, retention runs.
ARRIVE = st.tuples(st.just("arrive"), st.sampled_from("ABC"), st.integers(1, 30))
RESOLVE = st.tuples(st.just("resolve"), st.sampled_from("ABC"), st.just(0))
WAIT = st.tuples(st.just("wait"), st.just(""), st.integers(1, 20))
RETAIN = st.tuples(st.just("retain"), st.just(""), st.integers(1, 40))
DAYS = 30


@given(
    history=st.lists(st.one_of(ARRIVE, ARRIVE, RESOLVE, WAIT, RETAIN), min_size=3, max_size=14),
    first=st.integers(2, 9),
)
@examples(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_exactly_the_events_worth_least_are_deleted(
    monkeypatch: pytest.MonkeyPatch, history: list[tuple[str, str, int]], first: int
) -> None:
    monkeypatch.setattr(batches, "PAUSE", 0)
    with transaction.atomic():
        project = Project.objects.create(name="P", slug="p", retain_days=DAYS)
        Model(project, first).live([*history, ("retain", "", 20)])
        transaction.set_rollback(True)


class Model:
    """Predicts the events and counts of a project. `first` is the size of retention's first batch."""

    def __init__(self, project: Project, first: int) -> None:
        self.project = project
        self.policy = replace(events.POLICY, first_batch=first)
        self.now = NOW
        self.seen: Counter[str] = Counter()
        self.stored: dict[UUID, Event] = {}
        self.pinned: set[UUID] = set()

    def live(self, history: list[tuple[str, str, int]]) -> None:
        for what, issue, number in history:
            if what == "arrive":
                self.arrive(issue, number)
            elif what == "resolve":
                Issue.objects.filter(project=self.project, type=issue).update(
                    status=Issue.Status.RESOLVED, resolution=Issue.Resolution.NOW
                )
            elif what == "wait":
                self.now += timedelta(days=number)
            else:
                self.retain(number)

    def arrive(self, issue: str, number: int) -> None:
        batch = [thrown(issue, received_at=self.now) for _ in range(number)]
        changes = record(self.project.pk, batch, self.now)
        self.seen[issue] += number
        self.pinned |= {change.event_id for change in changes if change.kind != "event"}
        arrived = Event.objects.select_related("issue").in_bulk([change.event_id for change in changes])
        self.stored |= arrived

    def retain(self, most: int) -> None:
        Project.objects.filter(pk=self.project.pk).update(retain_events=most)
        evicted: Counter[str] = Counter()
        batches.enforce(
            self.policy, self.now, lambda _, reason, deleted: evicted.update({reason: deleted["event"]})
        )
        old = {pk for pk, event in self.stored.items() if event.ingested_at < self.now - timedelta(days=DAYS)}
        by_worth = sorted(self.stored.keys() - old, key=self.worth)
        surplus = set(by_worth[: max(0, len(by_worth) - most)])
        self.stored = {pk: event for pk, event in self.stored.items() if pk not in old | surplus}
        assert set(Event.objects.filter(project=self.project).values_list("pk", flat=True)) == set(
            self.stored
        )
        assert evicted == Counter({"too_old": len(old), "too_many": len(surplus)}) - Counter()
        self.check_counts()

    def worth(self, pk: UUID) -> tuple[int, int, UUID]:
        event = self.stored[pk]
        latest = event.digest_order > self.seen[event.issue.type] - events.KEEP_LATEST
        return 2 if pk in self.pinned else int(latest), event.worth, pk

    def check_counts(self) -> None:
        self.project.refresh_from_db()
        assert (self.project.digested_event_count, self.project.stored_event_count) == (
            self.seen.total(),
            len(self.stored),
        )
        left = Counter(event.issue.type for event in self.stored.values())
        found = Issue.objects.filter(project=self.project)
        assert {issue.type: (issue.event_count, issue.stored_event_count) for issue in found} == {
            name: (number, left[name]) for name, number in self.seen.items()
        }
        payloads = list(Event.objects.filter(project=self.project).values_list("payload", flat=True))
        assert len(references.read(payloads)) == len(self.stored)
        assert Reference.objects.filter(issue__project=self.project).count() <= len(self.stored)
