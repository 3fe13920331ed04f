from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.edge import embed
from tests.ingest.conftest import KEY, PROJECT, Edge

PATH = "/api/embed/error-page/"
EVENT_ID = "a1b2c3d4" * 4
DSN = f"https://{KEY}@errors.example.org/prefix/42"
FORM = {"name": "Jane", "email": "jane@example.com", "comments": "It broke when I paid."}


def address(**more: str) -> str:
    # As @sentry/browser writes it: the DSN's own characters stay as they are.
    return f"dsn={DSN}&" + urlencode({"eventId": EVENT_ID, **more})


def options(script: bytes) -> dict[str, object]:
    found = re.fullmatch(rb"\(.*\)\((\{.*\})\);\n", script, re.DOTALL)
    assert found
    value: dict[str, object] = json.loads(found[1])
    return value


@pytest.mark.parametrize("path", [PATH, PATH.rstrip("/"), "/api//embed/error-page//"])
async def test_the_script(edge: Edge, path: str) -> None:
    answer = await edge.send(path, method="GET", query=address(name="Jane", title="Oh no", x="y"), key=None)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    given = options(answer.body)
    assert (given["name"], given["email"]) == ("Jane", "")
    assert given["texts"] == {**embed.TEXTS, "title": "Oh no"}
    assert str(given["address"]).endswith(f"{PATH}?" + urlencode({"dsn": DSN, "eventId": EVENT_ID}))


HOSTILE = "</script><script>alert(1)</script><!--\u2028\u2029'\"\\&\0"


@given(st.text(max_size=30) | st.just(HOSTILE))
def test_no_text_escapes_from_the_script(text: str) -> None:
    script = embed.script({"name": text, "title": text, "eventId": text, "dsn": text}, "https://x/")
    data = script[script.index(b"})({") :]
    for character in ("<", ">", "&", "\u2028", "\u2029", "\0"):
        assert character.encode() not in data
    given = options(script)
    assert given["name"] == text
    assert given["texts"]["title"] == (text or embed.TEXTS["title"])  # type: ignore[index]


async def test_a_report_is_kept(edge: Edge) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://shop.example"}
    answer = await edge.send(PATH, urlencode(FORM).encode(), headers, query=address(), key=None)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    (record,) = await edge.records()
    assert (record.kind, record.project_id, record.event_id) == ("user_report", PROJECT, EVENT_ID)
    assert record.meta == {"source": "crash_dialog"}
    assert json.loads(record.payload) == {"event_id": EVENT_ID, **FORM}


async def test_any_text_is_kept(edge: Edge) -> None:
    form = {"comments": f"{HOSTILE} größe 👍 a+b", "email": "", "name": ""}
    assert (await edge.send(PATH, urlencode(form).encode(), query=address(), key=None)).status == 200
    (record,) = await edge.records()
    assert json.loads(record.payload)["comments"] == form["comments"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 401),
        (f"eventId={EVENT_ID}", 401),
        (f"dsn=nonsense&eventId={EVENT_ID}", 401),
        (f"dsn={DSN.replace(KEY, 'f' * 32)}&eventId={EVENT_ID}", 401),
        (f"dsn={DSN[:-2]}43&eventId={EVENT_ID}", 401),
        (f"dsn={quote('https://[broken')}&eventId={EVENT_ID}", 401),
        (f"dsn={DSN}", 400),
        (f"dsn={DSN}&eventId=7", 400),
        ("&".join(["a=b"] * 200), 400),
    ],
)
async def test_refusals(edge: Edge, method: str, query: str, status: int) -> None:
    answer = await edge.send(PATH, urlencode(FORM).encode(), query=query, method=method, key=None)
    assert answer.status == status
    assert answer.headers["access-control-allow-origin"] == "*"
    assert await edge.records() == []
    if method == "POST":
        assert answer.headers["content-type"] == "application/json"
        assert json.loads(answer.body)["detail"]
    else:
        assert_reports(answer, status)


def assert_reports(answer: Any, status: int) -> None:
    """`answer` is a script that does nothing but write its status and a reason to the console."""
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"] == "no-store"
    found = re.fullmatch(rb'"use strict";console\.error\((".*")\);\n', answer.body)
    assert found
    text = json.loads(found[1])
    assert text.startswith("The crash dialog cannot be shown: ")
    assert f"(status {status})" in text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 401),
        (f"dsn={DSN}", 400),
        (f"dsn={DSN}&eventId=", 400),
        (f"dsn={DSN}&eventId=undefined", 400),
        ("a" * 20_000, 413),
    ],
)
async def test_a_script_element_gets_a_script_that_runs(edge: Edge, query: str, status: int) -> None:
    headers = {"Sec-Fetch-Dest": "script", "Origin": "https://shop.example"}
    answer = await edge.send(PATH, headers=headers, query=query, method="GET", key=None)
    assert answer.status == 200, "browsers run no other"
    assert_reports(answer, status)
    assert answer.headers["x-sentry-error"]


async def test_our_own_failures_are_scripts_too(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embed, "script", lambda *given: 1 // 0)
    answer = await edge.send(PATH, method="GET", query=address(), key=None)
    assert answer.status == 500
    assert_reports(answer, 500)


@pytest.mark.parametrize("detail", [HOSTILE, "größe", "x" * 10_000])
def test_no_reason_escapes_from_the_script(detail: str) -> None:
    script = embed.apology(400, detail)
    for character in ("<", ">", "&", "\u2028", "\u2029", "\0"):
        assert character.encode() not in script
    assert len(script) < 3000


@pytest.mark.parametrize(
    "given",
    [
        "A1B2C3D4" * 4,
        "a1b2c3d4-a1b2-c3d4-a1b2-c3d4a1b2c3d4",
        "A1B2C3D4-A1B2-C3D4-A1B2-C3D4A1B2C3D4",
        f" {EVENT_ID} ",
    ],
)
async def test_every_form_of_the_id_is_valid(edge: Edge, given: str) -> None:
    query = f"dsn={DSN}&" + urlencode({"eventId": given})
    assert (await edge.send(PATH, method="GET", query=query, key=None)).status == 200
    assert (await edge.send(PATH, urlencode(FORM).encode(), query=query, key=None)).status == 200
    (record,) = await edge.records()
    assert record.event_id == EVENT_ID


@pytest.mark.parametrize(
    "form", [b"", b"comments=", b"comments=%20&name=a", b"name=a", b"comments=x&email=nobody", b"\xff\xfe"]
)
async def test_empty_comments_are_refused(edge: Edge, form: bytes) -> None:
    assert (await edge.send(PATH, form, query=address(), key=None)).status == 400
    assert await edge.records() == []


async def test_other_methods(edge: Edge) -> None:
    answer = await edge.send(PATH, method="DELETE", query=address(), key=None)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST, OPTIONS")
    preflight = await edge.send(PATH, method="OPTIONS", key=None)
    assert preflight.status == 200
    assert "GET" in preflight.headers["access-control-allow-methods"]
