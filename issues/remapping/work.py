"""Carries out jobs part by part, each in a transaction with what it did: whoever is killed has done nothing twice."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from accounts.models import Project
from issues import usage
from issues.lock import lock_project
from issues.models import Grouping, Issue, IssueText, Remapping
from issues.payload import fingerprint
from issues.payload.smart.key import MECHANISM as SMART
from issues.record import tables
from issues.record.words import issue_text
from issues.releases.mentioned import issues_of
from issues.remapping.jobs import MARKER, UNFINISHED, State
from issues.remapping.reading import Again, Late, again, rules_of
from rustrak.lib import clock
from rustrak.lib.database import trouble

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
#: A job is worked on for so many seconds before the next has its turn.
TURN_SECONDS = 5.0
# Issues of one part, and the pause after it: digests come first.
TOGETHER, PAUSE = 5, 0.02
# So often a part is tried again whose look-ups were not made in time.
_TRIES = 3
_UNEXPECTED = "An unexpected error stopped it; the log says more."


def is_waiting() -> bool:
    """Whether a job was begun on this machine since this process asked last."""
    return MARKER.is_touched(settings.RUN_DIR)


def run() -> None:
    """Carry out all jobs that wait and that nobody works on, in turns."""
    while found := list(_free(clock.now()).order_by("created_at").values_list("pk", flat=True)[:100]):
        for pk in found:
            if job := _take(pk):
                _Work(job).go_on(TURN_SECONDS)


def finish(job: Remapping, on_progress: Callable[[Remapping], None] | None = None) -> Remapping:
    """Carry out a job to its end, or wait for whoever does; `on_progress` is told now and then. Returns it as it is then."""
    while True:
        if taken := _take(job.pk):
            _Work(taken).go_on(1.0)
        else:
            time.sleep(0.1)
        if (now := Remapping.objects.filter(pk=job.pk).first()) is None:
            return job
        if on_progress is not None:
            on_progress(now)
        if now.state not in UNFINISHED:
            return now


def _free(now: datetime) -> Any:
    # A lease that ends later than one can was written by a clock that was wrong.
    free = Q(leased_until=None) | Q(leased_until__lte=now) | Q(leased_until__gt=now + 2 * LEASE)
    return Remapping.objects.filter(free, state__in=UNFINISHED)


def _take(pk: int) -> Remapping | None:
    now = clock.now()
    if not _free(now).filter(pk=pk).update(state=State.RUNNING, leased_until=now + LEASE):
        return None
    return Remapping.objects.select_related("project").get(pk=pk)


class _Gone(Exception):
    """The job was stopped or deleted, or another process has its lease."""


class _Work:
    """One process' work on one job."""

    def __init__(self, job: Remapping) -> None:
        self.job = job
        self.project: Project = job.project
        self._lease = job.leased_until
        self._rules = rules_of(job.project)

    def go_on(self, seconds: float) -> None:
        """Work for some seconds. Gives the lease back."""
        until = time.monotonic() + seconds
        try:
            while self._part() and time.monotonic() < until:
                time.sleep(PAUSE)
        except _Gone:
            return
        except Late as late:
            self._end(State.STOPPED, f"Source maps or debug files could not be read: {late}")
        except Exception as error:
            if isinstance(error, OSError) or trouble.is_trouble(error):
                raise
            log.exception("the maps of release %r could not be applied", self.job.release)
            self._end(State.STOPPED, _UNEXPECTED)
        finally:
            Remapping.objects.filter(pk=self.job.pk, leased_until=self._lease).update(leased_until=None)

    def _part(self) -> bool:
        """Do the next part. False: there is none, the job is finished."""
        rows = issues_of(self.project, self.job.release).order_by("pk")
        if self.job.position is not None:
            rows = rows.filter(pk__gt=self.job.position)
        issues = list(rows[:TOGETHER])
        if not issues:
            self._end(State.DONE)
            return False
        self._write(self._read(issues), issues)
        return True

    def _read(self, issues: Sequence[Issue]) -> list[Again]:
        for tried in range(1, _TRIES + 1):
            try:
                return [again(self.project, issue, self.job.release, self._rules) for issue in issues]
            except Late:
                if tried == _TRIES:
                    raise
        return []

    def _write(self, found: Sequence[Again], issues: Sequence[Issue]) -> None:
        until = clock.now() + LEASE
        with transaction.atomic():
            lock_project(self.project.pk)
            mine = Remapping.objects.filter(pk=self.job.pk, state=State.RUNNING, leased_until=self._lease)
            changed = [_apply(self.project.pk, one) for one in found if one.is_changed]
            position = issues[-1].pk
            if not mine.update(
                leased_until=until,
                position=position,
                done=F("done") + len(issues),
                changed=F("changed") + sum(changed),
            ):
                # What was written in this transaction goes with it.
                raise _Gone
        self._lease, self.job.position = until, position

    def _end(self, state: Remapping.State, why: str = "") -> None:
        mine = Remapping.objects.filter(pk=self.job.pk, state=State.RUNNING, leased_until=self._lease)
        mine.update(state=state, finished_at=clock.now(), leased_until=None, trouble=why[:500])


def _apply(project_id: int, found: Again) -> bool:
    """Write what changes of an issue inside the transaction. Returns whether anything did: it may have changed meanwhile."""
    issue, changed, size = found.issue, False, 0
    if found.columns:
        same = Issue.objects.filter(pk=issue.pk, **found.before)
        if same.update(**found.columns):
            changed = True
            for name in ("title", "value"):
                if name in found.columns:
                    size += len(found.columns[name]) - len(found.before[name])
    for pk, (was, now) in found.smart.items():
        changed |= bool(Grouping.objects.filter(pk=pk, issue=issue.pk, smart_hash=was).update(smart_hash=now))
    for key in found.keys:
        bound = _bind(project_id, issue, key)
        changed |= bound > 0
        size += bound
    if size:
        usage.add(project_id, {"issue": (0, size)})
    complete = IssueText.objects.filter(grouping__in=found.texts, grouping__issue=issue.pk, is_complete=True)
    for grouping in complete.values_list("grouping", flat=True):
        issue_text.complete(project_id, grouping, found.texts[grouping])
    return changed


def _bind(project_id: int, issue: Issue, key: str) -> int:
    """Have new events with this smart key go to the issue, unless they go somewhere already. Returns about how many bytes that takes."""
    key_hash = fingerprint.key_hash(key)
    if (
        Grouping.objects.filter(project=project_id, key_hash=key_hash).exists()
        or not Issue.objects.filter(pk=issue.pk).exists()
    ):
        return 0
    start, cut_from = tables.beginning(key)
    # Without events, so it is counted apart: issues.record.steps.own_counts.
    Grouping.objects.create(
        project_id=project_id, issue_id=issue.pk, key=start, cut_from=cut_from, key_hash=key_hash, mechanism=SMART,
        smart_hash=key_hash, is_counted=True,
    )  # fmt: skip
    return len(start.encode())
