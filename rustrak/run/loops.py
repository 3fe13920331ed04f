"""Periodic work: several loops in one process, each at its own interval, and those of different lanes beside each other."""

from __future__ import annotations

import logging
import math
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from rustrak.lib import presence
from rustrak.lib.database import trouble
from rustrak.run.processes import fork

log = logging.getLogger(__name__)

URGENT_SECONDS = 20.0
# How often we look whether a fork has ended. A run takes some hundredths of a second, most of the time.
LOOK_SECONDS = 0.05
_ENDING = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class Loop:
    """Runs `body` every `seconds`, for the first time immediately. An exception is logged and the loop goes on.

    While `urgent` it runs again after `urgent_after` seconds; with `wakes` the process looks as often, else only as far as
    it is awake by then. With `apart` each run happens in a fork, so that a process that mostly sleeps stays small.
    Such loops wait for those of their own `lane` only. When the process ends, a fork gets SIGTERM and may go on for
    `grace` seconds; without, it is killed at once.
    """

    name: str
    seconds: float
    body: Callable[[], None]
    apart: bool = False
    urgent: Callable[[], bool] | None = None
    urgent_after: float = URGENT_SECONDS
    wakes: bool = False
    lane: str = ""
    grace: float = 0.0

    def is_due(self, now: float, due: float) -> bool:
        """Whether to run at `now`, when the next regular run is `due`; both by the monotonic clock."""
        if due <= now:
            return True
        return self.urgent is not None and due - self.seconds + self.urgent_after <= now and self.urgent()

    def once(self) -> None:
        try:
            self.body()
        except Exception as error:
            if isinstance(error, OSError) or trouble.is_trouble(error):
                reason = " ".join(str(error).split())
                log.error("%s failed; the next attempt is in %.0f s: %s", self.name, self.seconds, reason)
            else:
                log.exception("%s failed; the next attempt is in %.0f s", self.name, self.seconds)


def run(loops: Sequence[Loop], directory: Path) -> None:
    """Run `loops` until SIGTERM or SIGINT, then raise SystemExit. A signal also interrupts a run, which must allow it.

    While they run, rustrak.lib.presence lists each loop in `directory` under `role(loop.name)`.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in _ENDING:
        signal.signal(number, leave)
    for loop in loops:
        presence.hold(directory, role(loop.name))
    due = [0.0] * len(loops)
    longest = min((loop.urgent_after for loop in loops if loop.wakes), default=math.inf)
    # lane -> the loop that runs in it, by its index, and the process of its fork
    running: dict[str, tuple[int, int]] = {}
    try:
        while True:
            for lane, (index, pid) in list(running.items()):
                if os.waitpid(pid, os.WNOHANG)[0]:
                    del running[lane]
                    due[index] = time.monotonic() + loops[index].seconds
            for index, loop in enumerate(loops):
                if loop.lane in running or not loop.is_due(time.monotonic(), due[index]):
                    continue
                if loop.apart:
                    _fork(loop, index, running)
                else:
                    loop.once()
                    due[index] = time.monotonic() + loop.seconds
            free = [due[index] for index, loop in enumerate(loops) if loop.lane not in running]
            pause = max(0.0, min(free) - time.monotonic()) if free else LOOK_SECONDS
            time.sleep(min(pause, LOOK_SECONDS if running else longest))
    finally:
        _end([(loops[index].grace, pid) for index, pid in running.values()])


def _end(forks: Sequence[tuple[float, int]]) -> None:
    """End the runs that have not ended, each after its grace in seconds."""
    begun = time.monotonic()
    # A signal may have come between the end of a run and the note of it.
    for grace, pid in forks:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM if grace else signal.SIGKILL)
    for grace, pid in sorted(forks):
        with suppress(ProcessLookupError, ChildProcessError):
            while not os.waitpid(pid, os.WNOHANG)[0]:
                if time.monotonic() - begun >= grace:
                    os.kill(pid, signal.SIGKILL)
                    os.waitpid(pid, 0)
                    break
                time.sleep(LOOK_SECONDS)


def role(name: str) -> str:
    """A loop's name as a role for rustrak.lib.presence: without spaces."""
    return name.replace(" ", "-")


def _fork(loop: Loop, index: int, running: dict[str, tuple[int, int]]) -> None:
    """Begin a run of `loop` in a fork, and note it in `running`."""
    # A signal between the fork and the note would leave the child running, so it is handled only afterwards. Blocking
    # it would not help: in a process with threads another thread receives it, and the handler runs here anyway.
    received: list[int] = []
    before = {
        number: signal.signal(number, lambda number, frame: received.append(number)) for number in _ENDING
    }
    try:
        running[loop.lane] = index, fork(loop.once, f"rustrak: {loop.name}")
    finally:
        _restore(before)
    if received:
        raise SystemExit(0)


def _restore(handlers: Mapping[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
