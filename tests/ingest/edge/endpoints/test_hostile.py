"""Damaged requests to every endpoint: each is answered, never with 500, and what is accepted can be digested."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from accounts.models import Project
from ingest import spool
from ingest.digest import loop
from ingest.spool import Record
from tests.ingest.conftest import KEY, Edge
from tests.lib.calls import CALLS

BASE = "https://errors.example.org"
SLUGS = ["\0", "é" * 300, "a b", "\ud83d", "%00", "x" * 5000]
BITS = [
    b"\\ud83d",
    b"\\u0000",
    b"\0",
    b"NaN",
    b"1e999",
    b"[" * 300,
    b'"',
    b"9" * 5000,
    b"\xff\xfe",
    b"\r\n--",
]
QUERIES = [
    "status=ok", "check_in_id=%00", "duration=1e5", "environment=%ff%00", "name=%ED%A0%BD", "email=%00", "eventId=",
    "sentry_release=%00%ff", "sentry_environment=" + "a" * 3000,
]  # fmt: skip
TYPES = [
    "multipart/form-data; boundary=", "multipart/form-data; boundary=\xff", "application/x-sentry-envelope", "",
    'multipart/form-data; boundary="a\\"b"', "application/json", "text/html; charset=\xe9",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_nothing_fails(edge: Edge, shop: Project, seed: int) -> None:
    rng = random.Random(seed)

    async def send_all() -> list[Record]:
        for _ in range(1000):
            await send_one(edge, rng)
        return await edge.records()

    records = asyncio.run(send_all())
    assert len(records) > 100
    spool.write_sealed(edge.directory, [replace(record, project_id=shop.pk, file=None) for record in records])
    loop.drain(edge.directory)
    assert not (edge.directory / "quarantine").exists()


async def send_one(edge: Edge, rng: random.Random) -> None:
    call = rng.choice(CALLS)
    path = call.filled(call.path, KEY, "42", BASE).replace("nightly", rng.choice(["nightly", *SLUGS]))
    body = bytearray(call.body or b'{"status":"ok"}')
    for _ in range(rng.randint(0, 4)):
        at = rng.randrange(len(body) + 1)
        match rng.randrange(3):
            case 0:
                body[at : at + 1] = rng.randbytes(1)
            case 1:
                del body[at : at + rng.randint(1, 20)]
            case 2:
                body[at:at] = rng.choice(BITS)
    query = call.filled(call.query, KEY, "42", BASE) + rng.choice(["", "&" + rng.choice(QUERIES)])
    headers = {name: call.filled(value, KEY, "42", BASE) for name, value in call.headers.items()}
    if rng.random() < 0.2:
        headers["Content-Type"] = rng.choice(TYPES)
    if rng.random() < 0.1:
        headers["Content-Encoding"] = rng.choice(["gzip", "br", "zstd", "deflate", "\xff"])
    if rng.random() < 0.1:
        headers["Origin"] = "\xff"
    chunks = [bytes(body[:10]), bytes(body[10:])]
    answer = await edge.send(path, chunks, headers, query=query, method=call.method, key=None)
    assert answer.status < 500, (path, query, headers, bytes(body))
    assert answer.status != 404
