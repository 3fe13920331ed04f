"""Carries out jobs part by part, each in a transaction with what it did: whoever is killed has done nothing twice."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from accounts.models import Project
from issues import usage
from issues.forgetting import old_words, whom
from issues.forgetting.jobs import MARKER, UNFINISHED, State
from issues.forgetting.steps import STEPS, Part
from issues.lock import lock_project
from issues.models import Forgetting
from issues.reindex.run import run as reindex
from rustrak.lib import clock
from rustrak.lib.database import trouble

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
#: A job is worked on for so many seconds before the next has its turn.
TURN_SECONDS = 5.0
# Between two parts: digests come first.
PAUSE = 0.02
_UNEXPECTED = "An unexpected error stopped it; the log says more. Ask for it again."

#: Called with the id of a project and the IP addresses of a person: what other apps keep is theirs to forget.
AlsoForget = Callable[[int, Collection[str]], None]


def is_waiting() -> bool:
    """Whether a job was begun on this machine since this process asked last."""
    return MARKER.is_touched(settings.RUN_DIR)


def run(also: AlsoForget) -> None:
    """Carry out all jobs that wait and that nobody works on, in turns."""
    while found := list(_free(clock.now()).order_by("created_at").values_list("pk", flat=True)[:100]):
        for pk in found:
            if job := _take(pk):
                _Work(job, also).go_on(TURN_SECONDS)


def finish(
    job: Forgetting, also: AlsoForget, on_progress: Callable[[Forgetting], None] | None = None
) -> Forgetting:
    """Carry out a job to its end, or wait for whoever does; `on_progress` is told now and then. Returns it as it is then."""
    while True:
        if taken := _take(job.pk):
            _Work(taken, also).go_on(1.0)
        else:
            time.sleep(0.1)
        if (now := Forgetting.objects.filter(pk=job.pk).first()) is None:
            return job
        if on_progress is not None:
            on_progress(now)
        if now.state not in UNFINISHED:
            return now


def _free(now: datetime) -> Any:
    # A lease that ends later than one can was written by a clock that was wrong.
    free = Q(leased_until=None) | Q(leased_until__lte=now) | Q(leased_until__gt=now + 2 * LEASE)
    return Forgetting.objects.filter(free, state__in=UNFINISHED)


def _take(pk: int) -> Forgetting | None:
    now = clock.now()
    if not _free(now).filter(pk=pk).update(state=State.RUNNING, leased_until=now + LEASE):
        return None
    return Forgetting.objects.select_related("project").get(pk=pk)


class _Gone(Exception):
    """The job was deleted, or another process has its lease."""


class _Work:
    """One process' work on one job."""

    def __init__(self, job: Forgetting, also: AlsoForget) -> None:
        self.job = job
        self.project: Project = job.project
        self._also = also
        self._whom = whom.stored(job.people, job.names)
        self._lease = job.leased_until

    def go_on(self, seconds: float) -> None:
        """Work for some seconds. Gives the lease back."""
        until = time.monotonic() + seconds
        try:
            while self._part(seconds) and time.monotonic() < until:
                time.sleep(PAUSE)
        except _Gone:
            return
        except Exception as error:
            if isinstance(error, OSError) or trouble.is_trouble(error):
                raise
            log.exception("a person of project %d could not be forgotten", self.project.pk)
            self._end(State.STOPPED, _UNEXPECTED)
        finally:
            self._mine().update(leased_until=None)

    def _part(self, seconds: float) -> bool:
        """Do the next part. False: there is none, the job is finished."""
        if self.job.step < len(STEPS):
            self._write(STEPS[self.job.step](self.project, self._whom, self.job.position))
            return True
        # What is left is found by its words again.
        if self.job.step == len(STEPS):
            is_indexed = reindex(lambda progress: None, seconds, [self.project])
            self._go_to(self.job.step + is_indexed, "")
            return True
        if self.job.step == len(STEPS) + 1:
            with transaction.atomic():
                position = old_words.drop(self.job.position)
                self._go_to(self.job.step + (position is None), position or "")
            return True
        self._also(self.project.pk, self._whom.addresses)
        usage.forget(self.project.pk)
        self._end(State.DONE)
        return False

    def _write(self, part: Part) -> None:
        last = part.position is None
        with transaction.atomic():
            lock_project(self.project.pk)
            part.write()
            self._go_to(
                self.job.step + last,
                part.position or "",
                done=F("done") + part.looked,
                deleted=F("deleted") + part.found,
            )

    def _go_to(self, step: int, position: str, **columns: Any) -> None:
        self._renew(step=step, position=position, **columns)
        self.job.step, self.job.position = step, position

    def _renew(self, **columns: Any) -> None:
        """Keep the lease. Raises _Gone, with which what was written in the transaction goes."""
        until = clock.now() + LEASE
        if not self._mine().update(leased_until=until, **columns):
            raise _Gone
        self._lease = until

    def _mine(self) -> Any:
        return Forgetting.objects.filter(pk=self.job.pk, state=State.RUNNING, leased_until=self._lease)

    def _end(self, state: Forgetting.State, why: str = "") -> None:
        self._mine().update(
            state=state, finished_at=clock.now(), leased_until=None, trouble=why[:500], names=[]
        )
