"""Requests recorded from real SDKs, replayed: each gets its 200, each event item becomes one record."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import brotli
import orjson
import pytest

from accounts.models import Project
from ingest import spool
from ingest.digest import loop
from ingest.edge import intake
from ingest.spool import Record
from issues.models import Event
from tests.ingest.conftest import Answer, Edge

# RUSTRAK_TEST_CAPTURED names a directory with more of them.
DIRECTORY = Path(os.environ.get("RUSTRAK_TEST_CAPTURED") or Path(__file__).parents[2] / "data" / "captured")
REQUESTS = sorted(DIRECTORY.glob("*.headers.json"))


def path_of(about: dict[str, Any]) -> str:
    """The path at the edge: a proxy removes the prefix, and a tunnel forwards envelopes unchanged."""
    path: str = about["path"].removeprefix("/prefix/path")
    return "/api/42/envelope/" if path == "/my/tunnel" else path


def decoded(body: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "deflate":
        return zlib.decompress(body)
    return brotli.decompress(body) if encoding == "br" else body


KEPT = {"event", "attachment", "user_report", "feedback", "client_report", "check_in", "session", "sessions"}


def items_in(body: bytes) -> tuple[str | None, list[tuple[str, bytes]]]:
    """The envelope's event id, and type and payload of the items that are stored. A parser independent of ours."""
    header, _, rest = body.partition(b"\n")
    found = []
    while rest:
        item, _, rest = rest.partition(b"\n")
        about = orjson.loads(item)
        if "length" in about:
            payload, rest = rest[: about["length"]], rest[about["length"] + 1 :]
        else:
            payload, _, rest = rest.partition(b"\n")
        if about["type"] in KEPT:
            found.append((about["type"], payload))
    return orjson.loads(header).get("event_id"), found


def test_there_are_recordings_of_every_kind() -> None:
    names = {path.name.split("-")[0] + "-" + path.name.split("-")[1].partition(".")[0] for path in REQUESTS}
    assert {
        "sentry-python",
        "sentry-node",
        "sentry-browser",
        "sentry-cli",
        "raven-python",
        "raven-ruby",
        "curl-cron",
        "curl-attachments",
    } <= names


async def replayed(path: Path, edge: Edge) -> tuple[dict[str, Any], bytes, Answer] | None:
    """The recorded request, its body, and our answer; None if the edge has no endpoint for it."""
    about = json.loads(path.read_bytes())
    if about["method"] not in {"GET", "POST", "OPTIONS"} or not intake.handles(path_of(about)):
        return None
    body = path.with_name(path.name.replace(".headers.json", ".body")).read_bytes()
    headers = {name.lower(): value for name, value in about["headers"]}
    chunks = [body[at : at + 1000] for at in range(0, len(body), 1000)]
    answer = await edge.send(
        path_of(about),
        [*chunks, b""] if headers.get("transfer-encoding") == "chunked" else body,
        headers,
        query=about["query"],
        method=about["method"],
        key=None,
    )
    return {**about, "headers": headers}, body, answer


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.name.removesuffix(".headers.json"))
async def test_replay(path: Path, edge: Edge) -> None:
    found = await replayed(path, edge)
    if found is None:
        pytest.skip("not served")
    about, body, answer = found
    path_parts = path_of(about).split("/")
    success = 202 if "cron" in path_parts else 201 if "attachments" in path_parts else 200
    assert answer.status == success, answer.body
    records = await edge.records()
    if "cron" in path_parts or "attachments" in path_parts:
        assert [record.kind for record in records] == ["check_in" if "cron" in path_parts else "attachment"]
    elif "error-page" in path_parts:
        assert answer.headers["content-type"].startswith("text/javascript")
        assert records == []
    if "/envelope" in path_of(about):
        event_id, items = items_in(decoded(body, about["headers"].get("content-encoding", "")))
        assert [(record.kind, record.payload) for record in records] == items
        own = [json.loads(payload)["event_id"] for kind, payload in items if kind in {"event", "feedback"}]
        if expected := event_id or next(iter(own), None):
            assert answer.json["id"] == expected.replace("-", "")
            assert {record.event_id for record in records} <= {answer.json["id"]}
    elif "/store" in path_of(about) or "/security" in path_of(about):
        (record,) = records
        assert answer.json == {"id": record.event_id}
        event = json.loads(record.payload)
        assert "/security" in path_of(about) or event["event_id"].replace("-", "") == record.event_id


def test_each_event_is_stored(edge: Edge, shop: Project) -> None:
    async def replay_all() -> list[Record]:
        for path in REQUESTS:
            await replayed(path, edge)
        return await edge.records()

    kept = asyncio.run(replay_all())
    records = [replace(record, project_id=shop.pk, file=None) for record in kept]
    ids = {record.event_id for record in records if record.kind == "event"}
    spool.write_sealed(edge.directory, records)
    loop.drain(edge.directory)
    assert not (edge.directory / "quarantine").exists()
    stored = {event.event_id.hex for event in Event.objects.all()}
    assert ids <= stored
    # Besides, each recorded job that failed is an event.
    jobs = [json.loads(record.payload) for record in records if record.kind == "check_in"]
    failed = {job["check_in_id"] for job in jobs if job["status"] == "error"}
    assert len(stored - ids) == len(failed)
    assert len(ids) >= 20
