from __future__ import annotations

from pathlib import Path

import pytest

from issues.alerts.channel import Config, Failed, Field, Kind, Send, Sent, Thread
from issues.alerts.delivery.journal import Journal
from issues.alerts.delivery.sending import Message, attempt
from issues.alerts.notice import Notice
from tests.lib.notices import notice

SECRET = "s3cret-s3cret"


@pytest.mark.parametrize("failing", [False, True])
def test_an_answer_is_kept_without_the_secrets_of_the_channel(tmp_path: Path, failing: bool) -> None:
    def send(config: Config, notice: Notice, thread: Thread, request: Send) -> Sent:
        said = f"you sent {config['token']} to {config['room']}"
        if failing:
            raise Failed(said, status=400, answer=said)
        return Sent(status=200, answer=said)

    kind = Kind("echo", "Echo", "about", (Field("token", "Token", secret=True), Field("room", "Room")), send)
    message = Message(notice().id, notice(), {}, kind=kind, config={"token": SECRET, "room": "the ops room"})
    result = attempt(message, Journal(tmp_path)).result
    assert result.answer == "you sent •••• to the ops room"
    assert getattr(result, "text", "••••") in {"••••", "you sent •••• to the ops room"}
