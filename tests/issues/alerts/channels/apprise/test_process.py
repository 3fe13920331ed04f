from __future__ import annotations

import subprocess
import threading

import pytest

from issues.alerts.channel import Failed
from issues.alerts.channels.apprise import process
from rustrak.outbound.client import Refused, Unreachable
from tests.lib.http_receiver import receiving, reply


def test_a_message_is_sent_by_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTBOUND_ALLOW", "127.0.0.1")
    with (
        receiving(reply(404, b"no such hook")) as found,
        pytest.raises(Failed, match="404 Not Found") as raised,
    ):
        process.send_text(f"json://127.0.0.1:{found.port}/s3cret", "title", "body", "info")
    assert (raised.value.final, raised.value.answer) == (True, "no such hook")
    assert '"message": "body"' in found.got[0].body.decode()


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (b'{"error": "Refused", "text": "not there"}', Refused, "not there"),
        (b'{"error": "Unreachable", "text": "no answer"}', Unreachable, "no answer"),
        (b"not JSON", Unreachable, "could not be started"),
        (OSError(), Unreachable, "could not be started"),
        (subprocess.TimeoutExpired("s3cret", 1), Unreachable, "could not be started"),
    ],
)
def test_what_the_process_answers(
    monkeypatch: pytest.MonkeyPatch, answer: bytes | Exception, error: type[Exception], text: str
) -> None:
    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        assert "s3cret" not in str(command)
        if isinstance(answer, Exception):
            raise answer
        return subprocess.CompletedProcess([], 0, answer)

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(error, match=text):
        process.send_text("json://s3cret", "title", "body", "info")


def test_few_addresses_are_checked_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[str] = []

    def run(*_: object, **__: object) -> subprocess.CompletedProcess[bytes]:
        # While this one runs, there is no place for another.
        if not answers:
            answers.append(process.check("json://second"))
        return subprocess.CompletedProcess([], 0, b'{"wrong": ""}')

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(process, "_WAIT_SECONDS", 0.01)
    monkeypatch.setattr(process, "_checks", threading.BoundedSemaphore(1))
    assert process.check("json://first") == ""
    assert "others are" in answers[0]
    assert process.check("json://third") == ""
