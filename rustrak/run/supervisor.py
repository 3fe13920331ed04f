"""Keeps the parts of Rustrak running: forks them, restarts one that dies, stops all of them.

On Linux the kernel signals a child when its parent dies, so that even `kill -9` of the supervisor leaves no process.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from rustrak.run.processes import fork

log = logging.getLogger(__name__)

STABLE_SECONDS = 60.0
STOP_SECONDS = 10.0


def backoff(failures: int) -> float:
    """Seconds to wait before the next start after `failures` (1 or more) deaths in a row: 0.5, 1, 2 … 30."""
    return min(0.5 * 2.0 ** min(failures - 1, 10), 30.0)


def failures_after(failures: int, lived: float) -> int:
    """The number of deaths in a row, including this one after `lived` seconds; 1 if that was STABLE_SECONDS or more."""
    return 1 if lived >= STABLE_SECONDS else failures + 1


@dataclass
class Part:
    """One long-running process: `run` is called in a fork. Parts are stopped in the order of their `stage`."""

    name: str
    run: Callable[[], None]
    stage: int = 0
    pid: int | None = None
    failures: int = 0
    started: float = 0.0
    due: float = 0.0


@dataclass
class Supervisor:
    """Runs `parts` until SIGTERM, SIGINT or SIGHUP; `on_stop` is called before the first part is stopped."""

    parts: Sequence[Part]
    on_stop: Callable[[], None] = lambda: None
    _asked: list[int] = field(default_factory=list)

    def run(self) -> None:
        """Return once every part has ended."""
        with self._signals() as wake:
            try:
                while not self._asked:
                    self._start_due()
                    self._wait(wake, self._until_next())
                    self._reap()
            finally:
                self._stop(wake)

    def _start_due(self) -> None:
        now = time.monotonic()
        for part in self.parts:
            if part.pid is None and part.due <= now and not self._asked:
                part.started = now
                part.pid = fork(part.run, f"rustrak: {part.name}")
                log.debug("%s started as process %d", part.name, part.pid)

    def _until_next(self) -> float | None:
        waiting = [part.due for part in self.parts if part.pid is None]
        return max(0.0, min(waiting) - time.monotonic()) if waiting else None

    def _reap(self) -> None:
        """Note which parts have died. Also collects other children: process 1 of a container inherits orphans."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for part in self.parts:
                if part.pid == pid:
                    self._died(part, os.waitstatus_to_exitcode(status))

    def _died(self, part: Part, code: int) -> None:
        now = time.monotonic()
        part.pid = None
        if self._asked:
            return
        part.failures = failures_after(part.failures, now - part.started)
        part.due = now + backoff(part.failures)
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        log.warning("%s %s; restarting it in %.1f s", part.name, how, part.due - now)

    def _stop(self, wake: int) -> None:
        """Send SIGTERM stage by stage. What still runs after STOP_SECONDS, or at a second Ctrl-C, is killed."""
        self._asked = self._asked or [signal.SIGTERM]
        self.on_stop()
        begun = time.monotonic()
        for stage in sorted({part.stage for part in self.parts}):
            self._signal(signal.SIGTERM, stage)
            while self._alive(stage) and (left := begun + STOP_SECONDS - time.monotonic()) > 0:
                if self._asked.count(signal.SIGINT) > 1 and time.monotonic() - begun > 1:
                    break
                self._wait(wake, min(left, 0.5))
                self._reap()
        if late := [part.name for part in self.parts if part.pid is not None]:
            log.error(
                "%s did not stop in time and will be killed; no accepted event is lost", ", ".join(late)
            )
            self._signal(signal.SIGKILL, None)
            while self._alive(None):
                self._wait(wake, 0.1)
                self._reap()

    def _alive(self, stage: int | None) -> bool:
        return any(part.pid is not None and stage in (None, part.stage) for part in self.parts)

    def _signal(self, number: signal.Signals, stage: int | None) -> None:
        """Send `number` to the parts of `stage`, or to all if None.

        SIGKILL goes to a part's whole process group, which includes gunicorn's workers.
        """
        for part in self.parts:
            if part.pid is None or stage not in (None, part.stage):
                continue
            try:
                (os.killpg if number == signal.SIGKILL else os.kill)(part.pid, number)
            except ProcessLookupError:
                pass

    @staticmethod
    def _wait(wake: int, timeout: float | None) -> None:
        """Sleep until a signal arrives or `timeout` seconds have passed."""
        if select.select([wake], [], [], timeout)[0]:
            os.read(wake, 4096)

    @contextmanager
    def _signals(self) -> Iterator[int]:
        """While inside, signals land in `_asked` and make the yielded descriptor readable."""
        reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

        def note(number: int, frame: FrameType | None) -> None:
            if number != signal.SIGCHLD:
                self._asked.append(number)

        watched = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
        before = {number: signal.signal(number, note) for number in watched}
        woken = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        try:
            yield reader
        finally:
            signal.set_wakeup_fd(woken)
            for number, handler in before.items():
                signal.signal(number, handler)
            os.close(reader)
            os.close(writer)
