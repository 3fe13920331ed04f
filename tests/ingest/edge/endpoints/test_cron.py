from __future__ import annotations

import base64
import json

import pytest

from tests.ingest.conftest import KEY, PROJECT, Edge

RUN = "a1b2c3d4" * 4


@pytest.mark.parametrize("path", [f"/api/42/cron/nightly/{KEY}/", f"/api//42/cron/nightly/{KEY}", f"/api/042/cron/nightly/{KEY.upper()}//"])  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_call_is_a_check_in(edge: Edge, path: str, method: str) -> None:
    query = f"status=in_progress&check_in_id={RUN}&environment=production"
    answer = await edge.send(path, method=method, query=query, key=None)
    assert (answer.status, answer.json) == (202, {"id": RUN})
    (record,) = await edge.records()
    assert (record.kind, record.project_id) == ("check_in", PROJECT)
    assert len(record.event_id) == 32
    assert json.loads(record.payload) == {
        "monitor_slug": "nightly", "status": "in_progress", "check_in_id": RUN, "environment": "production",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"Authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}, "status=ok"),
        ({"X-Sentry-Auth": f"Sentry sentry_key={KEY}"}, "status=ok"),
        ({}, f"status=ok&sentry_key={KEY}"),
    ],
)
async def test_the_key_elsewhere(edge: Edge, headers: dict[str, str], query: str) -> None:
    answer = await edge.send("/api/42/cron/nightly", headers=headers, query=query, method="GET", key=None)
    assert answer.status == 202
    assert len(await edge.records()) == 1


async def test_json_with_a_schedule(edge: Edge) -> None:
    config = {"schedule": {"type": "crontab", "value": "0 * * * *"}}
    body = json.dumps({"monitor_config": config, "status": "ok"}).encode()
    answer = await edge.send(f"/api/42/cron/nightly/{KEY}/", body, key=None)
    assert (answer.status, answer.json) == (202, {"id": "0" * 32})
    (record,) = await edge.records()
    assert json.loads(record.payload)["monitor_config"] == config


async def test_two_calls_are_two_check_ins(edge: Edge) -> None:
    for _ in range(2):
        await edge.send("/api/42/cron/nightly/", query="status=ok", method="GET")
    first, second = await edge.records()
    assert first.event_id != second.event_id


@pytest.mark.parametrize(
    ("path", "query", "body", "status"),
    [
        ("/api/42/cron/nightly/", "status=late", b"", 400),
        ("/api/42/cron/nightly/", "", b"", 400),
        ("/api/42/cron/nightly/", "", b"{", 400),
        ("/api/42/cron/ /", "status=ok", b"", 400),
        ("/api/42/cron/\u3000/", "status=ok", b"", 400),
        ("/api/42/cron/nightly/", "status=ok", b" " * 200_000, 413),
        (f"/api/43/cron/nightly/{KEY}/", "status=ok", b"", 401),
        (f"/api/42/cron/nightly/{'f' * 32}/", "status=ok", b"", 401),
    ],
)
async def test_refusals(edge: Edge, path: str, query: str, body: bytes, status: int) -> None:
    key = None if path.endswith(("f/", f"{KEY}/")) else KEY
    answer = await edge.send(path, body, query=query, key=key)
    assert answer.status == status
    assert answer.headers["access-control-allow-origin"] == "*"
    assert await edge.records() == []


async def test_without_a_key(edge: Edge) -> None:
    assert (await edge.send("/api/42/cron/nightly/", query="status=ok", method="GET", key=None)).status == 401


@pytest.mark.parametrize("name", ["db/backup", "ночной", "日本語", "a b", "..", "!", "🎉"])
async def test_any_name_is_kept_as_sent(edge: Edge, name: str) -> None:
    answer = await edge.send(f"/api/42/cron/{name}/{KEY}/", query="status=ok", method="GET", key=None)
    assert answer.status == 202
    (record,) = await edge.records()
    assert json.loads(record.payload)["monitor_slug"] == name
