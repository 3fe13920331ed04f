"""Serves connections as a web worker does, without gunicorn's processes: for tests of connections on a real socket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop
from gunicorn.config import Config
from gunicorn.glogging import Logger

from rustrak.run.worker import BoundedProtocol


class Worker:
    """The attributes of a worker that its connections use. `settings` are gunicorn's."""

    def __init__(self, **settings: Any) -> None:
        self.cfg = Config()
        for name, value in {"keepalive": 5, "worker_connections": 10, **settings}.items():
            self.cfg.set(name, value)
        self.log = Logger(self.cfg)
        self.log.error_log = logging.getLogger("tests.worker")
        self.protocols: set[BoundedProtocol] = set()
        self.nr_conns = self.nr = 0
        self.most_connections = self.cfg.worker_connections
        self.max_requests = 1_000_000
        self.alive = True
        self.state: dict[str, Any] = {}
        self.loop = asyncio.get_running_loop()

    async def asgi(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def serve(body: Callable[[Worker, Callable[[], Coroutine[Any, Any, Client]]], Any], **settings: Any) -> None:
    """Run `body(worker, connect)` beside a server on a free port; `connect()` opens a connection to it."""

    async def main() -> None:
        worker = Worker(**settings)
        server = await worker.loop.create_server(lambda: BoundedProtocol(worker), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        writers: list[asyncio.StreamWriter] = []

        async def connect() -> Client:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writers.append(writer)
            return reader, writer

        try:
            await asyncio.wait_for(body(worker, connect), 10)
        finally:
            for writer in writers:
                writer.close()
            server.close()
            for _ in range(100):
                if not worker.protocols:
                    break
                await asyncio.sleep(0.01)

    # The loop of a web worker. asyncio's own does not bound what it writes in Python 3.12.0-8 and 3.13.0-1 (gh-127655).
    uvloop.run(main())
