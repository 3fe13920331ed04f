from __future__ import annotations

import pytest

from issues.alerts.channel import Failed
from issues.alerts.channels import mattermost
from issues.models import News
from rustrak.outbound.client import Response
from tests.lib.chat_servers import MattermostServer, answer, flaws, on_loopback, over_http
from tests.lib.notices import BEGUN, notice

CONFIG = {"server": "https://mm.test/", "token": "good", "channel": "c" * 26}
WEBHOOK = {"url": "https://mm.test/hooks/secret"}


def test_messages_are_valid() -> None:
    for news in News:
        for payload in (mattermost.message(notice(news)), mattermost.post(notice(news), short=True)):
            assert flaws("mattermost", payload) == []


def test_a_conversation_on_loopback() -> None:
    server = MattermostServer()
    with on_loopback(server) as address:
        config = {**CONFIG, "server": address}
        sent = mattermost.BOT.send(config, notice(), {}, over_http)
        first = server.messages[0]
        assert sent.thread == {"to": "c" * 26, "post": first["id"], **BEGUN}
        mattermost.BOT.send(config, notice(News.REGRESSED), sent.thread, over_http)
        mattermost.BOT.send(config, notice(News.RESOLVED), sent.thread, over_http)
    assert [one.get("root_id") for one in server.messages] == [None, first["id"], first["id"]]
    assert first["message"] == "🟢 **New issue in shop\\-api**"
    assert "**Now:** Resolved by Ana" in first["props"]["attachments"][0]["text"]
    assert server.messages[2]["message"] == "🟢 **Resolved by Ana**"
    assert server.problems == []


def test_a_conversation_that_was_deleted_begins_again() -> None:
    server = MattermostServer()
    thread = mattermost.BOT.send(CONFIG, notice(), {}, server.send).thread
    server.messages.clear()
    sent = mattermost.BOT.send(CONFIG, notice(News.REGRESSED), thread, server.send)
    assert ["root_id" in one for one in server.messages] == [False]
    assert sent.thread["post"] != thread["post"]


def test_a_first_post_that_may_not_be_changed_stops_no_news() -> None:
    server = MattermostServer()
    thread = mattermost.BOT.send(CONFIG, notice(), {}, server.send).thread
    server.answers = [
        answer(403, {"id": "api.context.permissions.app_error", "message": "No.", "status_code": 403})
    ]
    mattermost.BOT.send(CONFIG, notice(News.RESOLVED), thread, server.send)
    assert server.messages[1]["root_id"] == thread["post"]


def test_a_webhook_takes_messages() -> None:
    server = MattermostServer()
    assert mattermost.WEBHOOK.send(WEBHOOK, notice(), {}, server.send).answer == "ok"
    assert server.problems == []


@pytest.mark.parametrize(
    ("found", "final", "said"),
    [
        (
            answer(401, {"id": "x", "message": "Invalid session.", "status_code": 401}),
            True,
            "The token is wrong",
        ),
        (answer(403, {"id": "x", "message": "No permission.", "status_code": 403}), True, "Add the bot"),
        (answer(429, b"limit exceeded", retry_after="5"), False, "429"),
        (answer(500, {"id": "x", "message": "Oops.", "status_code": 500}), False, "500"),
        (answer(200, b"<html>"), False, "Mattermost's API"),
    ],
)
def test_a_refusal_says_why(found: Response, final: bool, said: str) -> None:
    with pytest.raises(Failed) as caught:
        mattermost.BOT.send(CONFIG, notice(), {}, lambda request: found)
    assert caught.value.final is final
    assert said in caught.value.text


@pytest.mark.parametrize("status", [200, 400])
def test_a_webhooks_refusal_is_in_the_body(status: int) -> None:
    found = answer(status, {"id": "x", "message": "Invalid webhook.", "status_code": 400})
    with pytest.raises(Failed, match="Invalid webhook") as caught:
        mattermost.WEBHOOK.send(WEBHOOK, notice(), {}, lambda request: found)
    assert caught.value.final


def test_what_is_wrong_with_a_config() -> None:
    assert mattermost.BOT.check(CONFIG) == {}
    assert set(mattermost.BOT.check({**CONFIG, "channel": "#Town Square"})) == {"channel"}
    assert set(mattermost.BOT.check({**CONFIG, "token": "a b"})) == {"token"}
