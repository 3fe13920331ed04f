"""What did not come: runs that were due and never began, and runs that began and never ended.

Any number of machines may look at once: a project's lock is held and everything read again under it, so each occasion
is noticed once. After an outage each monitor misses at most one run: what came due meanwhile is passed over.
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
from issues.monitors.failures import missed_id
from issues.monitors.schedule import INTERVAL
from issues.monitors.states import Book, schedule_of
from rustrak.lib import ids

log = logging.getLogger(__name__)


def look(now: datetime, digested_until: datetime) -> int:
    """Record each run missed or timed out as of `digested_until`, one transaction a project; how many there were.

    What arrived after `digested_until` may still wait for the digest, so nothing is said of that time.
    """
    as_of = min(now, digested_until)
    due = {
        project_id
        for project_id, due_at, margin in MonitorState.objects.filter(next_due_at__lt=as_of).values_list(
            "monitor__project_id", "next_due_at", "monitor__checkin_margin"
        )
        if due_at is not None and _is_late(due_at, margin, as_of)
    }
    due |= set(_timed_out(as_of).values_list("state__monitor__project_id", flat=True))
    count = 0
    for project_id in sorted(due):
        try:
            count += _look(project_id, now, as_of)
        except Exception:
            log.exception(
                "looking for late jobs of project %d failed; the others' are looked for", project_id
            )
    return count


def _look(project_id: int, now: datetime, as_of: datetime) -> int:
    with transaction.atomic():
        lock_project(project_id)
        if not Project.objects.select_for_update(no_key=True).filter(pk=project_id).exists():
            return 0
        late = MonitorState.objects.filter(monitor__project_id=project_id, next_due_at__lt=as_of)
        overrun = _timed_out(as_of).filter(state__monitor__project_id=project_id)
        slugs = set(late.values_list("monitor__slug", flat=True))
        slugs |= set(overrun.values_list("state__monitor__slug", flat=True))
        book = Book(project_id, now)
        book.load(slugs)
        count = _time_out(book, overrun) + _miss(book, as_of)
        book.write()
    return count


def _is_late(due_at: datetime, margin: int, as_of: datetime) -> bool:
    return due_at + timedelta(minutes=margin) <= as_of


def _timed_out(as_of: datetime) -> QuerySet[CheckIn]:
    return CheckIn.objects.filter(times_out_at__lte=as_of, status=CheckIn.Status.IN_PROGRESS)


def _time_out(book: Book, overrun: QuerySet[CheckIn]) -> int:
    """A run that goes on too long has failed, but a later one that ended says more about the monitor."""
    later = CheckIn.objects.filter(
        state=OuterRef("state"),
        started_at__gt=OuterRef("started_at"),
        status__in=[CheckIn.Status.OK, CheckIn.Status.ERROR],
    )
    states = {state.pk: state for state in book.states.values()}
    count = 0
    for run in overrun.annotate(overtaken=Exists(later)).order_by("times_out_at", "pk"):
        run.state = state = states[run.state_id]
        at = run.times_out_at or book.now
        run.status, run.times_out_at = CheckIn.Status.TIMEOUT, None
        book.changed(run)
        if not run.overtaken:
            book.failed(state, "timeout", run, at)
        count += 1
    return count


def _miss(book: Book, as_of: datetime) -> int:
    late = [
        state
        for state in book.states.values()
        if state.next_due_at is not None and _is_late(state.next_due_at, state.monitor.checkin_margin, as_of)
    ]
    names = {
        state.pk: missed_id(state.monitor_id, state.environment, state.next_due_at)
        for state in late
        if state.next_due_at
    }
    book.load_runs(names.values(), running=False)
    going_on = _going_on(late)
    count = 0
    for state in late:
        rule, due = schedule_of(state.monitor), state.next_due_at
        if rule is None or due is None:
            state.next_due_at = None
            book.changed(state)
            continue
        if state.monitor.schedule_type == INTERVAL and state.pk in going_on:
            continue  # the interval counts from its end
        state.next_due_at = rule.later(due, as_of - timedelta(minutes=state.monitor.checkin_margin))
        book.changed(state)
        if (state.monitor_id, state.environment, names[state.pk]) in book.runs:
            continue  # noticed before a clock was put back
        run = CheckIn(
            id=ids.uuid7(),
            state=state,
            check_in_id=names[state.pk],
            status=CheckIn.Status.MISSED,
            started_at=due,
        )
        book.add(run)
        book.failed(state, "missed", run, due)
        count += 1
    return count


def _going_on(states: Collection[MonitorState]) -> set[int]:
    running = CheckIn.objects.filter(state__in=states, status=CheckIn.Status.IN_PROGRESS)
    return set(running.values_list("state_id", flat=True)) if states else set()
