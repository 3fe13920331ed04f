"""Reads what is stored of one issue from before the index: its words, the people it met, and its counts by time."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from issues.lock import lock_project
from issues.models import Event, Issue, IssueDay, IssueHour, IssueTag, IssueText
from issues.payload import read as payload
from issues.payload.searchable import OTHER, TAGS, TYPES, frames_by_column, own_by_column
from issues.record import issue_delta, people, references, trends
from issues.record.issue_delta import Met
from issues.record.words import issue_text

log = logging.getLogger(__name__)

# Events that are in memory at a time, and people whose rows are written in one transaction.
_EVENTS, _PEOPLE = 50, 300
# Texts that are waiting to be compared with the issue's: more than an issue can have.
_MOST_TEXTS = 20_000


@dataclass(slots=True)
class _Read:
    """What the events of an issue say: texts with their columns, in their order, each once; and people by their numbers."""

    texts: dict[tuple[str, str], None] = field(default_factory=dict)
    people: dict[int, Met] = field(default_factory=dict)


def index(issue: Issue, now: datetime) -> None:
    """Have the issue found by all that is stored of it. May be interrupted and repeated.

    Holds the project's lock for a few milliseconds at a time, and pauses as long after each.
    """
    found = _Read(dict.fromkeys(_own_texts(issue)))
    stacks: set[int] = set()
    for part in _events(issue.pk):
        for event in part:
            _read(event, found, stacks)
    numbers = sorted(found.people)
    for start in range(0, len(numbers), _PEOPLE):
        some = {number: found.people[number] for number in numbers[start : start + _PEOPLE]}
        with _locked(issue.project_id):
            if Issue.objects.filter(pk=issue.pk).exists():
                people.refill(issue.project_id, issue.pk, some, now)
    with _locked(issue.project_id):
        # It may have been deleted or merged meanwhile.
        if Issue.objects.filter(pk=issue.pk).exists():
            _count_again(issue.pk)
            issue_text.complete(issue.project_id, issue.pk, found.texts)


def is_done(issue: UUID) -> bool:
    """Whether somebody else has indexed it meanwhile."""
    return IssueText.objects.filter(issue=issue, is_complete=True).exists()


@contextmanager
def _locked(project_id: int) -> Iterator[None]:
    """A transaction with the project's lock, and a pause after it that is as long: digests come first."""
    with transaction.atomic():
        lock_project(project_id)
        since = time.perf_counter()
        yield
    time.sleep(min(0.1, time.perf_counter() - since))


def _own_texts(issue: Issue) -> Iterator[tuple[str, str]]:
    """What the issue's own rows say, as its first events may be gone."""
    yield TYPES, issue.type
    yield OTHER, issue.value
    yield OTHER, issue.culprit
    values = IssueTag.objects.filter(issue=issue).exclude(key="level").order_by("-count", "pk")
    for value in values.values_list("value", flat=True)[:1000]:
        yield TAGS, value


def _events(issue: UUID) -> Iterator[list[Event]]:
    """The stored events, the newest first: what is cut off is old."""
    last = None
    while True:
        events = Event.objects.filter(issue=issue).order_by("-digest_order")
        if last is not None:
            events = events.filter(digest_order__lt=last)
        part = list(events[:_EVENTS])
        if not part:
            return
        yield part
        last = part[-1].digest_order


def _read(event: Event, found: _Read, stacks: set[int]) -> None:
    try:
        [data] = references.data_of([event.payload])
        occurrence = payload.read(data, event_id=event.event_id.hex, received_at=event.ingested_at)
    except Exception:
        log.exception("event %s cannot be read, so its words are not searched", event.event_id.hex)
        return
    if occurrence.who is not None:
        issue_delta.meet(found.people, occurrence.who, event.timestamp, event.release)
    if len(found.texts) > _MOST_TEXTS:
        return
    found.texts.update(dict.fromkeys(own_by_column(occurrence.texts)))
    if occurrence.texts.frames_hash not in stacks:
        stacks.add(occurrence.texts.frames_hash)
        found.texts.update(dict.fromkeys(frames_by_column(occurrence.texts)))
    found.texts.update(dict.fromkeys(issue_text.tag_texts(occurrence)))


def _count_again(issue: UUID) -> None:
    """Make `trend` and `usual` again from the counts per hour, and per day where those of hours are gone."""
    hours = list(IssueHour.objects.filter(issue=issue).values_list("hour", "count"))
    known = {hour // 24 for hour, _ in hours}
    days = IssueDay.objects.filter(issue=issue).values_list("day", "count")
    # Somewhere in the day.
    older = [(day * 24 + 12, count) for day, count in days if day not in known]
    Issue.everything.filter(pk=issue).update(
        trend=trends.refill(hours + older, trends.RECENT), usual=trends.refill(hours + older, trends.LONG)
    )
