"""Carries out actions part by part, each in a transaction with what it did: whoever is killed has done nothing twice.

One process works on an action at a time: it has a lease, which each part renews. A part is only as large as can be done within
SECONDS, because the digest waits for the project's lock, on SQLite for the whole database's.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min, Q

from accounts.access import where_may
from issues import lifecycle, merging
from issues.bulk_actions import part
from issues.lock import lock_project
from issues.models import BulkAction, BulkChange, Issue
from rustrak.lib import bulk, clock
from rustrak.lib.database import trouble
from rustrak.lib.disk.marker import Marker

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=30)
#: An action is worked on for so many seconds before the next has its turn.
TURN_SECONDS = 2.0
SECONDS, PAUSE = 0.015, 0.02
FIRST, SMALLEST, LARGEST = 50, 10, 500
UNFINISHED = (BulkAction.State.WAITING, BulkAction.State.RUNNING)
_UNEXPECTED = "An unexpected error stopped it; the log says more."
_NOT_YOURS = "Issues of a project that you may not change any more were left alone."

Kind, State = BulkAction.Kind, BulkAction.State
_MARKER = Marker("bulk_actions.waiting")


def wake() -> None:
    """Have this machine's `deliver` begin soon after the transaction is committed."""
    _MARKER.touch_on_commit(settings.RUN_DIR)


def is_waiting() -> bool:
    """Whether an action was begun on this machine since this process asked last."""
    begun, moving = _MARKER.is_touched(settings.RUN_DIR), merging.is_waiting()
    return begun or moving


def run() -> None:
    """Carry out all actions that wait and that nobody works on, in turns."""
    while True:
        found = list(_free(clock.now()).order_by("created_at").values_list("pk", flat=True)[:100])
        for pk in found:
            if action := _take(pk):
                _Work(action).go_on(TURN_SECONDS)
        # Events of issues that were merged or split.
        if merging.run(TURN_SECONDS) and not found:
            return


def finish(action: BulkAction) -> None:
    """Carry out an action whose lease this process has."""
    _Work(action).go_on(float("inf"), pause=0)


def _free(now: datetime) -> Any:
    # A lease that ends later than one can was written by a clock that was wrong.
    free = Q(leased_until=None) | Q(leased_until__lte=now) | Q(leased_until__gt=now + 2 * LEASE)
    return BulkAction.objects.filter(free, state__in=UNFINISHED)


def _take(pk: UUID) -> BulkAction | None:
    now = clock.now()
    if not _free(now).filter(pk=pk).update(state=State.RUNNING, leased_until=now + LEASE):
        return None
    return BulkAction.objects.select_related("user", "assignee", "assigned_team").get(pk=pk)


def next_size(size: int, spent: float) -> int:
    """How many issues the next part has, when one with `size` took so many seconds. At most double: a part that was fast by
    chance must not make the next one much too large."""
    return max(SMALLEST, min(LARGEST, 2 * size, int(size * SECONDS / max(spent, 0.0001))))


class _Gone(Exception):
    """The action was stopped or deleted, or another process has its lease."""


class _Work:
    """One process' work on one action."""

    def __init__(self, action: BulkAction) -> None:
        self.action = action
        self._lease = action.leased_until
        self._size = FIRST
        first = self._pending().aggregate(first=Min("pk"))["first"]
        # From here on in the order of the keys: looked up by the action, each part would read all that are left.
        self._last = (first or 0) - 1

    def go_on(self, seconds: float, pause: float = PAUSE) -> None:
        """Work for some seconds, or to the end. Gives the lease back."""
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until and self._part():
                time.sleep(pause)
        except _Gone:
            return
        except Exception as error:
            if isinstance(error, OSError) or trouble.is_trouble(error):
                raise
            log.exception("The action %s on %d issues was stopped", self.action.kind, self.action.total)
            self._end(State.STOPPED, _UNEXPECTED)
        finally:
            BulkAction.objects.filter(pk=self.action.pk, leased_until=self._lease).update(leased_until=None)

    def _pending(self) -> Any:
        return BulkChange.objects.filter(action=self.action.pk, is_changed=None)

    def _part(self) -> bool:
        """Do the next part. False: there is none, the action is finished."""
        size = 1 if self.action.kind == Kind.MERGE else self._size
        rows = list(self._pending().filter(pk__gt=self._last).order_by("pk")[:size])
        if not rows:
            self._end(State.DONE)
            return False
        projects = dict(Issue.everything.filter(pk__in=self._where(rows)).values_list("pk", "project_id"))
        project_id = projects.get(self._where(rows[:1])[0])
        same = [row for row in rows if projects.get(self._where([row])[0]) == project_id]
        may = project_id is not None and self._may(project_id)
        began = time.perf_counter()
        with transaction.atomic():
            if project_id is not None:
                lock_project(project_id)
                began = time.perf_counter()
            renewed = self._renew()
            self._do(project_id, same, may)
        self._lease = renewed
        spent = time.perf_counter() - began
        self._size = next_size(self._size, spent)
        self._last = same[-1].pk
        return True

    def _where(self, rows: Sequence[BulkChange]) -> list[UUID]:
        """The issues whose projects are those of `rows`: an issue that was merged is gone, so it is the other one's."""
        if self.action.kind == Kind.MERGE:
            return [self.action.target or row.issue for row in rows]
        return [row.issue for row in rows]

    def _renew(self) -> datetime:
        """Make the lease longer, and see that it is still there."""
        until = clock.now() + LEASE
        mine = BulkAction.objects.filter(pk=self.action.pk, state=State.RUNNING, leased_until=self._lease)
        if not mine.update(leased_until=until):
            raise _Gone
        return until

    def _do(self, project_id: int | None, rows: Sequence[BulkChange], may: bool) -> None:
        """Do a part inside the transaction."""
        changed: part.Changed = {}
        note = ""
        if project_id is not None and rows:
            if not may:
                note = _NOT_YOURS
            elif self.action.kind == Kind.MERGE:
                changed, note = self._merge(project_id, rows[0])
            else:
                try:
                    changed, note = self._change(project_id, [row.issue for row in rows])
                except (lifecycle.NotAMember, lifecycle.NotPossible) as error:
                    note = str(error)
        bulk.update(
            BulkChange,
            ["id", "is_changed", "before"],
            [(row.pk, row.issue in changed, bulk.json_value(changed.get(row.issue))) for row in rows],
            "is_changed = :is_changed:, before = :before:",
        )
        BulkAction.objects.filter(pk=self.action.pk).update(
            done=F("done") + len(rows),
            changed=F("changed") + len(changed),
            **({"trouble": note} if note else {}),
        )

    def _may(self, project_id: int) -> bool:
        """Whether the person may still change issues of the project."""
        user = self.action.user
        user.refresh_from_db(fields=["is_active", "role"])
        return where_may(user, part.needs(self.action.kind)).filter(pk=project_id).exists()

    def _change(self, project_id: int, issues: Sequence[UUID]) -> tuple[part.Changed, str]:
        if self.action.undoes_id:
            return part.take_back(self.action, project_id, self._kept(issues))
        return part.carry_out(self.action, project_id, issues), ""

    def _kept(self, issues: Sequence[UUID]) -> Mapping[UUID, Any]:
        """What the action that is undone has kept of these issues."""
        rows = BulkChange.objects.filter(action=self.action.undoes_id, issue__in=issues, is_changed=True)
        return dict(rows.values_list("issue", "before"))

    def _merge(self, project_id: int, row: BulkChange) -> tuple[part.Changed, str]:
        """Merge an issue, or take that back. Its events are moved later."""
        into = self.action.target
        if into is None:
            return {}, ""
        try:
            if self.action.undoes_id:
                return {row.issue: None}, merging.undo_merge(project_id, row.issue, self.action.user)
            merging.merge(project_id, into, row.issue, self.action.user)
        except merging.NotPossible as error:
            return {}, str(error)
        return {row.issue: None}, ""

    def _end(self, state: BulkAction.State, why: str = "") -> None:
        ending = BulkAction.objects.filter(pk=self.action.pk, state=State.RUNNING, leased_until=self._lease)
        about = {"trouble": why} if why else {}
        ending.update(state=state, finished_at=clock.now(), leased_until=None, **about)
