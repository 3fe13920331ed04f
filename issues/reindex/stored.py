"""Reads what is stored of one grouping from before the index: its words, the people it met, and its counts by time."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from issues.lock import lock_project
from issues.mapping.batches import BatchMapping
from issues.models import Event, Grouping, Issue, IssueDay, IssueHour, IssueTag, IssueText
from issues.payload import read as payload
from issues.payload.searchable import OTHER, TAGS, TYPES, frames_by_column, own_by_column
from issues.record import issue_delta, people, references, trends
from issues.record.issue_delta import Met
from issues.record.words import issue_text

log = logging.getLogger(__name__)

# Events that are in memory at a time, and people whose rows are written in one transaction.
_EVENTS, _PEOPLE = 50, 300
# Texts that are waiting to be compared with the grouping's: more than it can have.
_MOST_TEXTS = 20_000


@dataclass(slots=True)
class _Read:
    """What the events of a grouping say: texts with their columns, in their order, each once; and people by their numbers."""

    texts: dict[tuple[str, str], None] = field(default_factory=dict)
    people: dict[int, Met] = field(default_factory=dict)


def index(grouping: Grouping, now: datetime) -> None:
    """Have the grouping's issue found by all that is stored of the grouping. May be interrupted and repeated.

    Holds the project's lock for a few milliseconds at a time, and pauses as long after each.
    """
    found = _Read(dict.fromkeys(_own_texts(grouping)))
    stacks: set[int] = set()
    mapping = BatchMapping.of_project(grouping.project_id)
    for part in _events(grouping.pk):
        for event in part:
            _read(event, found, stacks, mapping)
    numbers = sorted(found.people)
    for start in range(0, len(numbers), _PEOPLE):
        some = {number: found.people[number] for number in numbers[start : start + _PEOPLE]}
        with _locked(grouping.project_id):
            if known := _again(grouping):
                people.refill(grouping.project_id, known, some, now)
    with _locked(grouping.project_id):
        if known := _again(grouping):
            _count_again(known)
            issue_text.complete(grouping.project_id, grouping.pk, found.texts)


def _again(grouping: Grouping) -> Grouping | None:
    """The grouping as it is now: it may have been deleted or given to another issue meanwhile."""
    hidden = Q(issue__status__in=Issue.HIDDEN)
    return Grouping.objects.filter(~hidden, pk=grouping.pk).first()


def is_done(grouping: int) -> bool:
    """Whether somebody else has indexed it meanwhile."""
    return IssueText.objects.filter(grouping=grouping, is_complete=True).exists()


@contextmanager
def _locked(project_id: int) -> Iterator[None]:
    """A transaction with the project's lock, and a pause after it that is as long: digests come first."""
    with transaction.atomic():
        lock_project(project_id)
        since = time.perf_counter()
        yield
    time.sleep(min(0.1, time.perf_counter() - since))


def _own_texts(grouping: Grouping) -> Iterator[tuple[str, str]]:
    """What the issue's and the grouping's own rows say, as their first events may be gone."""
    issue = grouping.issue
    if not issue.groupings.filter(pk__lt=grouping.pk).exists():
        # It has its title by an event of its first grouping.
        yield TYPES, issue.type
        yield OTHER, issue.value
        yield OTHER, issue.culprit
    values = IssueTag.objects.filter(grouping=grouping).exclude(key="level").order_by("-count", "pk")
    for value in values.values_list("value", flat=True)[:1000]:
        yield TAGS, value


def _events(grouping: int) -> Iterator[list[Event]]:
    """The stored events, the newest first: what is cut off is old."""
    of_grouping = Event.objects.filter(grouping=grouping).order_by("-digest_order", "-pk")
    events = of_grouping
    while part := list(events[:_EVENTS]):
        yield part
        last = part[-1]
        # While the events of a grouping are moved to another issue, two of them may have the same number.
        after = Q(digest_order__lt=last.digest_order) | Q(digest_order=last.digest_order, pk__lt=last.pk)
        events = of_grouping.filter(after, digest_order__lte=last.digest_order)


def _read(event: Event, found: _Read, stacks: set[int], mapping: BatchMapping | None) -> None:
    try:
        [data] = references.data_of([event.payload])
        occurrence = payload.read(
            data,
            event_id=event.event_id.hex,
            received_at=event.ingested_at,
            readable=mapping.readable if mapping else None,
        )
    except Exception:
        log.exception("event %s cannot be read, so its words are not searched", event.event_id.hex)
        return
    if occurrence.who is not None:
        issue_delta.meet(found.people, occurrence.who, event.timestamp, event.release, newest_first=True)
    if len(found.texts) > _MOST_TEXTS:
        return
    found.texts.update(dict.fromkeys(own_by_column(occurrence.texts)))
    if occurrence.texts.frames_hash not in stacks:
        stacks.add(occurrence.texts.frames_hash)
        found.texts.update(dict.fromkeys(frames_by_column(occurrence.texts)))
    found.texts.update(dict.fromkeys(issue_text.tag_texts(occurrence)))


def _count_again(grouping: Grouping) -> None:
    """Make `trend` and `usual` of the issue, and of the grouping if they are kept, again from the counts by time."""
    Issue.everything.filter(pk=grouping.issue_id).update(**_trends(grouping__issue=grouping.issue_id))
    if grouping.is_counted:
        Grouping.objects.filter(pk=grouping.pk).update(**_trends(grouping=grouping.pk))


def _trends(**of: Any) -> dict[str, float]:
    """From the counts per hour, and per day where those of hours are gone."""
    hours = list(IssueHour.objects.filter(**of).values_list("hour", "count"))
    known = {hour // 24 for hour, _ in hours}
    # Somewhere in the day.
    days = IssueDay.objects.filter(**of).values_list("day", "count")
    counts = hours + [(day * 24 + 12, count) for day, count in days if day not in known]
    return {
        "trend": trends.refill(counts, trends.RECENT),
        "usual": trends.refill(counts, trends.LONG),
    }
