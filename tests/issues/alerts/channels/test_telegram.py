from __future__ import annotations

import pytest

from issues.alerts.channel import Failed
from issues.alerts.channels import telegram
from issues.models import News
from rustrak.outbound.client import Response
from tests.lib.chat_servers import TelegramServer, answer, flaws, on_loopback, over_http
from tests.lib.notices import BEGUN, notice

CONFIG = {"token": "1:good", "chat": "-100", "topic": ""}


def test_messages_keep_to_the_limits() -> None:
    for news in News:
        for payload in (telegram.message(notice(news)), telegram.message(notice(news), short=True)):
            assert flaws("telegram", {**payload, "chat_id": "-100"}) == []
            assert TelegramServer().limits(payload, 0) == []


def test_a_conversation_on_loopback() -> None:
    server = TelegramServer()
    with on_loopback(server) as address:
        config = {**CONFIG, "api_url": address, "topic": "7"}
        sent = telegram.KIND.send(config, notice(), {}, over_http)
        first = server.messages[0]
        number = first["message_id"]
        assert sent.thread == {
            "to": "-100 7",
            "chat": "-100",
            "message": str(number),
            **BEGUN,
        }
        telegram.KIND.send(config, notice(News.REGRESSED), sent.thread, over_http)
        telegram.KIND.send(config, notice(News.RESOLVED), sent.thread, over_http)
    assert first["text"].startswith("🟢 <b>New issue in shop-api</b>\nNow: <b>Resolved by Ana</b>")
    assert [one.get("reply_parameters") for one in server.messages] == [None, *[{"message_id": number}] * 2]
    assert [one.get("disable_notification") for one in server.messages] == [None, None, True]
    assert {one["message_thread_id"] for one in server.messages} == {"7"}
    assert server.messages[2]["text"].startswith("🟢 <b>Resolved by Ana</b>")
    assert server.problems == []


def test_the_same_state_again_is_no_failure() -> None:
    server = TelegramServer()
    thread = telegram.KIND.send(CONFIG, notice(), {}, server.send).thread
    for _ in range(2):
        telegram.KIND.send(CONFIG, notice(News.RESOLVED), thread, server.send)
    assert len(server.messages) == 3


def test_a_conversation_that_was_deleted_begins_again() -> None:
    server = TelegramServer()
    thread = telegram.KIND.send(CONFIG, notice(), {}, server.send).thread
    server.messages.clear()
    sent = telegram.KIND.send(CONFIG, notice(News.REGRESSED), thread, server.send)
    assert ["reply_parameters" in one for one in server.messages] == [False]
    assert sent.thread["message"] != thread["message"]


def test_a_group_that_became_a_supergroup_is_followed() -> None:
    server = TelegramServer()
    config = {**CONFIG, "chat": "-5"}
    thread = telegram.KIND.send(config, notice(), {}, server.send).thread
    assert (thread["to"], thread["chat"]) == ("-5", "-100")
    telegram.KIND.send(config, notice(News.RESOLVED), thread, server.send)
    assert len(server.messages) == 2
    assert len(server.calls) == 4


@pytest.mark.parametrize(
    ("found", "final", "wait"),
    [
        (answer(429, {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 17}}), False, 17.0),
        (answer(200, {"ok": False, "error_code": 429, "description": "Too Many", "parameters": {"retry_after": 3}}), False, 3.0),
        (answer(401, {"ok": False, "error_code": 401, "description": "Unauthorized"}), True, None),
        (answer(403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was kicked"}), True, None),
        (answer(200, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}), True, None),
        (answer(200, {"ok": False}), True, None),
        (answer(502, b"<html>"), False, None),
        (answer(200, b"<html>"), False, None),
        (answer(200, b"[1]"), False, None),
    ],
)  # fmt: skip
def test_a_refusal_is_in_the_body(found: Response, final: bool, wait: float | None) -> None:
    with pytest.raises(Failed) as caught:
        telegram.KIND.send(CONFIG, notice(), {}, lambda request: found)
    assert (caught.value.final, caught.value.retry_after) == (final, wait)
    assert "1:good" not in f"{caught.value.text} {caught.value.answer}"


def test_what_is_wrong_with_a_config() -> None:
    assert telegram.KIND.check(CONFIG) == {}
    assert telegram.KIND.check({**CONFIG, "chat": "@shop_alerts"}) == {}
    for name, value in (("token", "1:a/../b"), ("token", "x"), ("chat", "shop"), ("topic", "general")):
        assert set(telegram.KIND.check({**CONFIG, name: value})) == {name}
