from __future__ import annotations

import json

import pytest

from issues.alerts.channel import Failed
from issues.alerts.channels import calls, registry
from issues.models import News
from rustrak.outbound.client import Request, Response
from tests.lib.growth import assert_linear
from tests.lib.notices import notice

VALUES = (
    None,
    True,
    0,
    -1,
    1e308,
    10**400,
    "",
    "x" * 5000,
    "\ud800\n\x00",
    "é",
    [],
    [{}],
    {},
    {"id": {}},
    [[[]]],
)
NAMES = (
    "ok", "error", "success", "ts", "channel", "id", "message", "code", "retry_after", "guild_id", "channel_id", "status", "errors",
    "status_code", "result", "description", "error_code", "parameters", "http", "thread", "name", "messageId",
)  # fmt: skip
CONFIG = {
    "url": "https://x.test/hook", "token": "1:x", "channel": "c", "chat": "-1", "topic": "t", "server": "https://x.test",
    "routing_key": "k",
}  # fmt: skip


def test_the_body_is_json_in_utf_8() -> None:
    sent: list[Request] = []

    def send(request: Request) -> Response:
        sent.append(request)
        return Response(200)

    calls.call(send, "https://x.test/", {"a": "é😀"}, headers={"X": "y"}, method="PUT")
    assert (sent[0].method, sent[0].body) == ("PUT", '{"a":"é😀"}'.encode())
    assert sent[0].headers == {
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        "X": "y",
    }


@pytest.mark.parametrize(
    "body",
    [
        b"", b"ok", b"[1]", b"\xff", b"{", b"[" * 60_000, b'{"a":' * 10_000, b"1" * 5000, b"NaN", b'"\\ud800"', b"null",
        "{\"a\": 1}".encode("utf-16"),
    ],
)  # fmt: skip
def test_a_body_of_any_kind_is_read(body: bytes) -> None:
    assert calls.fields(Response(200, {}, body)) in ({}, {"a": 1})


def check(failed: Failed) -> None:
    assert failed.retry_after is None or 0 <= failed.retry_after <= 3600
    assert len(failed.text) < 1000
    assert len(failed.answer) <= 1000
    failed.text.encode()


@pytest.mark.parametrize("status", [200, 302, 400, 404, 429, 999])
def test_answers_of_any_kind_are_read(status: int) -> None:
    """A message was taken or was not: nothing else comes out of any answer, and no wait is longer than an hour."""
    thread = {
        "message": "1",
        "ts": "1.2",
        "channel": "C1",
        "post": "p",
        "to": "c",
        "chat": "-1",
        "forum": "",
        "headline": "x",
    }
    for value in VALUES:
        body = json.dumps(dict.fromkeys(NAMES, value)).encode()
        for kind in registry.KINDS.values():
            for known in ({}, thread, dict.fromkeys(thread, value)):
                try:
                    sent = kind.send(
                        CONFIG,
                        notice(News.REGRESSED),
                        known,
                        lambda request, body=body: Response(status, {}, body),
                    )
                except Failed as failed:
                    check(failed)
                else:
                    assert status < 300
                    assert len(json.dumps(sent.thread)) < 3000


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1.2", "1.2"), (17, "17"), (-100, "-100"), (True, ""), (1 << 70, ""), ("a b", "a b"), ("a\n", ""), ("é", ""), ("x" * 201, ""), (None, "")],
)  # fmt: skip
def test_ids_that_are_sent_back(value: object, expected: str) -> None:
    assert calls.identity(value) == expected


def test_time_grows_with_the_answer() -> None:
    for piece in (b'{"a":', b"[", b'{"a":1,', b"1"):
        assert_linear(
            lambda size, piece=piece: Response(200, {}, piece * size), calls.fields, largest=1 << 14
        )
