from __future__ import annotations

import base64
import gzip
import json
import zlib
from typing import Any

import pytest

from ingest.spool import files
from tests.ingest.conftest import KEY, MIB, OTHER_KEY, Edge

OWN = "f" * 32


def packed(data: bytes) -> bytes:
    return base64.b64encode(zlib.compress(data))


def an_event(size: int, **more: Any) -> bytes:
    return json.dumps({"extra": {"a": '\\é"' * (size // 8)}, "event_id": OWN, **more}).encode()


@pytest.mark.parametrize("size", [10, 600_000, 3 * MIB])
async def test_plain_and_packed_in_any_chunks(edge: Edge, size: int) -> None:
    event = an_event(size)
    for data, headers in (
        (event, {}),
        (packed(event), {"Content-Type": "application/octet-stream"}),
        (base64.encodebytes(zlib.compress(event)), {}),
        (b" \n" + event, {}),
        (gzip.compress(event), {"Content-Encoding": "gzip"}),
    ):
        for step in (len(data), max(1, len(data) // 7)):
            chunks = [data[at : at + step] for at in range(0, len(data), step)]
            assert (await edge.send("/api/42/store/", chunks, headers)).json == {"id": OWN}
            (record,) = await edge.records()
            assert record.payload.strip() == event
            assert (record.file is not None) == (size > 256 * 1024)


@pytest.mark.parametrize("size", [10, 600_000])
async def test_a_transaction_is_counted_and_not_kept(edge: Edge, size: int) -> None:
    event = an_event(size, type="transaction")
    assert (await edge.send("/api/42/store/", packed(event))).json == {"id": OWN}
    assert await edge.records() == []
    assert files.named(edge.directory, files.BLOB) == []
    assert edge.counts == {(42, "transaction", "unsupported", ""): 1}


@pytest.mark.parametrize(
    "body",
    [
        b"", b" ", b"[]", b"{", b"nonsense", b"bm9uc2Vuc2U=", packed(an_event(10))[:-4], packed(an_event(10))[:-1],
        b"x" * 600_000, b" " * 600_000, packed(b"[" + b"1," * 300_000 + b"1]"), packed(b"[]"),
    ],
)  # fmt: skip
async def test_malformed(edge: Edge, body: bytes) -> None:
    answer = await edge.send("/api/42/store/", body)
    assert answer.status == 400
    assert await edge.records() == []
    assert files.named(edge.directory, files.BLOB) == []
    assert edge.counts == {(42, "error", "malformed", "malformed_json"): 1}


async def test_bombs(edge: Edge) -> None:
    bomb = b'{"a":"' + b" " * (9 * MIB)
    for data, headers in ((packed(bomb), {}), (gzip.compress(bomb), {"Content-Encoding": "gzip"})):
        assert (await edge.send("/api/42/store/", data, headers)).status == 413
    assert await edge.records() == []
    assert files.named(edge.directory, files.BLOB) == []
    assert edge.counts == {(42, "error", "too_large", "too_large_event"): 2}


async def test_without_a_project_it_is_for_the_keys_project(edge: Edge) -> None:
    assert (await edge.send("/api/store/", an_event(10))).status == 200
    assert (await edge.send("/api/store/", an_event(10), key=OTHER_KEY)).status == 200
    assert (await edge.send("/api/store/", an_event(10), key=None)).status == 401
    assert (await edge.send("/api/store/", an_event(10), key="f" * 32)).status == 401
    assert [record.project_id for record in await edge.records()] == [42, 7]
    assert edge.counts == {}
    headers = {"Authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}
    assert (await edge.send("/api/store", an_event(10), headers, key=None)).status == 200


async def test_an_envelope_is_recognized_by_its_content_type(edge: Edge) -> None:
    body = b'{}\n{"type":"session"}\n{}\n'
    answer = await edge.send("/api/42/store/", body, {"Content-Type": "application/x-sentry-envelope"})
    assert answer.json == {}
    assert [record.kind for record in await edge.records()] == ["session"]
