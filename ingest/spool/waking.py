"""How a digest learns at once that a segment was sealed: a byte through a FIFO that no writer ever waits for."""

from __future__ import annotations

import contextlib
import os
import select
from pathlib import Path

NAME = "wake"
# Where no FIFO can be made, looking around more often stands in for being woken.
BLIND_SECONDS = 0.1


def wake(directory: Path) -> None:
    """Wakes whoever waits on this spool. Never blocks, never fails: a digest looks by itself soon enough."""
    try:
        descriptor = os.open(directory / NAME, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return  # nobody listens
    try:
        os.write(descriptor, b"\n")
    except OSError:
        pass  # full: whoever listens has plenty to wake for
    finally:
        os.close(descriptor)


class Waker:
    """The listening end, for one digest."""

    def __init__(self, directory: Path) -> None:
        self._descriptor: int | None = None
        self._pipe: tuple[int, int] | None = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                os.mkfifo(directory / NAME, 0o600)
            # Read and write, so that it never comes to an end when the last writer goes.
            self._descriptor = os.open(directory / NAME, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            pass

    def wait(self, seconds: float) -> bool:
        """Returns True as soon as somebody wakes, or False after `seconds`."""
        if self._pipe is None:
            return True
        ends = [self._pipe[0]]
        if self._descriptor is not None:
            ends.append(self._descriptor)
        else:
            seconds = min(seconds, BLIND_SECONDS)
        ready, _, _ = select.select(ends, [], [], seconds)
        for end in ready:
            with contextlib.suppress(OSError):
                os.read(end, 65536)
        return bool(ready)

    def interrupt(self) -> None:
        """Ends the wait; for signal handlers."""
        if self._pipe is not None:
            with contextlib.suppress(OSError):
                os.write(self._pipe[1], b"\n")

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if self._pipe is not None:
            for end in self._pipe:
                os.close(end)
            self._pipe = None
