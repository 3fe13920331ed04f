"""Mends what a server's clock that was ahead has left behind: monitors that are due, and runs that time out, far too late."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.db import transaction

from issues.lock import lock_project
from issues.models import CheckIn, MonitorState
from issues.monitors.monitor_batch import schedule_of, time_out

log = logging.getLogger(__name__)

# A clock that was ahead by less mends itself in this time.
_TOLERATED = timedelta(days=1)


def mend(now: datetime) -> int:
    """Bring back what is later than it can be at `now`, in one transaction for each project. Returns how many rows.

    A monitor is due at the second due time after `now` at the latest, and a run times out after its max runtime.
    """
    count = 0
    for project_id, late in groupby(list(_late(now)), key=lambda state: state.monitor.project_id):
        count += _mend_states(project_id, [state.pk for state in late], now)
    for project_id, long in groupby(list(_long(now)), key=lambda run: run.state.monitor.project_id):
        count += _mend_runs(project_id, [run.pk for run in long], now)
    if count:
        log.warning("the clock has been ahead: brought back the times of %d monitors and check-ins", count)
    return count


def _late(now: datetime, pks: Iterable[int] | None = None) -> Iterator[MonitorState]:
    found = MonitorState.objects.filter(next_due_at__gt=now + _TOLERATED).select_related("monitor")
    if pks is not None:
        found = found.filter(pk__in=pks)
    for state in found.order_by("monitor__project_id").iterator():
        when = schedule_of(state.monitor)
        if when is None or (state.next_due_at and state.next_due_at > when.after(when.after(now))):
            yield state


def _long(now: datetime, pks: Iterable[UUID] | None = None) -> Iterator[CheckIn]:
    found = CheckIn.objects.filter(times_out_at__gt=now + _TOLERATED).select_related("state__monitor")
    if pks is not None:
        found = found.filter(pk__in=pks)
    for run in found.order_by("state__monitor__project_id").iterator():
        if run.times_out_at and run.times_out_at > time_out(run.state.monitor, now):
            yield run


def _mend_states(project_id: int, pks: list[int], now: datetime) -> int:
    with transaction.atomic():
        lock_project(project_id)
        states = list(_late(now, pks))
        for state in states:
            when = schedule_of(state.monitor)
            last = state.last_check_in_at
            MonitorState.objects.filter(pk=state.pk).update(
                next_due_at=when.after(now) if when else None,
                last_check_in_at=min(last, now) if last else None,
            )
    return len(states)


def _mend_runs(project_id: int, pks: list[UUID], now: datetime) -> int:
    with transaction.atomic():
        lock_project(project_id)
        runs = list(_long(now, pks))
        for run in runs:
            CheckIn.objects.filter(pk=run.pk).update(times_out_at=time_out(run.state.monitor, now))
    return len(runs)
