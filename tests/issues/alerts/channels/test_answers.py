from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from issues.alerts.channel import Failed
from issues.alerts.channels.answers import judge, retry_after, said
from rustrak.outbound.client import Response
from tests.lib.growth import assert_linear


def failure(status: int, body: bytes = b"", **headers: str) -> Failed:
    with pytest.raises(Failed) as raised:
        judge(Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body))
    return raised.value


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_taken(status: int) -> None:
    assert judge(Response(status, {}, b" ok\n")) == "ok"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422, 301, 302, 303, 307, 308, 101])
def test_what_would_be_refused_again_is_final(status: int) -> None:
    failed = failure(status, b"no such hook", retry_after="5")
    assert failed.final
    assert (failed.status, failed.answer, failed.retry_after) == (status, "no such hook", None)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_what_may_pass_is_tried_again(status: int) -> None:
    failed = failure(status, b"busy", retry_after="120")
    assert not failed.final
    assert (failed.status, failed.answer, failed.retry_after) == (status, "busy", 120)


def test_a_redirect_says_what_to_do() -> None:
    assert "301 Moved Permanently" in failure(301).text
    assert "enter the final address" in failure(301).text


def test_a_status_without_a_name_is_a_number() -> None:
    assert failure(599).text == "It answered 599."


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        ("1.5", 1.5),  # Discord and Slack may write fractions
        (" 30 ", 30),
        ("86400", 3600),
        ("1000000000", 3600),
        ("9" * 5000, 3600),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("١٢", None),
        ("Thu, 26 Nov 2026 12:01:00 GMT", 60),
        ("Thu, 26 Nov 2026 11:00:00 GMT", 0),
        ("Fri, 27 Nov 2026 12:00:00 GMT", 3600),
        ("Thursday, 26-Nov-26 12:01:00 GMT", 60),
        ("Thu, 26 Nov 99999999999 12:01:00 GMT", None),
        ("Thu, 99 Nov 2026 12:01:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    with time_machine.travel(datetime(2026, 11, 26, 12, tzinfo=UTC), tick=False):
        assert retry_after(Response(429, {"retry-after": text})) == seconds


def test_an_answer_is_one_visible_line() -> None:
    assert said(b"<h1>\r\n Not\tfound\x00\x1b[31m</h1>\n\n") == "<h1> Not found\ufffd\ufffd[31m</h1>"
    assert said("a\u202eb\u2028c\ud7ff".encode()) == "a\ufffdb c\ufffd"
    assert said(b"\xff\xfe") == "\ufffd\ufffd"
    assert said(b"") == ""


def test_an_answer_is_bounded() -> None:
    assert len(said(b"x" * 100_000)) == 1000
    assert said(b"x" * 100_000).endswith("…")
    assert said("ä".encode() * 300, 300) == "ä" * 300
    assert_linear(lambda size: b" \x00" * size, said)
