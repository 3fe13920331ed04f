"""Writes lines to stdout or stderr, and never waits long for whoever reads them.

A pipe that nobody reads from is full after 64 KiB, and so is a terminal that Ctrl-S stopped. An ordinary write would
then hold the thread, and with it every other one that logs, until somebody reads again.
"""

from __future__ import annotations

import logging
import os
import select
import socket
import stat
import sys
import threading
from contextlib import suppress

STDOUT, STDERR = 1, 2
# How long a burst of lines may wait for a reader that is only slow.
WAIT_SECONDS = 0.2
# A pipe that can take anything takes this much without blocking.
_AT_ONCE = select.PIPE_BUF


class Output:
    """One of the process's own file descriptors, to write whole lines to."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._socket: socket.socket | None = None
        self._most = sys.maxsize  # bytes at once
        self._stuck = self._torn = self._reopened = False
        with suppress(OSError):
            kind = os.fstat(descriptor).st_mode
            if stat.S_ISSOCK(kind):
                self._socket = socket.socket(fileno=os.dup(descriptor))
            elif stat.S_ISFIFO(kind) or stat.S_ISCHR(kind):
                self._most = _AT_ONCE
                self._reopen()

    def _reopen(self) -> None:
        """Open the pipe or the terminal once more, not to block: others use the descriptor as it is.

        Raises OSError when the user may not.
        """
        flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        self._descriptor = os.open(f"/dev/fd/{self._descriptor}", flags)
        self._reopened = True

    def write(self, line: str) -> bool:
        """Write `line` and a newline; whether all of it was written.

        The first time that nothing can be written it waits WAIT_SECONDS, after that not at all until something can.
        """
        text = f"\n{line}\n" if self._torn else f"{line}\n"
        data = memoryview(text.encode("utf-8", "backslashreplace"))
        size = len(data)
        try:
            while data:
                data = data[self._write(data[: self._most]) :]
        except OSError:
            self._torn = self._torn or len(data) < size
            return False
        self._torn = False
        return True

    def close(self) -> None:
        """Close what was opened here; the process's own descriptor stays open."""
        if self._socket is not None:
            self._socket.close()
        elif self._reopened:
            os.close(self._descriptor)

    def _write(self, data: memoryview) -> int:
        waiting = select.poll()
        waiting.register(self._descriptor, select.POLLOUT)
        if not waiting.poll(0 if self._stuck else WAIT_SECONDS * 1000):
            self._stuck = True
            raise BlockingIOError
        if self._socket is not None:
            written = self._socket.send(data, socket.MSG_DONTWAIT)
        else:
            written = os.write(self._descriptor, data)
        self._stuck = False
        return written


class Handler(logging.Handler):
    """Writes records to stderr. Those that cannot be written are counted, and the next line says how many."""

    def __init__(self, descriptor: int = STDERR) -> None:
        super().__init__()
        self._output = Output(descriptor)
        #: How many records since the last one that was written.
        self.lost = 0

    def close(self) -> None:
        self._output.close()
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = self.format(record)
        except Exception as error:  # a log call whose arguments do not fit its text
            line = f"{record.name}: {record.msg!r} cannot be formatted: {type(error).__name__}"
        if self.lost and self._output.write(self.format(_lost(self.lost))):
            self.lost = 0
        if self.lost or not self._output.write(line):
            self.lost += 1


def _lost(lines: int) -> logging.LogRecord:
    text = "%d log lines are lost: they could not be written"
    return logging.LogRecord(__name__, logging.WARNING, __file__, 0, text, (lines,), None)


_outputs: dict[int, Output] = {}
_opening = threading.Lock()


def say(text: str, descriptor: int = STDOUT) -> None:
    """Write a line to stdout or stderr; if it cannot be written, it is lost."""
    flush()
    with _opening:
        output = _outputs.get(descriptor) or _outputs.setdefault(descriptor, Output(descriptor))
    output.write(text)


def flush() -> None:
    """Flush what Python's stdout and stderr hold, as far as it can be written."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # it is closed, or was from the start
            stream.flush()


def open_missing() -> None:
    """Open /dev/null for stdin, stdout and stderr where they are closed: else a database would get their number."""
    for descriptor in (0, STDOUT, STDERR):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
