"""gunicorn's asgi worker, with bounds on what clients can hold and a quick, clean end."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from contextlib import suppress
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.asgi.lifespan import LifespanManager, LifespanStartupFailed
from gunicorn.asgi.protocol import ASGIProtocol, BodyReceiver
from gunicorn.workers.gasgi import ASGIWorker

# A page in a browser, too, must be able to read why.
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nAccess-Control-Allow-Origin: *\r\n"
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)
# How long a request's head may take, from its first byte; of a connection's first request, from the connection.
HEAD_SECONDS = 20.0
# How long a stopping worker waits for the first request of a connection it took.
FIRST_REQUEST_SECONDS = 1.0
# What a connection may have waiting unread before we stop reading from it.
UNREAD_BYTES = 64 * 1024
# Descriptors that connections leave for the spool, its large items and the database.
SPARE_DESCRIPTORS = 256


class _Receiver(BodyReceiver):  # type: ignore[misc]
    """A body that is read from the socket when it is asked for, not ahead: many large ones at once stay small."""

    __slots__ = ()

    async def _wait_for_data(self) -> None:
        self.protocol._resume_reading()
        await super()._wait_for_data()


class BoundedProtocol(ASGIProtocol):  # type: ignore[misc]
    """A connection that counts against the worker's limit and must send a request's head in time.

    gunicorn's own takes connections without limit and waits for a head for ever.
    """

    def __init__(self, worker: Any) -> None:
        super().__init__(worker)
        self._max_buffer_size = UNREAD_BYTES
        self._head_timer: asyncio.TimerHandle | None = None
        self.asked = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.worker.protocols.add(self)
        if self.worker.nr_conns > self.worker.most_connections:
            transport.write(_BUSY)
            self._close_transport()
        else:
            self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._request_ready.is_set():
            if self._head_timer is not None:
                self._head_timer.cancel()
                self._head_timer = None
        elif self._awaiting_request and self._head_timer is None:
            self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self.worker.protocols.discard(self)
        if self._head_timer is not None:
            self._head_timer.cancel()
        super().connection_lost(exc)

    def _on_headers_complete(self) -> Any:
        skip = super()._on_headers_complete()
        self.asked = True
        self._body_receiver = _Receiver(self._current_request, self)
        return skip

    def _maybe_resume_reading(self) -> None:
        receiver = self._body_receiver
        if not isinstance(receiver, _Receiver) or receiver._complete:
            super()._maybe_resume_reading()

    def close_if_idle(self) -> None:
        """Close a kept-alive connection that has no request under way."""
        if self._awaiting_request:
            self._keepalive_timeout()

    def _await_head(self) -> None:
        self._head_timer = self.worker.loop.call_later(HEAD_SECONDS, self._head_is_late)

    def _head_is_late(self) -> None:
        self._head_timer = None
        if not self._request_ready.is_set():
            self._keepalive_timeout()


def most_connections(wanted: int) -> int:
    """How many connections one worker takes: fewer than `wanted` where descriptors are short."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    return max(1, min(wanted, soft - min(SPARE_DESCRIPTORS, soft // 2)))


class Worker(ASGIWorker):  # type: ignore[misc]
    """Serves until told to stop; then finishes the requests under way and has the application close.

    gunicorn's own notices a stop within a second only, waits for idle connections as for busy ones, and
    skips the application's shutdown when it is told to be quick.
    """

    alive: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.protocols: set[BoundedProtocol] = set()
        self.most_connections = most_connections(self.cfg.worker_connections)
        self._stopping = asyncio.Event()

    def init_signals(self) -> None:
        super().init_signals()
        # Ctrl-C reaches the whole process group: the master decides and tells us by SIGTERM.
        self.loop.add_signal_handler(signal.SIGINT, lambda: None)

    def handle_exit_signal(self) -> None:
        super().handle_exit_signal()
        self._stopping.set()

    def handle_quit_signal(self) -> None:
        super().handle_quit_signal()
        self._stopping.set()

    async def _serve(self) -> None:
        lifespan = LifespanManager(self.asgi, self.log, self.state)
        try:
            await lifespan.startup()
        except LifespanStartupFailed as error:
            self.log.error("The application did not start: %s", error)
            raise SystemExit(Arbiter.WORKER_BOOT_ERROR) from None
        self.servers = [
            await self.loop.create_server(lambda: BoundedProtocol(self), sock=listener.sock)
            for listener in self.sockets
        ]
        while self.alive and self.ppid == os.getppid():
            self.notify()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 1)
        self.alive = False
        for server in self.servers:
            server.close()
        await self._finish_requests()
        await lifespan.shutdown()

    async def _finish_requests(self) -> None:
        """Answer what was sent to us before the listener closed, hang up on the rest."""
        begun = self.loop.time()
        deadline = begun + self.cfg.graceful_timeout
        while True:
            # First of all, for connections just taken and requests just sent to be seen.
            await asyncio.sleep(0.02)
            if not self.protocols or self._quick_shutdown or self.loop.time() >= deadline:
                return
            for protocol in list(self.protocols):
                if protocol.asked or self.loop.time() >= begun + FIRST_REQUEST_SECONDS:
                    protocol.close_if_idle()
