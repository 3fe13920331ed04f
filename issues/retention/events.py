"""How long events are kept: by age, and by number in the order of their worth (issues.record.worth).

The middle of floods is deleted first; an issue's latest events, its first event and those that changed its state are
deleted last (docs/decisions/0005). Counts do not change, except for `stored_event_count`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import BinaryField, F, Func, QuerySet, Value
from django.db.models.functions import Length

from accounts.models import Project
from issues import files, usage
from issues.models import Attachment, Event, Issue, UserReport
from issues.record import codec, references
from issues.record.worth import PINNED
from issues.retention.batches import TOO_MANY, TOO_OLD, RetentionPolicy, RowsToDelete
from rustrak.lib import bulk, clock

# This many of the latest events of an issue are deleted only when no others are left.
KEEP_LATEST = 10
FIRST_BATCH = 50


@dataclass(frozen=True, slots=True)
class Preview:
    """How many of a project's events are stored, and how many of them the policy would delete."""

    project: Project
    stored: int
    too_old: int
    too_many: int


def preview(now: datetime) -> list[Preview]:
    """What the policy would delete at `now`, project by project. Deletes nothing."""
    found = []
    for project in Project.objects.order_by("pk"):
        events = Event.objects.filter(project=project)
        days, most = days_of(project), events_of(project)
        stored = events.count()
        limit = now - timedelta(days=days)
        too_old = events.filter(ingested_at__gte=clock.EARLIEST, ingested_at__lt=limit).count() if days else 0
        too_many = max(0, stored - too_old - most) if most else 0
        found.append(Preview(project, stored, too_old, too_many))
    return found


def days_of(project: Project) -> int:
    """For how many days a project keeps its events: its own `retain_days` or RETAIN_DAYS. 0 means for ever."""
    return settings.RETAIN_DAYS if project.retain_days is None else project.retain_days


def events_of(project: Project) -> int:
    """How many events a project keeps: its own `retain_events` or RETAIN_EVENTS_PER_PROJECT. 0 means all of them."""
    return settings.RETAIN_EVENTS_PER_PROJECT if project.retain_events is None else project.retain_events


def by_worth(project_id: int, highest: int = PINNED) -> Iterator[QuerySet[Event]]:
    """A project's events up to a worth, one queryset for each worth from 0: in the order of an index, oldest first."""
    for worth in range(highest + 1):
        yield Event.objects.filter(project_id=project_id, worth=worth).order_by("id")


def to_delete(project_id: int, events: QuerySet[Event]) -> RowsToDelete:
    """Events of a deleted issue or project, with their attachments and feedback."""
    return RowsToDelete(
        partial(_first, events), partial(delete_items, project_id, with_reports=True), project_id
    )


def _expired(now: datetime) -> Iterator[RowsToDelete]:
    for project in Project.objects.order_by("pk").iterator():
        delete = partial(delete_items, project.pk)
        if days := days_of(project):
            limit = now - timedelta(days=days)
            for events in by_worth(project.pk):
                yield RowsToDelete(partial(_first_before, events, limit), delete, project.pk, TOO_OLD)
        if most := events_of(project):
            yield from _surplus(project.pk, most)


POLICY = RetentionPolicy("events", _expired, FIRST_BATCH)


def _first(events: QuerySet[Event], size: int) -> list[UUID]:
    return list(events.values_list("id", flat=True)[:size])


def _first_before(events: QuerySet[Event], limit: datetime, size: int) -> list[UUID]:
    """The first events that arrived before `limit`, at most `size`.

    No index has the time of arrival, but ids are nearly in its order: a batch without old events ends the search, unless
    its ids are of before 2020, when the clock was not set.
    """
    while True:
        first = list(events.values_list("id", "ingested_at")[:size])
        old = [event_id for event_id, arrived in first if clock.EARLIEST <= arrived < limit]
        if old or len(first) < size or first[-1][0].int >> 80 >= clock.EARLIEST.timestamp() * 1000:
            return old
        events = events.filter(id__gt=first[-1][0])


#: What is deleted when there are too many: the highest worth, and a condition on the event.
STEPS: tuple[tuple[int, dict[str, Any]], ...] = (
    (PINNED - 1, {"digest_order__lte": F("issue__event_count") + F("issue__numbers_ahead") - KEEP_LATEST}),
    (PINNED - 1, {}),
    (PINNED, {}),
)


class _Surplus:
    """A project's events beyond its number, of which `left` are still to be deleted."""

    def __init__(self, project_id: int, left: int) -> None:
        self.left = left
        self._project_id = project_id

    def rows(self, events: QuerySet[Event]) -> RowsToDelete:
        def next_keys(size: int) -> list[UUID]:
            return _first(events, min(size, self.left))

        def delete(keys: Sequence[Any]) -> Mapping[str, int]:
            self.left -= len(keys)
            return delete_items(self._project_id, keys)

        return RowsToDelete(next_keys, delete, self._project_id, TOO_MANY)


def _surplus(project_id: int, most: int) -> Iterator[RowsToDelete]:
    stored = Project.objects.filter(pk=project_id).values_list("stored_event_count", flat=True).first() or 0
    surplus = _Surplus(project_id, stored - most)
    for highest, condition in STEPS:
        for events in by_worth(project_id, highest):
            if surplus.left <= 0:
                return
            yield surplus.rows(events.filter(**condition))


# The first bytes of a payload, which name its reference.
_HEAD = Func(F("payload"), Value(1), Value(codec.HEAD_BYTES), function="SUBSTR", output_field=BinaryField())


@dataclass(frozen=True, slots=True)
class Deleted:
    """How many items of each type were deleted, and about how many bytes the events among them took."""

    items: dict[str, int]
    bytes: int


def delete_items(project_id: int, keys: Sequence[Any], *, with_reports: bool = False) -> dict[str, int]:
    """`delete`, for RowsToDelete."""
    return delete(project_id, keys, with_reports=with_reports).items


def delete(project_id: int, keys: Sequence[Any], *, with_reports: bool = False) -> Deleted:
    """Delete events with their attachments, and subtract them from the counts of stored events and the usage."""
    events = Event.objects.filter(project_id=project_id, id__in=keys)
    # By the grouping: an event that is still to be moved is counted where it will be (issues.merging).
    found = list(events.values_list("grouping__issue_id", "event_id", _HEAD, Length("payload")))
    sent_ids = [event_id for _, event_id, _, _ in found]
    attachments = files.delete(Attachment.objects.filter(project_id=project_id, event_id__in=sent_ids))
    if with_reports:
        delete_reports(project_id, UserReport.objects.filter(project_id=project_id, event_id__in=sent_ids))
    by_issue = Counter(issue for issue, _, _, _ in found)
    events.delete()
    references.release(head for _, _, head, _ in found)
    bulk.update(
        Issue,
        ["id", "stored_event_count"],
        sorted(by_issue.items()),
        "stored_event_count = issues_issue.stored_event_count - :stored_event_count:",
    )
    Project.objects.filter(pk=project_id).update(stored_event_count=F("stored_event_count") - len(found))
    size = sum(usage.EVENT + length for _, _, _, length in found)
    usage.add(project_id, {"event": (-len(found), -size)})
    return Deleted({"event": len(found), "attachment": attachments}, size)


def delete_reports(project_id: int, reports: QuerySet[UserReport]) -> tuple[int, int]:
    """Delete feedback of a project. Returns how many, and about how many bytes they took."""
    texts = list(reports.values_list("comments", "url"))
    reports.delete()
    size = sum(usage.report_size(comments, url) for comments, url in texts)
    usage.add(project_id, {"report": (-len(texts), -size)})
    return len(texts), size
