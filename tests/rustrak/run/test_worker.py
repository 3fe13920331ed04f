"""The limits of what clients can hold of a web worker, with gunicorn's own protocol on a real socket."""

from __future__ import annotations

import asyncio
import resource
from contextlib import suppress
from typing import Any

import pytest

from rustrak.run.connection_watch import ConnectionWatch
from rustrak.run.worker import most_connections
from tests.lib.web_worker import Client, Worker, serve


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


def test_a_silent_connection_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rustrak.run.worker.HEAD_SECONDS", 1)

    async def body(worker: Worker, connect: Any) -> None:
        silent, slow = await connect(), await connect()
        slow[1].write(b"GET / HTTP/1.1\r\nHost:")
        assert await silent[0].read() == b""
        assert not (await slow[0].read()).startswith(b"HTTP/1.1 200")
        assert worker.protocols == set()

    serve(body)


def test_a_connection_whose_head_arrives_too_slowly_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rustrak.run.worker.HEAD_SECONDS", 0.3)

    async def body(worker: Worker, connect: Any) -> None:
        client = await connect()
        for _ in range(2):  # the second one after the connection was idle for longer than that
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


def test_a_stop_closes_only_idle_connections() -> None:
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


@pytest.mark.parametrize("size", [40_000, 70_000, 200_000])
@pytest.mark.parametrize("pieces", [1, 7])
def test_a_large_head_is_refused(size: int, pieces: int) -> None:
    async def body(worker: Worker, connect: Any) -> None:
        client = await connect()
        field = b"y" * 2000
        head = b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(
            b"X-%d: %b\r\n" % (n, field) for n in range(size // 2000)
        )
        head += b"\r\n"
        with suppress(ConnectionError):
            for at in range(0, len(head), len(head) // pieces):
                client[1].write(head[at : at + len(head) // pieces])
                await client[1].drain()
                await asyncio.sleep(0.01)
            assert (await client[0].read()).startswith(b"HTTP/1.1 431")
        while worker.protocols:
            await asyncio.sleep(0.01)

    serve(body)


def test_a_head_of_usual_size_and_a_large_body_are_not_refused() -> None:
    async def body(worker: Worker, connect: Any) -> None:
        client = await connect()
        for pieces in (1, 5):
            request = (
                b"GET / HTTP/1.1\r\nHost: x\r\nX: %b\r\nContent-Length: 60000\r\n\r\n" % (b"y" * 8000)
                + b"z" * 60_000
            )
            for at in range(0, len(request), len(request) // pieces):
                client[1].write(request[at : at + len(request) // pieces])
                await client[1].drain()
                await asyncio.sleep(0.01)
            assert (await client[0].readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            await client[0].readexactly(2)

    async def reads(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async def both(worker: Worker, connect: Any) -> None:
        worker.asgi = reads  # type: ignore[method-assign]
        await body(worker, connect)

    serve(both)


def test_many_requests_on_a_connection_are_counted_apart() -> None:
    async def body(worker: Worker, connect: Any) -> None:
        client = await connect()
        for _ in range(10):
            client[1].write(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 7000)
            await asyncio.sleep(0.01)
            client[1].write(b"\r\n\r\n")
            assert (await client[0].readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            await client[0].readexactly(2)

    serve(body)


def test_an_upgrade_to_a_websocket_is_ignored() -> None:
    async def body(worker: Worker, connect: Any) -> None:
        client = await connect()
        client[1].write(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert (await client[0].readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")

    serve(body)


def test_a_client_that_does_not_read_its_answer_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rustrak.run.connection_watch.STALLED_SECONDS", 0.2)

    async def body(worker: Worker, connect: Any) -> None:
        async def asgi(scope: Any, receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(100):
                await send({"type": "http.response.body", "body": b"x" * 1_000_000, "more_body": True})

        worker.asgi = asgi  # type: ignore[method-assign]
        client = await connect()
        client[1].transport.pause_reading()
        client[1].write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        watch = ConnectionWatch()
        while not worker.protocols:
            await asyncio.sleep(0.01)
        (connection,) = worker.protocols
        while not connection.unsent:
            await asyncio.sleep(0.01)
        assert connection.held >= connection.unsent > 64 * 1024
        assert connection.held < 3_000_000, "the application waits for the client"
        while worker.protocols:
            watch.look(worker.protocols, worker.loop.time())
            await asyncio.sleep(0.05)

    serve(body)
