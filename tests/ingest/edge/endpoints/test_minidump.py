from __future__ import annotations

import asyncio
import bz2
import gzip
import json
import lzma
import random
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.edge.decode.content_encoding import zstd  # type: ignore[attr-defined]
from ingest.spool import Record
from tests.ingest.conftest import MIB, PROJECT, Edge
from tests.lib.examples import at_most
from tests.lib.forms import FORM, a_dump, a_file, a_form, dump_part, field

PATH = "/api/42/minidump/"
ID = "a1b2c3d4" * 4


async def sent(edge: Edge, parts: list[tuple[str, bytes]]) -> tuple[dict[str, Any], list[Record]]:
    """The event and the attachments of an upload, sent like crashpad does: gzip, chunked."""
    body = gzip.compress(a_form(parts))
    chunks = [body[at : at + 1000] for at in range(0, len(body), 1000)]
    answer = await edge.send(PATH, [*chunks, b""], {**FORM, "Content-Encoding": "gzip"})
    assert answer.status == 200, answer.body
    assert answer.headers["content-type"] == "text/plain"
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer.body.decode())
    event, *files = await edge.records()
    assert event.kind == "event"
    assert {(record.kind, record.event_id) for record in files} == {("attachment", event.event_id)}
    assert UUID(answer.body.decode()).hex == event.event_id
    assert {record.project_id for record in (event, *files)} == {PROJECT}
    return json.loads(event.payload), files


@pytest.mark.parametrize("padding", [0, 2 * MIB])
async def test_what_crashpad_sends(edge: Edge, padding: int) -> None:
    event, (note, dump) = await sent(
        edge,
        [
            (field("guid"), b"01010101-0101-0101-0101-010101010101"),
            (field("sentry[release]"), b"game@1.0"),
            (field("sentry[tags][case]"), b"crashpad"),
            a_file("last_words.txt", b"the player opened a door\n", "last_words.txt"),
            dump_part(a_dump(padding)),
        ],
    )
    assert (event["platform"], event["level"], event["release"]) == ("native", "fatal", "game@1.0")
    assert event["tags"] == {"case": "crashpad"}
    assert event["extra"] == {"guid": "01010101-0101-0101-0101-010101010101"}
    assert event["exception"]["values"][0]["value"] == "SEGV_MAPERR at 0xdead in game + 0x1234"
    assert event["debug_meta"]["images"][0]["code_file"] == "/opt/game/game"
    assert (note.meta["filename"], note.payload) == ("last_words.txt", b"the player opened a door\n")
    assert note.meta["attachment_type"] == "event.attachment"
    assert (dump.meta["filename"], dump.meta["attachment_type"]) == ("902af510.dmp", "event.minidump")
    assert dump.payload == a_dump(padding)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress, zstd.compress])
async def test_a_packed_dump_is_kept_unpacked(edge: Edge, pack: Callable[[bytes], bytes]) -> None:
    event, (dump,) = await sent(edge, [dump_part(pack(a_dump(MIB)))])
    assert event["exception"]["values"][0]["type"] == "SIGSEGV"
    assert dump.payload == a_dump(MIB)


@pytest.mark.parametrize("content_type", ["application/octet-stream", "application/x-dmp", ""])
@pytest.mark.parametrize("path", [PATH, "/api/42/minidump", "//api/42//minidump/"])
async def test_a_raw_body(edge: Edge, content_type: str, path: str) -> None:
    answer = await edge.send(path, [a_dump(), b""], {"Content-Type": content_type} if content_type else {})
    assert answer.status == 200
    event, dump = await edge.records()
    assert json.loads(event.payload)["exception"]["values"][0]["type"] == "SIGSEGV"
    assert dump.payload == a_dump()


async def test_the_programs_event_and_breadcrumbs_in_files(edge: Edge) -> None:
    crumbs = [
        msgpack.packb({"timestamp": f"2026-11-24T00:00:0{second}Z", "message": str(second)})
        for second in (2, 1)
    ]
    event, files = await sent(
        edge,
        [
            a_file("__sentry-breadcrumb1", crumbs[0], "__sentry-breadcrumb1"),
            a_file("__sentry-event", msgpack.packb({"event_id": ID, "user": {"id": 7}, "x": float("nan"), "y": 2**64 - 1}), "__sentry-event"),
            a_file("__sentry-breadcrumb2", crumbs[1], "__sentry-breadcrumb2"),
            (field("sentry__1"), b'{"environment":'),
            (field("sentry__2"), b'"live","big":123456789012345678901234567890}'),
            dump_part(a_dump()),
        ],
    )  # fmt: skip
    assert event["event_id"] == ID
    assert (event["user"], event["environment"], event["x"]) == ({"id": 7}, "live", "nan")
    assert event["big"] == 123456789012345678901234567890
    assert [crumb["message"] for crumb in event["breadcrumbs"]["values"]] == ["2"]
    assert len(files) == 1


async def test_a_damaged_dump_is_an_event_nevertheless(edge: Edge) -> None:
    event, (dump,) = await sent(edge, [dump_part(b"MDMP" + b"\xff" * 100)])
    assert event["exception"]["values"][0]["value"] == "The minidump could not be read"
    assert dump.payload == b"MDMP" + b"\xff" * 100


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([], 400),
        ([(field("guid"), b"x")], 400),
        ([a_file("other", a_dump())], 400),
        ([dump_part(b"")], 400),
        ([dump_part(b"ELF")], 400),
        ([dump_part(gzip.compress(b"text"))], 400),
        ([dump_part(gzip.compress(a_dump())[:-4])], 400),
        ([dump_part(gzip.compress(bytes(200 * MIB), 1))], 413),
        ([dump_part(a_dump()), *[a_file("a", b"x")] * 30], 413),
        ([dump_part(a_dump()), (field("x"), bytes(2 * MIB))], 413),
        ([dump_part(a_dump()), a_file("__sentry-event", bytes(2 * MIB))], 413),
    ],
)
async def test_refusals_leave_nothing(edge: Edge, parts: list[tuple[str, bytes]], status: int) -> None:
    answer = await edge.send(PATH, a_form(parts), FORM)
    assert (answer.status, "detail" in answer.json) == (status, True)
    assert await edge.records() == []
    assert not [path for path in edge.directory.glob("*") if path.is_file() and path.stat().st_size > 0 and path.name != "wake"]  # fmt: skip


async def test_raw_garbage_and_no_key(edge: Edge) -> None:
    for body in (b"", b"x", b"{}", b"MDM"):
        assert (await edge.send(PATH, body)).status == 400
    assert (await edge.send(PATH, a_dump(), key=None)).status == 401
    assert (await edge.send("/api/7/minidump/", a_dump())).status == 401
    assert (await edge.send(PATH, method="GET")).status == 405
    assert await edge.records() == []


@settings(
    max_examples=at_most(60), suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.randoms(use_true_random=False), st.integers(1, 400))
def test_mangled_uploads_never_fail(edge: Edge, rng: random.Random, size: int) -> None:
    parts = [
        (field("sentry[a][b]"), b"x"), (field("sentry"), b'{"tags":{"a":1}}'),
        a_file("__sentry-event", msgpack.packb({"tags": {"a": "b"}})), dump_part(a_dump()),
    ]  # fmt: skip
    body = bytearray(a_form(parts))
    for _ in range(rng.randint(1, 10)):
        at = rng.randrange(len(body))
        if rng.random() < 0.3:
            del body[at : at + rng.randint(1, 50)]
        else:
            body[at] = rng.randrange(256)
    chunks = [bytes(body[at : at + size]) for at in range(0, len(body), size)]
    answer = asyncio.run(edge.send(PATH, chunks, FORM))
    assert answer.status in {200, 400, 413}
