from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ingest.conftest import KEY, PROJECT, Edge

PATH = "/api/0/projects/acme/shop/user-feedback/"
EVENT_ID = "a1b2c3d4" * 4
DSN = f"https://{KEY}@errors.example.org/some/prefix/42"
REPORT = {"event_id": EVENT_ID, "name": "Jane", "email": "jane@example.com", "comments": "It broke!"}


async def test_feedback_is_kept_and_answered(edge: Edge) -> None:
    for path in (PATH, PATH.rstrip("/"), PATH.replace("/api", "//api/")):
        sent = {**REPORT, "event_id": "a1b2c3d4-a1b2-c3d4-a1b2-c3d4a1b2c3d4"}
        answer = await edge.send(path, json.dumps(sent).encode(), {"Authorization": f"DSN {DSN}"}, key=None)
        assert answer.status == 200
        assert answer.json.items() >= {
            "eventID": EVENT_ID, "name": "Jane", "email": "jane@example.com", "comments": "It broke!",
        }.items()  # fmt: skip
        assert answer.json["dateCreated"].endswith("Z")
        (record,) = await edge.records()
        assert (record.kind, record.project_id, record.event_id) == ("user_report", PROJECT, EVENT_ID)
        assert json.loads(record.payload) == REPORT


@pytest.mark.parametrize(
    "authorization", ["", "DSN", "DSN nonsense", f"DSN https://{'f' * 32}@x/42", f"Bearer {KEY}", f"Bearer {'a' * 40}"]
)  # fmt: skip
async def test_only_a_dsn_authorizes(edge: Edge, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    assert (await edge.send(PATH, json.dumps(REPORT).encode(), headers, key=None)).status == 401
    assert await edge.records() == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"text", {**REPORT, "event_id": "7"}, {**REPORT, "event_id": None}, {**REPORT, "comments": " "},
        {**REPORT, "comments": 7}, {**REPORT, "email": "jane"}, {"event_id": EVENT_ID},
    ],
)  # fmt: skip
async def test_what_is_not_feedback(edge: Edge, body: Any) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await edge.send(PATH, data, {"Authorization": f"dsn {DSN}"}, key=None)
    assert (answer.status, answer.json["error"]["type"]) == (400, "ValidationError")
    assert await edge.records() == []


async def test_half_an_emoji_and_nulls(edge: Edge) -> None:
    body = b'{"event_id":"%b","name":null,"email":null,"comments":"a\\ud83d\\u0000b"}' % EVENT_ID.encode()
    assert (await edge.send(PATH, body, {"Authorization": f"DSN {DSN}"}, key=None)).status == 200
    (record,) = await edge.records()
    report = json.loads(record.payload)
    assert (report["name"], report["email"]) == ("", "")
    assert report["comments"].startswith("a\ufffd")
