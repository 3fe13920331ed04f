"""Turns facts into deliveries: takes those of each project in turn, and has its rules look at them."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Min, QuerySet

from accounts.models import Project
from issues import facts, lock
from issues.alerts.rules import defaults, turn
from issues.alerts.rules.bursts import close_bursts
from issues.alerts.rules.turn import Taken
from issues.alerts.rules.volumes import minute_of
from issues.models import AlertFact
from rustrak.lib import clock
from rustrak.lib.database import trouble

__all__ = ["close_bursts", "run"]

log = logging.getLogger(__name__)

#: One turn takes so many facts, until they have so many changes and issues, of so many different minutes.
MOST_FACTS, MOST_CHANGES, MOST_MINUTES = 500, 2_000, 10
#: Read at once.
_CHUNK = 20
#: Facts that cannot be compared with the rules are tried again for so long.
KEPT = timedelta(days=1)
#: Of a turn that failed, so many facts are tried one by one.
_MOST_SINGLY = 50


def run(now: datetime | None = None, seconds: float = 5.0) -> int:
    """Take one turn with each project that has facts, the one whose facts are oldest first; after `seconds` the others wait
    for the next call. Returns how many facts were taken: while it is not 0 there may be more.

    A project that fails is logged and does not stop the others. Raises what the database raises when it cannot be used.
    """
    now = now or clock.now()
    begun, taken = time.monotonic(), 0
    waiting = (
        AlertFact.objects.order_by().values_list("project").annotate(oldest=Min("pk")).order_by("oldest")
    )
    for project_id, _ in list(waiting):
        if time.monotonic() - begun > seconds:
            break
        taken += _project(project_id, now)
    return taken


def _project(project_id: int, now: datetime) -> int:
    """Take a turn with a project; if that fails, with its oldest facts one by one, so that the others are told."""
    try:
        return _turn(project_id, now)
    except Exception as error:
        if trouble.is_trouble(error):
            raise
        log.exception("The alerts of project %d cannot be worked out together", project_id)
    taken = 0
    oldest = AlertFact.objects.filter(project=project_id).order_by("pk").values_list("pk", flat=True)
    for key in list(oldest[:_MOST_SINGLY]):
        try:
            taken += _turn(project_id, now, only=key)
        except Exception as error:
            if trouble.is_trouble(error):
                raise
            log.exception("The alerts of fact %d cannot be worked out", key)
            old = AlertFact.objects.filter(pk=key, at__lt=now - KEPT)
            changes = sum(map(len, old.values_list("changes", flat=True)))
            if old.delete()[0]:
                facts.note_dropped(changes, now)
                log.error(
                    "Dropped fact %d of project %d: for a day it could not be worked out", key, project_id
                )
                taken += 1
    return taken


def _turn(project_id: int, now: datetime, only: int | None = None) -> int:
    """Take some facts of a project, or that one; how many. None while another `deliver` takes some."""
    with transaction.atomic():
        if not lock.try_lock_alerts(project_id):
            return 0
        project = Project.objects.filter(pk=project_id, deleting_at=None).first()
        own = AlertFact.objects.filter(project=project_id).order_by("pk")
        if project is None:
            return own.delete()[0]
        if not project.alerts_set_up:
            defaults.ensure(project)
        keys, taken = _take(own if only is None else own.filter(pk=only), now)
        if keys:
            turn.tell(project, taken, now)
            AlertFact.objects.filter(pk__in=keys).delete()
        return len(keys)


def _take(rows: QuerySet[AlertFact], now: datetime) -> tuple[list[int], list[Taken]]:
    """The first of these rows, locked, and what is in them, in their order; what is from the future as of now."""
    if connection.vendor == "postgresql":
        rows = rows.select_for_update(skip_locked=True)
    keys: list[int] = []
    taken: list[Taken] = []
    size, minutes = 0, set[int]()
    for row in _read(list(rows.values_list("pk", flat=True)[:MOST_FACTS])):
        at = min(row.at, now)
        minutes.add(minute_of(at))
        if keys and (size >= MOST_CHANGES or len(minutes) > MOST_MINUTES):
            break
        each = Taken(at, facts.changes_of(row), facts.volume_of(row))
        size += len(each.changes) + len(each.volume)
        keys.append(row.pk)
        taken.append(each)
    return keys, taken


def _read(keys: list[int]) -> Iterable[AlertFact]:
    """The rows, some at a time: together they may be large."""
    for start in range(0, len(keys), _CHUNK):
        yield from AlertFact.objects.filter(pk__in=keys[start : start + _CHUNK]).order_by("pk")
