"""Detects missed runs (due, but never started) and timed-out runs (started, but never ended).

Several machines may look at the same time: everything is read again under the project's lock, so each run is recorded
once. After an outage each monitor misses at most one run; due times that passed meanwhile are skipped.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Project
from issues.lock import lock_project
from issues.models import CheckIn, MonitorState
from issues.monitors import clock_jumps
from issues.monitors.failures import missed_id
from issues.monitors.monitor_batch import MonitorBatch, schedule_of
from issues.monitors.schedule import INTERVAL
from rustrak.lib import ids

log = logging.getLogger(__name__)

# Longer than the time between two looks, so that one of them is in it.
MEND_SECONDS = 30
# How many runs of a project time out in one transaction.
MOST_AT_ONCE = 1000
# A monitor is paused in an environment after so many failures in a row: if it has never succeeded there, and if it has
# but has been silent for so long. Check-ins need no account, and a monitor that is never paused fails for ever.
ABANDONED_UNKNOWN = 20
ABANDONED, SILENT = 100, timedelta(days=3)


def detect(now: datetime, digested_until: datetime) -> int:
    """Record the runs that are missed or timed out, in one transaction for each project. Returns how many.

    Check-ins received after `digested_until` may still be in the spool, so runs are only judged as of that time. In the
    first seconds of an hour it also mends what a clock that was ahead has left.
    """
    if now.timestamp() % 3600 < MEND_SECONDS:
        clock_jumps.mend(now)
    as_of = min(now, digested_until)
    due = {
        project_id
        for project_id, due_at, margin in MonitorState.objects.filter(next_due_at__lt=as_of).values_list(
            "monitor__project_id", "next_due_at", "monitor__checkin_margin"
        )
        if due_at is not None and _is_late(due_at, margin, as_of)
    }
    due |= set(_overrun(as_of).values_list("state__monitor__project_id", flat=True).distinct())
    count = 0
    for project_id in sorted(due):
        try:
            count += _detect(project_id, now, as_of)
        except Exception:
            log.exception(
                "could not check the monitors of project %d; continuing with other projects", project_id
            )
    return count


def _detect(project_id: int, now: datetime, as_of: datetime) -> int:
    with transaction.atomic():
        lock_project(project_id)
        if not Project.objects.select_for_update(no_key=True).filter(pk=project_id).exists():
            return 0
        late = MonitorState.objects.filter(monitor__project_id=project_id, next_due_at__lt=as_of)
        overrun = _overrun(as_of).filter(state__monitor__project_id=project_id)
        # The digest waits meanwhile; what is left is the next look's.
        first = list(overrun.order_by("times_out_at", "pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
        overrun = CheckIn.objects.filter(pk__in=first)
        monitors = set(late.values_list("monitor", flat=True))
        monitors |= set(overrun.values_list("state__monitor", flat=True))
        batch = MonitorBatch(project_id, now)
        batch.load_some(monitors)
        count = _time_out(batch, overrun) + _miss(batch, as_of)
        batch.write()
    return count


def _is_late(due_at: datetime, margin: int, as_of: datetime) -> bool:
    return due_at + timedelta(minutes=margin) <= as_of


def _overrun(as_of: datetime) -> QuerySet[CheckIn]:
    return CheckIn.objects.filter(times_out_at__lte=as_of, status=CheckIn.Status.IN_PROGRESS)


def _time_out(batch: MonitorBatch, overrun: QuerySet[CheckIn]) -> int:
    """Time out these runs. The monitor has failed unless a later run ended: that one says more about it."""
    later = CheckIn.objects.filter(
        state=OuterRef("state"),
        started_at__gt=OuterRef("started_at"),
        status__in=[CheckIn.Status.OK, CheckIn.Status.ERROR],
    )
    states = {state.pk: state for state in batch.states.values()}
    count = 0
    for run in overrun.annotate(overtaken=Exists(later)).order_by("times_out_at", "pk"):
        run.state = state = states[run.state_id]
        at = run.times_out_at or batch.now
        run.status, run.times_out_at = CheckIn.Status.TIMEOUT, None
        batch.changed(run)
        if not run.overtaken:
            batch.failed(state, "timeout", run, at)
        count += 1
    return count


def _miss(batch: MonitorBatch, as_of: datetime) -> int:
    late = [
        state
        for state in batch.states.values()
        if state.next_due_at is not None and _is_late(state.next_due_at, state.monitor.checkin_margin, as_of)
    ]
    missed_ids = {
        state.pk: missed_id(state.monitor_id, state.environment, state.next_due_at)
        for state in late
        if state.next_due_at
    }
    batch.load_runs(missed_ids.values(), in_progress=False)
    in_progress = _with_run_in_progress(late)
    abandoned = _abandoned(late, as_of)
    count = 0
    for state in late:
        if state.pk in abandoned:
            state.next_due_at, state.paused_at = None, as_of
            batch.changed(state)
            continue
        when, due = schedule_of(state.monitor), state.next_due_at
        if when is None or due is None:
            state.next_due_at = None
            batch.changed(state)
            continue
        if state.monitor.schedule_type == INTERVAL and state.pk in in_progress:
            continue  # an interval starts at the end of the run
        state.next_due_at = when.later(due, as_of - timedelta(minutes=state.monitor.checkin_margin))
        batch.changed(state)
        if (state.monitor_id, state.environment, missed_ids[state.pk]) in batch.runs:
            continue  # recorded before the clock was set back
        run = CheckIn(
            id=ids.uuid7(),
            state=state,
            check_in_id=missed_ids[state.pk],
            status=CheckIn.Status.MISSED,
            started_at=due,
        )
        batch.add(run)
        batch.failed(state, "missed", run, due)
        count += 1
    return count


def _abandoned(states: Collection[MonitorState], as_of: datetime) -> set[int]:
    """Those whose job nobody seems to run any more: they failed often in a row, and have never succeeded or not sent a
    check-in for long."""
    failing = [state for state in states if state.failures_in_a_row >= ABANDONED_UNKNOWN]
    if not failing:
        return set()
    ok = CheckIn.objects.filter(state=OuterRef("pk"), status=CheckIn.Status.OK)
    known = MonitorState.objects.filter(Exists(ok), pk__in=[state.pk for state in failing])
    succeeded = set(known.values_list("pk", flat=True))
    return {state.pk for state in failing if state.pk not in succeeded or _is_silent(state, as_of)}


def _is_silent(state: MonitorState, as_of: datetime) -> bool:
    last = state.last_check_in_at
    return state.failures_in_a_row >= ABANDONED and (last is None or as_of - last > SILENT)


def _with_run_in_progress(states: Collection[MonitorState]) -> set[int]:
    running = CheckIn.objects.filter(state__in=states, status=CheckIn.Status.IN_PROGRESS)
    return set(running.values_list("state_id", flat=True)) if states else set()
