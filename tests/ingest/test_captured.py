"""Requests recorded from real SDKs, replayed: each gets its 200, each event item becomes one record."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from pathlib import Path
from typing import Any

import brotli
import orjson
import pytest

from ingest import intake
from tests.ingest.conftest import Edge

# RUSTRAK_TEST_CAPTURED names a directory with more of them.
DIRECTORY = Path(os.environ.get("RUSTRAK_TEST_CAPTURED") or Path(__file__).parents[1] / "data" / "captured")
REQUESTS = sorted(DIRECTORY.glob("*.headers.json"))


def path_of(about: dict[str, Any]) -> str:
    """Where it comes in: a proxy takes the prefix off, and a tunnel passes envelopes on as they are."""
    path: str = about["path"].removeprefix("/prefix/path")
    return "/api/42/envelope/" if path == "/my/tunnel" else path


def decoded(body: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        return gzip.decompress(body)
    if encoding == "deflate":
        return zlib.decompress(body)
    return brotli.decompress(body) if encoding == "br" else body


def events_in(body: bytes) -> list[tuple[str | None, bytes]]:
    """(the envelope's event id, payload) of the event items; another way than ours to read an envelope."""
    header, _, rest = body.partition(b"\n")
    found = []
    while rest:
        item, _, rest = rest.partition(b"\n")
        about = orjson.loads(item)
        if "length" in about:
            payload, rest = rest[: about["length"]], rest[about["length"] + 1 :]
        else:
            payload, _, rest = rest.partition(b"\n")
        if about["type"] == "event":
            found.append((orjson.loads(header).get("event_id"), payload))
    return found


def test_there_are_recordings_of_every_kind() -> None:
    names = {path.name.split("-")[0] + "-" + path.name.split("-")[1] for path in REQUESTS}
    assert {
        "sentry-python",
        "sentry-node",
        "sentry-browser",
        "sentry-cli",
        "raven-python",
        "raven-ruby",
    } <= names


@pytest.mark.parametrize("path", REQUESTS, ids=lambda path: path.name.removesuffix(".headers.json"))
async def test_replay(path: Path, edge: Edge) -> None:
    about = json.loads(path.read_bytes())
    path_served = path_of(about)
    if about["method"] not in {"POST", "OPTIONS"} or not intake.handles(path_served):
        pytest.skip(f"{about['method']} {about['path']} is not served")
    body = path.with_name(path.name.replace(".headers.json", ".body")).read_bytes()
    headers = {name.lower(): value for name, value in about["headers"]}
    chunks = [body[at : at + 1000] for at in range(0, len(body), 1000)] or [b""]
    answer = await edge.send(
        path_served,
        [*chunks, b""] if headers.get("transfer-encoding") == "chunked" else body,
        headers,
        query=about["query"],
        method=about["method"],
        key=None,
    )
    assert answer.status == 200, answer.body
    records = await edge.records()
    if "/envelope" in path_served:
        expected = events_in(decoded(body, headers.get("content-encoding", "")))
        assert [record.payload for record in records] == [payload for _, payload in expected]
        if expected:
            event_id = expected[0][0] or orjson.loads(expected[0][1])["event_id"]
            assert answer.json["id"] == records[0].event_id == event_id.replace("-", "")
    elif about["method"] == "POST":
        (record,) = records
        assert answer.json == {"id": record.event_id}
        event = json.loads(record.payload)
        assert event["event_id"].replace("-", "") == record.event_id or "/security" in path_served
