"""The CPU time that one record may take: whatever a stranger sends, it costs the digest that much once.

What reads records is meant to be bounded by itself; this holds where something was overlooked. A timer of the process's
CPU time ticks while records are read and stored. The first tick that finds a record that an earlier one saw leaves a
durable mark, later ones raise OverBudget. The record is then read in a cheaper way, and after a restart it begins there.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from ingest.digest.checkpoint import Entry
from ingest.digest.marks import Marks, Stage

# In seconds of CPU time. Reading the slowest honest event, one of 8 MiB, takes 0.5 s on a machine of 2024.
TICK = 0.25
BUDGETS = {Stage.FULL: 3.0, Stage.REDUCED: 1.0}
# To store a batch; its records are bounded in number and size. A usual batch of 500 takes 0.3 s.
STORE_SECONDS, STORE_SECONDS_PER_RECORD = 10.0, 0.05


class OverBudget(BaseException):
    """The work took too long. No `except Exception` may stop it."""


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """Work that may take `seconds` of CPU time. `entry` and `stage` are those of a record that is read."""

    seconds: float
    entry: Entry | None = None
    stage: Stage = Stage.FULL


class Watch:
    """Watches what the process is working on. `now` is set by whoever begins and ends the work: an Attempt; an Entry that
    is read whole, which saves an object for each record; or None."""

    __slots__ = ("_seen", "_since", "marks", "now")

    def __init__(self) -> None:
        self.now: Attempt | Entry | None = None
        self.marks: Marks | None = None
        self._seen: Attempt | Entry | None = None
        self._since = 0.0

    def tick(self, number: int, frame: FrameType | None) -> None:
        """The signal handler. Raises OverBudget, at each further tick again, as something may have swallowed it."""
        now = self.now
        if now is None or now is not self._seen:
            self._seen, self._since = now, time.process_time()
            return
        entry, stage = (now.entry, now.stage) if isinstance(now, Attempt) else (now, Stage.FULL)
        if self.marks is not None and entry is not None:
            self.marks.begun(entry, stage)
        seconds = now.seconds if isinstance(now, Attempt) else BUDGETS[stage]
        if time.process_time() - self._since >= seconds - TICK:
            raise OverBudget


watch = Watch()


@contextmanager
def ticking(marks: Marks) -> Iterator[None]:
    """Have `watch` look at the work inside, and note slow records in `marks`. Signals reach only the main thread: in any
    other there is no budget."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    watch.marks = marks
    before = signal.signal(signal.SIGPROF, watch.tick)
    timer = signal.setitimer(signal.ITIMER_PROF, TICK, TICK)
    try:
        yield
    finally:
        watch.now = watch.marks = None
        signal.setitimer(signal.ITIMER_PROF, *timer)
        # By default the signal ends the process, and one may still be on its way.
        if callable(before):
            signal.signal(signal.SIGPROF, before)


def storing(records: int) -> Attempt:
    """The attempt to store so many records in one transaction."""
    return Attempt(STORE_SECONDS + STORE_SECONDS_PER_RECORD * records)
