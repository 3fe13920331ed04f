"""The end of a request, whatever the other side does: its connections are cut then."""

from __future__ import annotations

import contextvars
import socket
import threading
import time
from contextlib import suppress


class Deadline:
    """A context that ends after `seconds`: connections that it watches are cut then, and `is_over` is True.

    A server that sends a byte now and then resets every other time limit.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()
        # Second descriptors of the connections: TLS takes the first ones over.
        self._watched: list[socket.socket] = []
        self.is_over = False
        self._timer = threading.Timer(max(seconds, 0.0), self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        # A new thread gets nothing of the context of this one (rustrak.outbound.guard).
        contextvars.Context().run(self._timer.start)
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            watched, self._watched = self._watched, []
        for raw in watched:
            raw.close()

    def remaining(self) -> float:
        """The seconds that are left. Raises TimeoutError when there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0 or self.is_over:
            raise TimeoutError
        return seconds

    def watch(self, connection: socket.socket) -> None:
        """Cut the connection when the time is over."""
        raw = connection.dup()
        with self._lock:
            self._watched.append(raw)
        if self.is_over:
            self._cut()

    def _cut(self) -> None:
        self.is_over = True
        with self._lock:
            for raw in self._watched:
                with suppress(OSError):
                    raw.shutdown(socket.SHUT_RDWR)
