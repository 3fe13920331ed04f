from __future__ import annotations

import pytest

from issues.alerts.channel import Failed
from issues.alerts.channels import google_chat
from issues.models import News
from rustrak.outbound.client import Response
from tests.lib.chat_servers import GoogleChatServer, answer, flaws, on_loopback, over_http
from tests.lib.notices import ISSUE, notice

CONFIG = {"url": "https://chat.test/v1/spaces/S/messages?key=k&token=t"}


def test_messages_are_valid() -> None:
    for news in News:
        for payload in (google_chat.message(notice(news)), google_chat.message(notice(news), short=True)):
            assert flaws("google_chat", payload) == []


def test_a_conversation_on_loopback() -> None:
    server = GoogleChatServer()
    with on_loopback(server) as address:
        config = {"url": f"{address}/v1/spaces/S/messages?key=k&token=t"}
        sent = google_chat.KIND.send(config, notice(), {}, over_http)
        google_chat.KIND.send(config, notice(News.REGRESSED), sent.thread, over_http)
        google_chat.KIND.send(config, notice(News.RESOLVED), sent.thread, over_http)
        google_chat.KIND.send(config, notice(News.BURST), {}, over_http)
    keys = [one["key"] for one in server.messages]
    assert keys[:3] == [str(ISSUE.id)] * 3
    assert keys[3] != keys[0]
    assert "Resolved by Ana" in str(server.messages[2])
    assert server.problems == []


@pytest.mark.parametrize(
    ("status", "code", "final"),
    [(404, 404, True), (403, 403, True), (400, 400, True), (429, 429, False), (503, 503, False), (200, 429, False), (200, 400, True)],
)  # fmt: skip
def test_a_refusal_says_why(status: int, code: int, final: bool) -> None:
    found = answer(status, {"error": {"code": code, "message": "Because.", "status": "X"}})
    with pytest.raises(Failed, match=r"Because\.") as caught:
        google_chat.KIND.send(CONFIG, notice(), {}, lambda request: found)
    assert caught.value.final is final


def test_a_page_is_no_answer() -> None:
    with pytest.raises(Failed):
        google_chat.KIND.send(CONFIG, notice(), {}, lambda request: Response(502, {}, b"<html>"))
