"""One run of the deliverer: collects facts, claims messages and sends them in a few threads, until nothing is due.

Only the main thread uses the database. A thread sends the messages of one lane, one after the other, so that what does
not answer holds up nothing but itself; it hands each outcome back at once.
"""

from __future__ import annotations

import logging
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.db import connections

from issues.alerts.delivery import claims, outcomes, preparing, restored, turns
from issues.alerts.delivery.claims import Lane
from issues.alerts.delivery.journal import Journal
from issues.alerts.delivery.preparing import Job
from issues.alerts.delivery.sending import Failure, Outcome, attempt
from issues.alerts.delivery.slot import Slot
from issues.alerts.mail import summaries
from issues.alerts.mail.sending import close as close_connections
from issues.alerts.rules import collect, defaults
from issues.models import AlertDelivery
from rustrak.lib import clock
from rustrak.lib.database import trouble

log = logging.getLogger("rustrak.alerts")

# Those of channels; mail has one of its own, whose connection serves many messages.
THREADS = 4
#: Messages that are claimed at a time.
BATCH = 20
# A run begins nothing new after so long; the next one follows at once.
MOST_SECONDS = 60.0
# How often facts are collected while messages are being sent.
COLLECT_SECONDS = 1.0
LOOK_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class _Done:
    """A message with what became of it; or the end of a lane's work, with the messages that were not tried."""

    lane: Lane
    delivery: AlertDelivery | None = None
    outcome: Outcome | None = None
    left: tuple[AlertDelivery, ...] = ()


def run(*, drain: bool = False) -> int:
    """Tell what is to be told now; how many messages were sent.

    With `drain` also what bursts still collect, and until nothing is due. Raises errors of the database; what was sent by
    then is in the journal.
    """
    directory = Path(settings.RUN_DIR)
    now = clock.now()
    if not restored.begin(directory, now):
        turns.note(now + timedelta(seconds=10))
        return 0
    slot = Slot(directory)
    try:
        claims.end_leases(slot.name)
        claims.mend_clocks(now)
        claims.expire(now)
        _collect(defaults.ensure_all)
        _collect(lambda: summaries.run(clock.now()))
        with _stopping() as stop:
            return _Run(slot.name, Journal(directory), stop, drain).work()
    finally:
        slot.release()


@dataclass(slots=True)
class _Run:
    holder: str
    journal: Journal
    stop: threading.Event
    drain: bool
    sent: int = 0
    done: queue.SimpleQueue[_Done] = field(default_factory=queue.SimpleQueue)
    busy: set[Lane] = field(default_factory=set)
    # When each lane was last begun, by counting: those that have waited longest come first.
    begun: dict[Lane, int] = field(default_factory=dict)
    count: int = 0

    def work(self) -> int:
        end = time.monotonic() + MOST_SECONDS
        next_collection = 0.0
        late = False
        channels, mail = ThreadPoolExecutor(THREADS, "channels"), ThreadPoolExecutor(1, "mail")
        try:
            while True:
                late = not self.drain and time.monotonic() > end
                began = False
                if not late and not self.stop.is_set():
                    if time.monotonic() >= next_collection:
                        began = self._collect()
                        # A turn takes only so much: what is left has the next one at once.
                        next_collection = time.monotonic() + (0 if began else COLLECT_SECONDS)
                    began = self._begin(channels, mail) or began
                if not self.busy and not began:
                    break
                self._take()
        except BaseException:
            self.stop.set()
            raise
        finally:
            channels.shutdown()
            mail.shutdown()
            close_connections()
        now = clock.now()
        turns.note(now if late else claims.next_turn(now))
        return self.sent

    def _collect(self) -> bool:
        """Have rules look at what changed, and close the bursts whose turn has come; whether there was something."""
        found = _collect(collect.run)
        return _collect(lambda: collect.close_bursts(clock.now(), all=self.drain)) + found > 0

    def _begin(self, channels: ThreadPoolExecutor, mail: ThreadPoolExecutor) -> bool:
        """Begin work in lanes that have none, as far as there are threads; whether there was something to do."""
        began = False
        due = [lane for lane in claims.lanes(clock.now()) if lane not in self.busy]
        for lane in sorted(due, key=lambda each: self.begun.get(each, 0)):
            if lane != claims.MAIL and len(self.busy - {claims.MAIL}) >= THREADS:
                continue
            claimed = time.monotonic()
            found = claims.claim(lane, self.holder, clock.now(), BATCH)
            self.count += 1
            self.begun[lane] = self.count
            began = began or bool(found)
            if jobs := preparing.jobs(found, self.journal):
                self.busy.add(lane)
                pool = mail if lane == claims.MAIL else channels
                pool.submit(self._send, lane, jobs, claimed + claims.LATEST_START.total_seconds())
        return began

    def _send(self, lane: Lane, jobs: list[Job], latest: float) -> None:
        """In a thread: send the messages of a lane until one fails in a way that others would as well."""
        left = [job.delivery for job in jobs]
        try:
            failures = 0
            for job in jobs:
                if self.stop.is_set() or time.monotonic() > latest:
                    break
                # Whatever happens to this one: only what was not begun is given back.
                left.remove(job.delivery)
                outcome = attempt(job.message, self.journal)
                self.done.put(_Done(lane, job.delivery, outcome))
                failures = failures + 1 if isinstance(outcome.result, Failure) else 0
                if _ends(job, outcome, failures):
                    break
        finally:
            connections.close_all()
            self.done.put(_Done(lane, left=tuple(left)))

    def _take(self) -> None:
        """Note what the threads have done, after waiting a little for something."""
        try:
            done = self.done.get(timeout=LOOK_SECONDS if self.busy else 0)
            while True:
                self._note(done)
                done = self.done.get_nowait()
        except queue.Empty:
            return

    def _note(self, done: _Done) -> None:
        if done.delivery is None or done.outcome is None:
            self.busy.discard(done.lane)
            claims.give_back(done.left, self.holder)
            return
        try:
            outcomes.apply(done.delivery, done.outcome, clock.now())
        except Exception as error:
            if trouble.is_trouble(error):
                raise
            # Its lease ends, and the journal knows whether it was sent.
            log.exception("what became of the alert %s cannot be noted", done.delivery.pk)
        self.sent += not isinstance(done.outcome.result, Failure)


def _ends(job: Job, outcome: Outcome, failures: int) -> bool:
    """Whether the lane is left alone for now, after so many failures in a row in this run."""
    result = outcome.result
    if not isinstance(result, Failure):
        return False
    before = job.delivery.channel.failures_in_a_row if job.delivery.channel else 0
    return (
        result.holds
        or result.refused
        or (bool(job.delivery.channel) and before + failures >= outcomes.FAILURES_TO_HOLD)
    )


def _collect(step: Callable[[], int]) -> int:
    """Call a step that concerns all projects. What fails in it must not hold up messages that are written already."""
    try:
        return step()
    except Exception as error:
        if trouble.is_trouble(error):
            raise
        log.exception("alerts could not be collected")
        return 0


@contextmanager
def _stopping() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set: what is on its way is finished, and nothing is begun."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def leave(number: int, frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
