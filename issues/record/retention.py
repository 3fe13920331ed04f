"""Lets go of old events. What was counted stays counted: only `stored_event_count` goes down, here and on the project."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F

from accounts.models import Project
from issues import files
from issues.lock import lock_project
from issues.models import Attachment, Event, Issue
from issues.record import bulk

# Small, for the digest waits while a portion is deleted; the pause lets it in.
_PORTION = 500
_PAUSE = 0.02

TOO_OLD, TOO_MANY = "too_old", "too_many"
#: Is told in the same transaction how many events of a project were deleted, and why: (project id, reason, number).
Told = Callable[[int, str, int], None]


def _nobody(project_id: int, reason: str, number: int) -> None: ...


def retain(now: datetime, told: Told = _nobody) -> int:
    """Delete events past RETAIN_DAYS, then each project's oldest beyond RETAIN_EVENTS_PER_PROJECT; how many.

    0 in a setting means no limit of that kind.
    """
    return _delete_aged(now, told) + _delete_surplus(told)


def _delete_aged(now: datetime, told: Told) -> int:
    """Row ids grow with time, so the oldest events are the first by id and need no index of their own."""
    if not settings.RETAIN_DAYS:
        return 0
    deleted = 0
    limit = now - timedelta(days=settings.RETAIN_DAYS)
    while True:
        oldest = list(Event.objects.order_by("id").values_list("id", "project_id", "ingested_at")[:_PORTION])
        due = [(project_id, event_id) for event_id, project_id, ingested_at in oldest if ingested_at < limit]
        for project_id in sorted({project_id for project_id, _ in due}):
            mine = [event_id for owner, event_id in due if owner == project_id]
            deleted += _delete(project_id, mine, TOO_OLD, told)
        if len(due) < _PORTION:
            return deleted


def _delete_surplus(told: Told) -> int:
    limit = settings.RETAIN_EVENTS_PER_PROJECT
    if not limit:
        return 0
    deleted = 0
    crowded = Project.objects.filter(stored_event_count__gt=limit).values_list("id", "stored_event_count")
    for project_id, stored in list(crowded):
        surplus = stored - limit
        while surplus > 0:
            oldest = Event.objects.filter(project_id=project_id).order_by("id").values_list("id", flat=True)
            if not (portion := list(oldest[: min(surplus, _PORTION)])):
                break
            deleted += _delete(project_id, portion, TOO_MANY, told)
            surplus -= len(portion)
    return deleted


def _delete(project_id: int, event_ids: Sequence[UUID], reason: str, told: Told) -> int:
    with transaction.atomic():
        lock_project(project_id)
        events = Event.objects.filter(project_id=project_id, id__in=event_ids)
        sdk_ids = list(events.values_list("event_id", flat=True))
        files.forget(Attachment.objects.filter(project_id=project_id, event_id__in=sdk_ids))
        fewer = list(events.order_by("issue_id").values_list("issue_id").annotate(Count("id")))
        deleted = events.delete()[0]
        bulk.update(
            Issue,
            ["id", "stored_event_count"],
            fewer,
            "stored_event_count = issues_issue.stored_event_count - :stored_event_count:",
        )
        Project.objects.filter(pk=project_id).update(stored_event_count=F("stored_event_count") - deleted)
        if deleted:
            told(project_id, reason, deleted)
    time.sleep(_PAUSE)
    return deleted
