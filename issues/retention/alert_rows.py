"""How long what alerts need is kept. Its amount is bounded by what rules tell; this bounds it also when nothing takes it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import QuerySet

from accounts.models import Project
from issues import facts
from issues.models import AlertDelivery, AlertFact, AlertMark, AlertThread, AlertVolume
from issues.retention.batches import RetentionPolicy, RowsToDelete, rows_of
from rustrak.lib import clock

log = logging.getLogger(__name__)

# News that is older is none. Of one project: each transaction of the digest writes one row at most.
FACTS_KEPT, MOST_FACTS = timedelta(days=1), 10_000
# A rule looks back for a day at most.
VOLUME_KEPT = timedelta(hours=25)
# The history: messages that are over, with their attempts. Of one project.
DELIVERIES_KEPT, MOST_DELIVERIES = timedelta(days=90), 10_000
THREADS_KEPT = timedelta(days=180)
# Longer than any cooldown.
MARKS_KEPT = timedelta(days=30)

_OVER = (AlertDelivery.Status.SENT, AlertDelivery.Status.GIVEN_UP, AlertDelivery.Status.DROPPED)


def _facts(now: datetime) -> Iterator[RowsToDelete]:
    """Those that nobody has compared with the rules, because no `deliver` runs."""
    for project_id in _projects(AlertFact.objects.all()):
        own = AlertFact.objects.filter(project=project_id)
        yield rows_of(own.filter(at__lt=now - FACTS_KEPT).order_by("pk"), delete_batch=_drop)
        yield rows_of(own.order_by("-pk")[MOST_FACTS:], delete_batch=_drop)


def _drop(rows: QuerySet[AlertFact]) -> int:
    changes = sum(len(each) for each in rows.values_list("changes", flat=True))
    deleted = rows.delete()[0]
    facts.note_dropped(changes, clock.now())
    log.error(
        "%d changes that alerts could have told of were dropped, because `manage.py deliver` does not run or is too slow",
        changes,
    )
    return deleted


def _volume(now: datetime) -> Iterator[RowsToDelete]:
    first = int((now - VOLUME_KEPT).timestamp()) // 60
    yield rows_of(AlertVolume.objects.filter(minute__lt=first).order_by("minute"))


def _deliveries(now: datetime) -> Iterator[RowsToDelete]:
    for project_id in _projects(AlertDelivery.objects.all()):
        own = AlertDelivery.objects.filter(project=project_id)
        yield rows_of(own.filter(created_at__lt=now - DELIVERIES_KEPT).order_by("created_at"))
        yield rows_of(own.filter(status__in=_OVER).order_by("-created_at", "-pk")[MOST_DELIVERIES:])


def _threads(now: datetime) -> Iterator[RowsToDelete]:
    yield rows_of(AlertThread.objects.filter(updated_at__lt=now - THREADS_KEPT).order_by("updated_at"))


def _marks(now: datetime) -> Iterator[RowsToDelete]:
    yield rows_of(AlertMark.objects.filter(at__lt=now - MARKS_KEPT).order_by("at"))


def _projects(rows: QuerySet[AlertFact] | QuerySet[AlertDelivery]) -> list[int]:
    """The projects that have such rows."""
    known = Project.objects.order_by("pk").values_list("pk", flat=True)
    return [pk for pk in known if rows.filter(project=pk).exists()]


POLICIES = (
    RetentionPolicy("facts of alerts", _facts, first_batch=10, largest_batch=200),
    RetentionPolicy("events by minute", _volume),
    RetentionPolicy("alerts sent", _deliveries),
    RetentionPolicy("conversations", _threads),
    RetentionPolicy("cooldowns", _marks),
)
