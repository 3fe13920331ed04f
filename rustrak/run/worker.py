"""gunicorn's asgi worker, with limits on what clients can hold and a quick, clean stop."""

from __future__ import annotations

import asyncio
import resource
import signal
from contextlib import suppress
from typing import Any

from rustrak.run.connection_watch import ConnectionWatch
from rustrak.run.gunicorn_internals import Connection, InternalWorker

# A page in a browser must be able to read the status too: hence the CORS header.
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nAccess-Control-Allow-Origin: *\r\n"
    b"X-Content-Type-Options: nosniff\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)
_LARGE_HEAD = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nAccess-Control-Allow-Origin: *\r\n"
    b"X-Content-Type-Options: nosniff\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)
# How long a request's head may take from its first byte; for a connection's first request, from the connection.
HEAD_SECONDS = 20.0
# How large it may be, all of its fields together. Source: nginx's default, large_client_header_buffers 4 8k.
HEAD_BYTES = 32 * 1024
# How long a stopping worker waits for the first request of a connection it has accepted.
FIRST_REQUEST_SECONDS = 1.0
# How much of a body may wait for the application before we stop reading from the connection.
UNREAD_BYTES = 64 * 1024
# File descriptors that connections leave for the spool, its large items and the database.
SPARE_DESCRIPTORS = 256


class BoundedProtocol(Connection):
    """A connection that counts towards the worker's limit and must send each request's head in time.

    gunicorn itself accepts connections without limit and waits for a head without limit.
    """

    def __init__(self, worker: Any) -> None:
        super().__init__(worker, UNREAD_BYTES)
        self._head_timer: asyncio.TimerHandle | None = None
        self.had_request = False
        # Of the head that is arriving, or of the request under way; and the size of what has just arrived.
        self.head_bytes = self._arrived = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.worker.protocols.add(self)
        if self.worker.nr_conns > self.worker.most_connections:
            self.refuse(_BUSY)
        else:
            self._await_head()

    def data_received(self, data: bytes) -> None:
        self._arrived = len(data)
        super().data_received(data)
        if self.has_request:
            if self._head_timer is not None:
                self._head_timer.cancel()
                self._head_timer = None
            return
        if self.is_idle and self._head_timer is None:
            self.head_bytes = 0
            self._await_head()
        self.head_bytes += len(data)
        if self.head_bytes > HEAD_BYTES:
            self.refuse(_LARGE_HEAD)

    def connection_lost(self, exc: Exception | None) -> None:
        self.worker.protocols.discard(self)
        if self._head_timer is not None:
            self._head_timer.cancel()
        super().connection_lost(exc)

    def head_received(self) -> None:
        self.had_request = True
        # At most this many; counted exactly only when it matters.
        size = self._arrived if self._head_timer is None else self.head_bytes + self._arrived
        if size > HEAD_BYTES and (size := self.head_size) > HEAD_BYTES:
            raise self.head_too_large(HEAD_BYTES)
        self.head_bytes = size

    @property
    def held(self) -> int:
        """The bytes that this connection keeps in memory, apart from what the application has taken."""
        return self.head_bytes + self.unread + self.unsent

    def close_if_idle(self) -> None:
        """Close a kept-alive connection that has no request under way."""
        if self.is_idle:
            self.hang_up()

    def _await_head(self) -> None:
        self._head_timer = self.worker.loop.call_later(HEAD_SECONDS, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if not self.has_request:
            self.hang_up()


def most_connections(wanted: int) -> int:
    """How many connections one worker accepts: `wanted`, or fewer if it may open too few file descriptors."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, soft - min(SPARE_DESCRIPTORS, soft // 2)))


class Worker(InternalWorker):
    """Serves until told to stop; then finishes the requests under way and shuts the application down.

    gunicorn's own worker notices a stop up to a second late, waits for idle connections as long as for busy ones, and
    skips the application's shutdown when it must be quick.
    """

    alive: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.protocols: set[BoundedProtocol] = set()
        self.most_connections = most_connections(self.cfg.worker_connections)
        self._stopping = asyncio.Event()
        self._watch = ConnectionWatch()

    def init_signals(self) -> None:
        super().init_signals()
        # Ctrl-C reaches the whole process group; the master decides and stops its workers by SIGTERM.
        self.loop.add_signal_handler(signal.SIGINT, lambda: None)

    def handle_exit_signal(self) -> None:
        super().handle_exit_signal()
        self._stopping.set()

    def handle_quit_signal(self) -> None:
        super().handle_quit_signal()
        self._stopping.set()

    async def serve(self) -> None:
        """Accept connections until a signal, or until the master dies; then answer what has been sent."""
        await self.listen(lambda: BoundedProtocol(self))
        while self.alive and not self.is_orphaned:
            self.notify()
            self._watch.look(self.protocols, self.loop.time())
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 1)
        self.alive = False
        self.stop_listening()
        await self._finish_requests()

    async def _finish_requests(self) -> None:
        """Answer what was sent before the listener closed, then close the remaining connections."""
        begun = self.loop.time()
        deadline = begun + self.cfg.graceful_timeout
        while True:
            # Sleep first: connections just accepted and requests just sent have yet to be seen.
            await asyncio.sleep(0.02)
            if not self.protocols or self.must_quit or self.loop.time() >= deadline:
                return
            for protocol in list(self.protocols):
                if protocol.had_request or self.loop.time() >= begun + FIRST_REQUEST_SECONDS:
                    protocol.close_if_idle()
