"""Quiet work that repeats: several loops in one process, each at its own pace."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from rustrak.lib import presence
from rustrak.run.processes import run_apart

log = logging.getLogger("rustrak.loops")

_ENDING = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True)
class Loop:
    """`body` is run every `seconds`, first at once; what it raises is logged and ends nothing.

    With `apart` each run is a fork, so that a process that mostly sleeps stays small.
    """

    name: str
    seconds: float
    body: Callable[[], None]
    apart: bool = False

    def once(self) -> None:
        try:
            self.body()
        except Exception:
            log.exception("%s failed; it is tried again in %.0f s", self.name, self.seconds)


def run(loops: Sequence[Loop], directory: Path) -> None:
    """Run `loops` until SIGTERM or SIGINT, which also interrupts work under way: it must bear that.

    Meanwhile rustrak.lib.presence finds each of them in `directory`, as `role(loop.name)`.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in _ENDING:
        signal.signal(number, leave)
    for loop in loops:
        presence.hold(directory, role(loop.name))
    due = [0.0] * len(loops)
    while True:
        now = time.monotonic()
        for index, loop in enumerate(loops):
            if due[index] <= now:
                _apart(loop) if loop.apart else loop.once()
                due[index] = time.monotonic() + loop.seconds
        time.sleep(max(0.0, min(due) - time.monotonic()))


def role(name: str) -> str:
    """A loop's name as presence knows it."""
    return name.replace(" ", "-")


def _apart(loop: Loop) -> None:
    # Told to end between the fork and the wait, nobody would end the child: it is put off until then. A mask
    # wouldn't do, for in a process with threads another one takes the signal and this one's handler is run.
    told: list[int] = []
    before = {number: signal.signal(number, lambda number, frame: told.append(number)) for number in _ENDING}
    pid = 0
    try:
        pid = run_apart(loop.once, f"rustrak: {loop.name}")
        _handle(before)
        if told:
            raise SystemExit(0)
        os.waitpid(pid, 0)
    except BaseException:
        _handle(before)
        if pid:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        raise


def _handle(handlers: Mapping[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
