from __future__ import annotations

import pytest

from issues.alerts.channel import Failed
from issues.alerts.channels import slack
from issues.models import News
from rustrak.outbound.client import Response
from tests.lib.chat_servers import SlackServer, answer, flaws, on_loopback, over_http
from tests.lib.notices import BEGUN, ROOT, notice

CONFIG = {"token": "xoxb-good", "channel": "#alerts", "api_url": "https://slack.test/api/"}
WEBHOOK = {"url": "https://hooks.slack.test/services/T/B/secret"}


def test_messages_are_valid_block_kit() -> None:
    for news in News:
        made = notice(news)
        for payload in (slack.message(made), slack.message(made, now="Resolved by Ana"), slack.reply(made)):
            assert flaws("slack", payload) == []


def test_a_message_says_what_it_is_about_once() -> None:
    said = slack.message(notice())
    assert said["text"] == "🔴 New issue in shop-api: KeyError: 'order_id'"
    blocks = str(said["blocks"])
    assert blocks.count("KeyError") == 1
    for part in (
        "New issue in shop-api",
        "checkout/views.py:43",
        "order = request.POST",
        "production",
        "1.4.2",
        f"{ROOT}/issues/",
    ):
        assert part in blocks
    # A button would ask the app for an answer, which there is nobody to give.
    assert "button" not in blocks
    assert "actions" not in blocks


def test_a_conversation_on_loopback() -> None:
    server = SlackServer()
    with on_loopback(server) as address:
        config = {**CONFIG, "api_url": f"{address}/api"}
        sent = slack.BOT.send(config, notice(), {}, over_http)
        first = server.messages[0]
        assert sent.status == 200
        assert sent.thread == {"to": "#alerts", "channel": "C1", "ts": first["ts"], **BEGUN}
        again = slack.BOT.send(config, notice(News.REGRESSED), sent.thread, over_http)
        slack.BOT.send(config, notice(News.RESOLVED), again.thread, over_http)
    assert [one.get("thread_ts") for one in server.messages] == [None, first["ts"], first["ts"]]
    assert "Resolved by Ana" in str(server.messages[2]["blocks"])
    # What somebody must look at is shown in the channel, too.
    assert [one.get("reply_broadcast") for one in server.messages] == [None, True, None]
    assert "🟢 New issue in shop-api" in str(first["blocks"])
    assert "*Now:* Resolved by Ana" in str(first["blocks"])
    assert server.problems == []


def test_a_conversation_that_was_deleted_begins_again() -> None:
    server = SlackServer()
    thread = slack.BOT.send(CONFIG, notice(), {}, server.send).thread
    server.messages.clear()
    sent = slack.BOT.send(CONFIG, notice(News.REGRESSED), thread, server.send)
    assert [one.get("thread_ts") for one in server.messages] == [None]
    assert sent.thread["ts"] == server.messages[0]["ts"] != thread["ts"]
    assert sent.thread["headline"] == "Regressed issue"


def test_another_channel_is_another_conversation() -> None:
    server = SlackServer()
    thread = slack.BOT.send(CONFIG, notice(), {}, server.send).thread
    slack.BOT.send({**CONFIG, "channel": "C1"}, notice(News.RESOLVED), thread, server.send)
    assert [path for _, path, _, _ in server.calls] == ["/api/chat.postMessage"] * 2
    assert "thread_ts" not in server.messages[1]


def test_a_first_message_that_cannot_be_updated_stops_no_news() -> None:
    server = SlackServer()
    thread = slack.BOT.send(CONFIG, notice(), {}, server.send).thread
    server.answers = [answer(200, {"ok": False, "error": "edit_window_closed"})]
    assert slack.BOT.send(CONFIG, notice(News.RESOLVED), thread, server.send).thread == thread
    assert server.messages[1]["thread_ts"] == thread["ts"]


def test_a_limit_is_waited_for_before_anything_is_said_twice() -> None:
    server = SlackServer()
    thread = slack.BOT.send(CONFIG, notice(), {}, server.send).thread
    server.answers = [answer(429, {"ok": False, "error": "ratelimited"}, retry_after="30")]
    with pytest.raises(Failed) as caught:
        slack.BOT.send(CONFIG, notice(News.RESOLVED), thread, server.send)
    assert (caught.value.final, caught.value.retry_after, len(server.messages)) == (False, 30.0, 1)


@pytest.mark.parametrize(
    ("error", "final"),
    [
        ("invalid_auth", True), ("channel_not_found", True), ("is_archived", True), ("missing_scope", True),
        ("some_new_error", True), ("internal_error", False), ("ratelimited", False),
    ],
)  # fmt: skip
def test_a_refusal_is_in_the_body(error: str, final: bool) -> None:
    server = SlackServer(answers=[answer(200, {"ok": False, "error": error})])
    with pytest.raises(Failed) as caught:
        slack.BOT.send(CONFIG, notice(), {}, server.send)
    assert (caught.value.final, caught.value.status) == (final, 200)
    assert error in caught.value.text
    assert "xoxb" not in f"{caught.value.text} {caught.value.answer}"


@pytest.mark.parametrize(
    ("found", "final"),
    [
        (Response(404, {}, b"no_service"), True),
        (Response(403, {}, b"action_prohibited"), True),
        (Response(410, {}, b"channel_is_archived"), True),
        (Response(200, {}, b"invalid_payload"), True),
        (Response(200, {}, b'{"success": false, "error": "x"}'), True),
        (Response(302, {"location": "http://127.0.0.1/"}), True),
        (Response(429, {"retry-after": "7"}, b"rate_limited"), False),
        (Response(500, {}, b"rollup_error"), False),
        (Response(503, {}, b"<html>"), False),
    ],
)
def test_a_webhook_says_why_not(found: Response, final: bool) -> None:
    with pytest.raises(Failed) as caught:
        slack.WEBHOOK.send(WEBHOOK, notice(), {}, lambda request: found)
    assert (caught.value.final, caught.value.status) == (final, found.status)
    assert caught.value.retry_after == (7.0 if found.status == 429 else None)


def test_a_webhook_takes_messages() -> None:
    server = SlackServer()
    assert slack.WEBHOOK.send(WEBHOOK, notice(), {}, server.send).answer == "ok"
    assert len(server.messages) == 1
    assert server.problems == []


@pytest.mark.parametrize(
    "found", [Response(200, {}, b"<html>"), Response(200, {}, b"{}"), Response(200, {}, b"[" * 60_000)]
)
def test_what_is_not_slack_has_not_taken_it(found: Response) -> None:
    with pytest.raises(Failed, match="not answer as Slack"):
        slack.BOT.send(CONFIG, notice(), {}, lambda request: found)


def test_what_is_wrong_with_a_config() -> None:
    assert slack.BOT.check(CONFIG) == {}
    assert set(slack.BOT.check({**CONFIG, "token": "xapp-1"})) == {"token"}
    assert set(slack.BOT.check({**CONFIG, "token": "xoxb ä"})) == {"token"}
    assert slack.WEBHOOK.check(WEBHOOK) == {}
    assert set(slack.WEBHOOK.check({"url": "https://hooks.slack.com/triggers/T/1/x"})) == {"url"}
