"""Wakes the digest when a segment is sealed: a byte through a FIFO, for which no writer ever waits."""

from __future__ import annotations

import contextlib
import os
import select
from pathlib import Path

NAME = "wake"
# Without a FIFO (some file systems have none) the digest looks this often.
POLL_SECONDS = 0.1


def wake(directory: Path) -> None:
    """Wake the digests that wait on this spool. Never blocks and never fails: a digest also looks by itself, every second."""
    try:
        descriptor = os.open(directory / NAME, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return  # no digest is waiting
    try:
        os.write(descriptor, b"\n")
    except OSError:
        pass  # the FIFO is full: the digests have not read earlier wake-ups yet
    finally:
        os.close(descriptor)


class Waker:
    """The reading end, for one digest."""

    def __init__(self, directory: Path) -> None:
        self._descriptor: int | None = None
        self._pipe: tuple[int, int] | None = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                os.mkfifo(directory / NAME, 0o600)
            # For reading and writing, so that it never reports its end when the last writer closes it.
            self._descriptor = os.open(directory / NAME, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            pass

    def wait(self, seconds: float) -> bool:
        """Wait for `wake` or `interrupt`. Returns True when one was called, False after `seconds`."""
        if self._pipe is None:
            return True
        ends = [self._pipe[0]]
        if self._descriptor is not None:
            ends.append(self._descriptor)
        else:
            seconds = min(seconds, POLL_SECONDS)
        ready, _, _ = select.select(ends, [], [], seconds)
        for end in ready:
            with contextlib.suppress(OSError):
                os.read(end, 65536)
        return bool(ready)

    def interrupt(self) -> None:
        """End the wait; may be called from a signal handler."""
        if self._pipe is not None:
            with contextlib.suppress(OSError):
                os.write(self._pipe[1], b"\n")

    def close(self) -> None:
        """Close the FIFO and the pipe; `wait` then returns at once."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if self._pipe is not None:
            for end in self._pipe:
                os.close(end)
            self._pipe = None
