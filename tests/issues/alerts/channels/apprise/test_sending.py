from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from issues.alerts.channel import Failed
from issues.alerts.channels.apprise import sending
from rustrak.outbound.client import Refused, Request, Response, Unreachable

TITLE, BODY = '<b>Title</b> "x"', "line *one*\n<script> & @all"
PUSHOVER = f"pover://{'u' * 30}@{'a' * 30}"
OK = Response(200, {"content-type": "application/json"}, b'{"status": 1, "token": "x", "success": true}')


def sent(url: str, *answers: Response | Exception) -> tuple[list[Request], int | None]:
    """What is requested for a message, each request with the next answer."""
    requests: list[Request] = []
    left = list(answers)

    def send(request: Request) -> Response:
        assert threading.current_thread() is threading.main_thread()
        requests.append(request)
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return requests, sending.send_text(url, TITLE, BODY, "failure", send).status


@pytest.mark.parametrize(
    "url",
    [
        PUSHOVER,
        "gotify://host.example.org/tokentoken",
        "json://host.example.org/x",
        "zulip://bot@org/" + "a" * 32,
        "hassios://host.example.org/token",
        "wecombot://" + "b" * 36,
        "signals://host.example.org/+15551234567/+15551234568",
        "apprises://host.example.org/token",
        "sns://ABCDEFGHIJKLMNOPQRST/" + "abcdefghij" * 4 + "/us-east-1/12223334444",
    ],
)
def test_services_send_through_the_client(url: str) -> None:
    requests, status = sent(url, OK)
    assert len(requests) == 1
    assert status == 200
    assert b"Title" in requests[0].body


@pytest.mark.parametrize(
    ("answer", "final", "said"),
    [
        (Response(400, {}, b'{"token": "invalid"}'), True, "It answered 400 Bad Request."),
        (Response(500, {}, b"oops"), False, "It answered 500"),
        (Response(429, {"retry-after": "30"}, b""), False, "It answered 429"),
        (Response(302, {"location": "http://127.0.0.1/"}, b""), True, "redirect"),
        (Response(200, {}, b'{"errcode": 93000, "errmsg": "invalid webhook url"}'), True, "error 93000"),
    ],
)
def test_the_status_and_the_answer_are_kept(answer: Response, final: bool, said: str) -> None:
    url = "wecombot://" + "b" * 36
    with pytest.raises(Failed, match=said) as raised:
        sent(url, answer)
    assert raised.value.final is final
    assert raised.value.status == answer.status
    assert "bbbb" not in raised.value.text
    if answer.status == 429:
        assert raised.value.retry_after == 30


@pytest.mark.parametrize("error", [Refused("not there"), Unreachable("no answer")])
def test_why_there_is_no_answer_is_kept(error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)):
        sent(PUSHOVER, error)


@pytest.mark.parametrize("url", ["pover://x", "gotify://", "json://", "sns://a/b/c/d", "zulip://x/y"])
def test_an_address_that_apprise_cannot_use(url: str) -> None:
    assert "could not be asked" in sending.check(url)
    with pytest.raises(Failed, match="could not be asked") as raised:
        sent(url, OK)
    assert raised.value.final


def test_an_address_that_is_not_allowed() -> None:
    assert "syslog:// is not among" in sending.check("syslog://")
    with pytest.raises(Failed, match="syslog:// is not among"):
        sent("syslog://", OK)


def test_checking_sends_nothing() -> None:
    assert sending.check(PUSHOVER) == ""


def test_a_file_of_this_machine_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "secret.json"
    file.write_text('{"text": "s3cret"}')
    for url in (f"json://example.org/?attach=file://{file}", f"form://example.org/?attach={file}"):
        with pytest.raises(Failed, match="parameter attach"):
            sent(url, OK)


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for url in (PUSHOVER, "pover://s3cret"):
        with pytest.raises(Failed):
            sent(url, Response(400, {}, b"s3cret"))
    assert caplog.text == ""


def test_long_texts_are_sent_in_one_piece_or_cut() -> None:
    requests: list[Request] = []

    def send(request: Request) -> Response:
        requests.append(request)
        return OK

    sending.send_text(PUSHOVER, "t" * 200, "b" * 2100, "info", send)
    assert 1 <= len(requests) <= 3
