"""Lets go of old events. What was counted stays counted: only `stored_event_count` goes down, here and on the project.

By age everything goes that is older than a project keeps. By number the least worth goes first (issues.record.worth):
the middle of floods; last of all what is among an issue's latest, its first event, and events that changed its state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import BinaryField, F, Func, QuerySet, Value

from accounts.models import Project
from issues import files
from issues.lock import lock_project
from issues.models import Attachment, Event, Issue, UserReport
from issues.record import codec, references
from issues.record.worth import PINNED
from issues.retention.eviction import TOO_MANY, TOO_OLD, OnEvicted, ignore_eviction
from issues.retention.pace import Pace
from rustrak.lib import bulk

# An issue's latest events, which go only when nothing else is left.
KEEP_LATEST = 10
_FIRST, _MOST = 50, 2000


@dataclass(frozen=True, slots=True)
class Due:
    """What would go of one project's events."""

    project: Project
    stored: int
    too_old: int
    too_many: int


def retain(now: datetime, told: OnEvicted = ignore_eviction) -> int:
    """Delete each project's events past its days, then those beyond its number; how many.

    A project's own retain_days and retain_events go before RETAIN_DAYS and RETAIN_EVENTS_PER_PROJECT; 0 is no limit.
    """
    deleted = 0
    for project in Project.objects.order_by("pk").iterator():
        portions = Portions(project.pk, told)
        if days := days_of(project):
            limit = now - timedelta(days=days)
            for events in by_worth(project.pk, PINNED):
                deleted += portions.delete(events, TOO_OLD, before=limit)
        if most := events_of(project):
            deleted += _delete_surplus(project.pk, most, portions)
    return deleted


def due(now: datetime) -> list[Due]:
    """What `retain` would delete now, of each project; deletes nothing."""
    found = []
    for project in Project.objects.order_by("pk"):
        events = Event.objects.filter(project=project)
        days, most = days_of(project), events_of(project)
        stored = events.count()
        too_old = events.filter(ingested_at__lt=now - timedelta(days=days)).count() if days else 0
        too_many = max(0, stored - too_old - most) if most else 0
        found.append(Due(project, stored, too_old, too_many))
    return found


def days_of(project: Project) -> int:
    """How many days a project's events are kept; 0 is for ever."""
    return settings.RETAIN_DAYS if project.retain_days is None else project.retain_days


def events_of(project: Project) -> int:
    """How many events of a project are kept; 0 is all."""
    return settings.RETAIN_EVENTS_PER_PROJECT if project.retain_events is None else project.retain_events


def by_worth(project_id: int, highest: int) -> Iterator[QuerySet[Event]]:
    """A project's events by worth, the least first, each level to be read in the order of its index, oldest first."""
    for level in range(highest + 1):
        yield Event.objects.filter(project_id=project_id, worth=level).order_by("id")


def _delete_surplus(project_id: int, most: int, portions: Portions) -> int:
    stored = Project.objects.filter(pk=project_id).values_list("stored_event_count", flat=True).first() or 0
    surplus = deleted = stored - most
    if surplus <= 0:
        return 0
    not_latest = {"digest_order__lte": F("issue__event_count") - KEEP_LATEST}
    for highest, condition in ((PINNED - 1, not_latest), (PINNED - 1, {}), (PINNED, {})):
        for events in by_worth(project_id, highest):
            if surplus > 0:
                surplus -= portions.delete(events.filter(**condition), TOO_MANY, most=surplus)
    return deleted - max(0, surplus)


class Portions:
    """Deletes a project's events a portion at a time, each in a transaction of its own.

    `with_reports`: what people said about them goes too.
    """

    def __init__(
        self, project_id: int, told: OnEvicted = ignore_eviction, *, with_reports: bool = False
    ) -> None:
        self._project_id = project_id
        self._told = told
        self._with_reports = with_reports
        self._pace = Pace(_FIRST, _MOST)

    def delete(
        self,
        events: QuerySet[Event],
        reason: str = "",
        before: datetime | None = None,
        most: int | None = None,
    ) -> int:
        """Delete the first of `events`, as long as they came `before` and up to `most`; how many."""
        deleted = 0
        while most is None or deleted < most:
            size = self._pace.size if most is None else min(self._pace.size, most - deleted)
            first = list(events.values_list("id", "ingested_at")[:size])
            portion = [event for event, at in first if before is None or at < before]
            if not portion:
                break
            deleted += self._pace.take(partial(self._delete, portion, reason))
            if len(portion) < size:
                break
        return deleted

    def _delete(self, ids: Sequence[UUID], reason: str) -> int:
        project_id = self._project_id
        with transaction.atomic():
            lock_project(project_id)
            self._pace.held()
            events = Event.objects.filter(project_id=project_id, id__in=ids)
            rows = list(events.values_list("issue_id", "event_id", _HEAD))
            if not rows:
                return 0
            sent = [event_id for _, event_id, _ in rows]
            attached = files.forget(Attachment.objects.filter(project_id=project_id, event_id__in=sent))
            if self._with_reports:
                UserReport.objects.filter(project_id=project_id, event_id__in=sent).delete()
            fewer = Counter(issue for issue, _, _ in rows)
            events.delete()
            references.release(head for _, _, head in rows)
            bulk.update(
                Issue,
                ["id", "stored_event_count"],
                sorted(fewer.items()),
                "stored_event_count = issues_issue.stored_event_count - :stored_event_count:",
            )
            Project.objects.filter(pk=project_id).update(
                stored_event_count=F("stored_event_count") - len(rows)
            )
            self._told(project_id, reason, {"event": len(rows), "attachment": attached})
        return len(rows)


# The first bytes of a payload, which name its reference.
_HEAD = Func(F("payload"), Value(1), Value(codec.HEAD_BYTES), function="SUBSTR", output_field=BinaryField())
