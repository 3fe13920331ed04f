from __future__ import annotations

import json

import pytest

from issues.alerts.channel import Failed
from issues.alerts.channels.refusals import judge
from rustrak.outbound.client import Response


@pytest.mark.parametrize(
    "body",
    [
        b"", b"ok", b"1", b"[]", b"null", b"{}", b"[" * 100_000, b"\xff", b'{"ok": true}', b'{"success": true, "error": "x"}',
        b'{"errcode": 0, "errmsg": "ok"}', b'{"code": 0, "msg": "success", "StatusCode": 0, "StatusMessage": "success"}',
        b'{"code": 200, "message": "done"}', b'{"code": 1, "msg": "ok"}', b'{"code": 201, "msg": "ok"}', b'{"code": 5000}',
        b'{"code": "E1", "msg": "x"}', b'{"error": null}', b'{"error": ""}', b'{"errors": []}', b'{"error": false}',
        b'{"status": "ok"}', b'{"status": 500}', b'{"ok": "false"}', b'{"ok": 0}', b'{"data": {"error": "x"}}',
        b'{"errcode": false}',
    ],
)  # fmt: skip
def test_what_was_taken(body: bytes) -> None:
    judge(Response(200, {}, body))


@pytest.mark.parametrize(
    ("body", "final", "said"),
    [
        ({"errcode": 93000, "errmsg": "invalid webhook url"}, True, "error 93000: invalid webhook url"),
        ({"errcode": 310000, "errmsg": "keywords not in content"}, True, "error 310000"),
        ({"errcode": 45009, "errmsg": "api freq out of limit"}, False, "error 45009"),
        ({"errcode": -1, "errmsg": "system busy"}, False, "error -1"),
        ({"errcode": 130101, "errmsg": "send too fast"}, False, "error 130101"),
        ({"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}, True, "error 19001"),
        ({"code": 11232, "msg": "frequency limited"}, False, "error 11232"),
        ({"StatusCode": 5, "StatusMessage": "no"}, True, "error 5: no"),
        ({"code": 404, "message": "not found"}, True, "error 404: not found"),
        ({"code": -3, "msg": "no"}, True, "error -3: no"),
        ({"ok": False, "description": "chat not found"}, False, "error: chat not found"),
        ({"success": False, "message": "no\u0000\u202e"}, False, "error: no\ufffd\ufffd"),
        ({"status": "Failed"}, False, "with an error."),
        ({"error": "invalid_payload"}, False, "error: invalid_payload"),
        ({"error": {"code": 5}}, False, "with an error."),
        ({"errors": [{"message": "no"}]}, False, "with an error."),
        ({"ok": False, "description": "x" * 10_000}, False, "xxx…."),
    ],
)
def test_what_was_not(body: object, final: bool, said: str) -> None:
    with pytest.raises(Failed) as raised:
        judge(Response(200, {"retry-after": "7"}, json.dumps(body).encode()))
    assert raised.value.final is final
    assert said in raised.value.text
    assert (raised.value.status, raised.value.retry_after) == (200, 7)
    assert len(raised.value.text) < 250


def test_the_status_comes_first() -> None:
    with pytest.raises(Failed) as raised:
        judge(Response(500, {}, b'{"ok": true}'))
    assert not raised.value.final
