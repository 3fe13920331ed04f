"""What a client may hold of a web worker, with gunicorn's own protocol on a real socket."""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from rustrak.run.worker import BoundedProtocol, most_connections


class Worker:
    """As much of a worker as its connections use."""

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

    asyncio.run(main())


async def ask(client: Client) -> bytes:
    client[1].write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    head = await client[0].readuntil(b"\r\n\r\n")
    await client[0].readexactly(2)
    return head


def test_connections_past_the_limit_get_a_503_and_the_others_go_on() -> None:
    async def body(worker: Worker, connect: Any) -> None:
        first, second = await connect(), await connect()
        assert (await ask(first)).startswith(b"HTTP/1.1 200")
        assert (await ask(second)).startswith(b"HTTP/1.1 200")
        third = await connect()
        refusal = await third[0].read()
        assert refusal.startswith(b"HTTP/1.1 503")
        assert b"Retry-After: 5" in refusal
        assert (await ask(first)).startswith(b"HTTP/1.1 200")
        second[1].close()
        while worker.nr_conns > 1:
            await asyncio.sleep(0.01)
        assert (await ask(await connect())).startswith(b"HTTP/1.1 200")

    serve(body, worker_connections=2)


def test_who_connects_and_says_nothing_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rustrak.run.worker.HEAD_SECONDS", 1)

    async def body(worker: Worker, connect: Any) -> None:
        silent, slow = await connect(), await connect()
        slow[1].write(b"GET / HTTP/1.1\r\nHost:")
        assert await silent[0].read() == b""
        assert not (await slow[0].read()).startswith(b"HTTP/1.1 200")
        assert worker.protocols == set()

    serve(body)


def test_a_head_that_drips_in_is_hung_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rustrak.run.worker.HEAD_SECONDS", 0.3)

    async def body(worker: Worker, connect: Any) -> None:
        client = await connect()
        for _ in range(2):  # the second one on a connection that was idle for longer than that
            assert (await ask(client)).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(0.5)
        started = worker.loop.time()
        with suppress(ConnectionError):
            for byte in b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100:
                client[1].write(bytes([byte]))
                await asyncio.sleep(0.05)
                if not worker.protocols:
                    break
        assert worker.loop.time() - started < 1
        assert worker.protocols == set()

    serve(body)


def test_descriptors_are_left_for_the_spool(monkeypatch: pytest.MonkeyPatch) -> None:
    for soft, most in ((65536, 4000), (1024, 768), (300, 150), (resource.RLIM_INFINITY, 4000)):
        monkeypatch.setattr(resource, "getrlimit", lambda which, soft=soft: (soft, soft))
        assert most_connections(4000) == most


def test_only_idle_connections_are_closed_for_a_stop() -> None:
    async def body(worker: Worker, connect: Any) -> None:
        release = asyncio.Event()
        answer = worker.asgi

        async def asgi(scope: Any, receive: Any, send: Any) -> None:
            if scope["path"] == "/slow":
                await release.wait()
            await answer(scope, receive, send)

        worker.asgi = asgi  # type: ignore[method-assign]
        idle, busy = await connect(), await connect()
        assert (await ask(idle)).startswith(b"HTTP/1.1 200")
        busy[1].write(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(0.1)
        worker.alive = False
        for protocol in list(worker.protocols):
            protocol.close_if_idle()
        assert await idle[0].read() == b""
        release.set()
        head, _, rest = (await busy[0].read()).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in head.lower()
        assert rest == b"ok"

    serve(body)
