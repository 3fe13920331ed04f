"""What unfinished requests hold in memory: counted, bounded, and given back however they end."""

from __future__ import annotations

import asyncio
import gzip
import os
import tracemalloc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ingest.edge.errors import BadEnvelope
from ingest.edge.intake import _forget_frames
from ingest.edge.size_limits import SizeLimits
from ingest.edge.work_budget import WorkBudget
from ingest.ledger.outcomes import Reason
from rustrak.lib import request_memory
from rustrak.lib.request_memory import RequestMemory
from tests.ingest.conftest import KEY, MIB, Edge, an_edge
from tests.lib.forms import a_dump, dump_part

LIMITS = SizeLimits(event=MIB, body=20 * MIB, encoded_body=20 * MIB)
EVENT = b'{}\n{"type":"event"}\n{}'
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
GZIP = {"Content-Encoding": "gzip"}


@pytest.fixture
def edge(tmp_path: Path) -> Edge:
    return an_edge(
        tmp_path / "spool",
        LIMITS,
        work=WorkBudget(1 << 40),
        unfinished=RequestMemory(2 * MIB),
        arrived=RequestMemory(2 * MIB),
    )


class Slow:
    """A request that sends `chunks` and then nothing more, until `end` or `leave`."""

    def __init__(self, edge: Edge, path: str, chunks: list[bytes], headers: dict[str, str]) -> None:
        self._chunks = chunks
        self._rest: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.status = 0
        given = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        scope = {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": f"sentry_key={KEY}".encode(),
            "headers": given,
            "client": ("192.0.2.1", 5000),
        }
        self.task = asyncio.create_task(edge.intake(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        if self._chunks:
            return {"type": "http.request", "body": self._chunks.pop(0), "more_body": True}
        return await self._rest.get()

    async def _send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)

    async def end(self, data: bytes = b"") -> int:
        self._rest.put_nowait({"type": "http.request", "body": data, "more_body": False})
        await asyncio.wait_for(self.task, 10)
        return self.status

    async def leave(self) -> None:
        self._rest.put_nowait({"type": "http.disconnect"})
        await asyncio.wait_for(self.task, 10)

    async def cancel(self) -> None:
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await self.task


@asynccontextmanager
async def slow(
    edge: Edge, count: int, path: str, chunks: list[bytes], headers: dict[str, str]
) -> AsyncIterator[list[Slow]]:
    """`count` requests that have sent their first chunks and wait."""
    requests = [Slow(edge, path, list(chunks), headers) for _ in range(count)]
    for _ in range(20):
        await asyncio.sleep(0.005)
    try:
        yield requests
    finally:
        for request in requests:
            if not request.task.done():
                await request.leave()


BOMB = gzip.compress(b'{}\n{"type":"event"}\n{"a":"' + b"x" * 250_000)
FIELD = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n'
SHAPES: dict[str, tuple[str, list[bytes], dict[str, str]]] = {
    "event": ("/api/42/envelope/", [BOMB], GZIP),
    "field": ("/api/42/minidump/", [gzip.compress(FIELD + b"x" * 1_000_000)], {**GZIP, **FORM}),
    "report": ("/api/42/security/", [gzip.compress(b"x" * 1_000_000)], {**GZIP, "Content-Type": "application/csp-report"}),
    "store": ("/api/42/store/", [gzip.compress(b"{" * 250_000)], GZIP),
    "feedback": ("/api/0/projects/a/b/user-feedback/", [gzip.compress(b"x" * 90_000)], GZIP),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_compressed_body_takes_no_more_than_was_sent(edge: Edge, shape: str) -> None:
    path, chunks, headers = SHAPES[shape]
    async with slow(edge, 1, path, chunks, headers):
        tracemalloc.start()
        try:
            async with slow(edge, 50, path, chunks, headers):
                held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert held < 50 * 30_000


ENDS: dict[str, Callable[[Slow], Any]] = {
    "end": lambda request: request.end(b"}"),
    "leave": lambda request: request.leave(),
    "cancel": lambda request: request.cancel(),
}
HELD: dict[str, tuple[str, list[bytes], dict[str, str]]] = {
    **SHAPES,
    "plain": ("/api/42/envelope/", [b'{}\n{"type":"event"}\n{"a":"' + b"x" * 200_000], {}),
    "large": (
        "/api/42/envelope/",
        [gzip.compress(b'{}\n{"type":"event"}\n{"a":"' + os.urandom(90_000).hex().encode())[:70_000]],
        GZIP,
    ),
    "file": ("/api/42/envelope/", [b'{}\n{"type":"attachment"}\n' + b"x" * 90_000], {}),
    "fields": ("/api/42/minidump/", [FIELD + b"x" * 300_000], FORM),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("shape", HELD)
async def test_everything_is_given_back(edge: Edge, shape: str, end: str) -> None:
    path, chunks, headers = HELD[shape]
    shared = edge.intake.resources
    async with slow(edge, 3, path, chunks, headers) as requests:
        assert shared.unfinished.free < 2 * MIB
        for request in requests:
            await ENDS[end](request)
    assert (shared.unfinished.free, shared.arrived.free) == (2 * MIB, 2 * MIB)


async def test_slow_clients_hold_no_more_than_their_budget_and_delay_no_complete_request(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_memory, "WAIT_SECONDS", 0.1)
    path, chunks, headers = HELD["fields"]
    async with slow(edge, 12, path, chunks, headers) as requests:
        assert edge.intake.resources.unfinished.free >= 0
        await asyncio.sleep(0.15)
        assert (await edge.send(body=EVENT)).status == 200
        assert (await edge.send("/api/42/store/", gzip.compress(b"{}"), GZIP)).status == 200
        statuses = [await request.end() for request in requests]
    # Only who comes when others hold everything is refused.
    refused = statuses.count(503)
    assert 4 <= refused < 10
    assert statuses.count(400) == 12 - refused
    assert len(await edge.records()) == 2
    assert edge.counts[42, "error", "no_room", "no_room"] == refused
    assert {one.reason for one in edge.seen if one.status == 503} == {Reason.NO_ROOM}


async def test_large_items_go_to_files_when_memory_is_scarce(edge: Edge) -> None:
    path, _, headers = HELD["plain"]
    chunks = [b'{}\n{"type":"event"}\n{"a":"' + b"x" * 20_000, *[b"x" * 20_000] * 4]
    async with slow(edge, 10, path, chunks, headers) as requests:
        statuses = [await request.end(b'"}') for request in requests if not request.status]
    assert statuses.count(200) >= 8
    assert any(record.file is not None for record in await edge.records()) is False  # read back as payload
    assert edge.intake.resources.unfinished.free == 2 * MIB


async def test_a_refused_request_keeps_nothing_while_the_rest_is_read(edge: Edge) -> None:
    """A body of 900 KB is refused, and the client does not send its end."""
    path, headers = "/api/42/security/", {"Content-Type": "application/csp-report"}
    async with slow(edge, 1, path, [b"x" * 900_000, b"y" * 200_000], headers):
        tracemalloc.start()
        try:
            chunks = [bytes(900_000), bytes(200_000)]
            async with slow(edge, 20, path, chunks, headers):
                del chunks
                held, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert held < 20 * 100_000


def test_errors_forget_their_frames() -> None:
    try:
        try:
            raise ValueError("inner")
        except ValueError:
            raise BadEnvelope("outer") from None
    except BadEnvelope as error:
        caught: BaseException = error
    _forget_frames(caught)
    assert caught.__traceback__ is None
    assert caught.__context__ is not None
    assert caught.__context__.__traceback__ is None


async def test_arrived_requests_wait_for_each_other_and_are_never_refused(edge: Edge) -> None:
    upload = b"".join(
        b"--x\r\n%b\r\n\r\n%b\r\n" % (headers.encode(), content)
        for headers, content in [dump_part(a_dump()), ('Content-Disposition: form-data; name="a"', b"x" * 900_000)]
    )  # fmt: skip
    answers = await asyncio.gather(
        *[edge.send("/api/42/minidump/", upload + b"--x--\r\n", FORM) for _ in range(20)]
    )
    assert {answer.status for answer in answers} == {200}
    assert edge.intake.resources.arrived.free == 2 * MIB


async def test_many_small_chunks_are_refused(edge: Edge) -> None:
    chunks = [b"{}\n", *[b"\n"] * 20_000]
    answer = await edge.send(body=chunks)
    assert (answer.status, answer.json["detail"]) == (408, "the body arrives in too many small pieces")
    # Pieces of a usual size may be as many as they like.
    head = b'{}\n{"type":"attachment"}\n'
    assert (await edge.send(body=[head, *[b"x" * 512] * 6000])).status == 200


async def test_a_query_has_a_limit(edge: Edge) -> None:
    answer = await edge.send(body=EVENT, query="a=" + "%41" * 10_000)
    assert answer.status == 413
    assert answer.json["detail"] == "the query of the address is larger than 16384 bytes"
