"""gunicorn's asgi worker, with bounds on what clients can hold and a quick, clean end."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.asgi.lifespan import LifespanManager, LifespanStartupFailed
from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers.gasgi import ASGIWorker

_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
)


class BoundedProtocol(ASGIProtocol):  # type: ignore[misc]
    """A connection that counts against `worker_connections` and must send a request within `keepalive`.

    gunicorn's own takes connections without limit and waits for the first request for ever.
    """

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.worker.protocols.add(self)
        if self.worker.nr_conns > self.cfg.worker_connections:
            transport.write(_BUSY)
            self._close_transport()
        else:
            self._arm_keepalive_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self.worker.protocols.discard(self)
        super().connection_lost(exc)

    def close_if_idle(self) -> None:
        """Close a kept-alive connection that has no request under way."""
        if self._awaiting_request:
            self._keepalive_timeout()


class Worker(ASGIWorker):  # type: ignore[misc]
    """Serves until told to stop; then finishes the requests under way and has the application close.

    gunicorn's own notices a stop within a second only, waits for idle connections as for busy ones, and
    skips the application's shutdown when it is told to be quick.
    """

    alive: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.protocols: set[BoundedProtocol] = set()
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
        deadline = self.loop.time() + self.cfg.graceful_timeout
        while self.protocols and not self._quick_shutdown and self.loop.time() < deadline:
            for protocol in list(self.protocols):
                protocol.close_if_idle()
            await asyncio.sleep(0.02)
