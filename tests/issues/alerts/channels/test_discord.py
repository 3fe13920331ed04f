from __future__ import annotations

import pytest

from issues.alerts.channel import Failed
from issues.alerts.channels import discord
from issues.models import News
from rustrak.outbound.client import Response
from tests.lib.chat_servers import DiscordServer, answer, flaws, on_loopback, over_http
from tests.lib.notices import BEGUN, notice

CONFIG = {"url": "https://discord.test/api/webhooks/1/secret"}


def test_messages_keep_to_the_limits() -> None:
    for news in News:
        made = notice(news)
        for payload in (
            discord.message(made),
            discord.message(made, now="Muted"),
            discord.message(made, later=True),
        ):
            assert flaws("discord", payload) == []
            assert DiscordServer().limits(payload, 0) == []
            assert payload["allowed_mentions"] == {"parse": []}


def test_colours_tell_how_bad_it_is() -> None:
    colors = [
        discord.message(notice(news))["embeds"][0]["color"] for news in (News.NEW, News.RESOLVED, News.TEST)
    ]
    assert len(set(colors)) == 3


def test_a_conversation_in_a_text_channel() -> None:
    server = DiscordServer()
    with on_loopback(server) as address:
        config = {"url": f"{address}/api/webhooks/1/secret"}
        sent = discord.KIND.send(config, notice(), {}, over_http)
        first = server.messages[0]
        assert sent.thread == {"message": first["id"], "channel": "55", **BEGUN}
        again = discord.KIND.send(config, notice(News.REGRESSED), sent.thread, over_http)
        assert again.thread == {**sent.thread, "guild": "77"}
        discord.KIND.send(config, notice(News.RESOLVED), again.thread, over_http)
    assert "**Now:** Resolved by Ana" in first["embeds"][0]["description"]
    assert first["content"] == "🟢 **New issue in shop\\-api**"
    link = f"[First message](https://discord.com/channels/77/55/{first['id']})"
    assert [link in one["embeds"][0]["description"] for one in server.messages] == [False, True, True]
    # What people did makes no sound.
    assert [one.get("flags", 0) for one in server.messages] == [0, 0, discord.SILENT]
    assert [method for method, *_ in server.calls].count("GET") == 1
    assert server.problems == []


def test_a_conversation_in_a_forum_is_a_post() -> None:
    server = DiscordServer(forum=True)
    thread = discord.KIND.send(CONFIG, notice(), {}, server.send).thread
    first = server.messages[0]
    assert first["thread_name"] == "SHOP-12 KeyError: 'order_id'"
    assert thread == {"message": first["id"], "forum": first["channel_id"], **BEGUN}
    discord.KIND.send(CONFIG, notice(News.RESOLVED), thread, server.send)
    assert [one["channel_id"] for one in server.messages] == [first["channel_id"]] * 2
    assert "thread_name" not in server.messages[1]
    assert "Resolved by Ana" in first["embeds"][0]["description"]


@pytest.mark.parametrize("forum", [False, True])
def test_a_conversation_that_was_deleted_begins_again(forum: bool) -> None:
    server = DiscordServer(forum=forum)
    thread = discord.KIND.send(CONFIG, notice(), {}, server.send).thread
    server.messages.clear()
    sent = discord.KIND.send(CONFIG, notice(News.REGRESSED), thread, server.send)
    assert len(server.messages) == 1
    assert sent.thread["message"] == server.messages[0]["id"] != thread["message"]


def test_a_limit_is_told_in_the_body() -> None:
    found = answer(
        429,
        {"message": "You are being rate limited.", "retry_after": 64.57, "global": False},
        retry_after="65",
    )
    with pytest.raises(Failed) as caught:
        discord.KIND.send(CONFIG, notice(), {}, lambda request: found)
    assert (caught.value.final, caught.value.retry_after) == (False, 64.57)


@pytest.mark.parametrize("wait", [1e30, -1, "soon", None, True, [1]])
def test_any_wait_is_bounded(wait: object) -> None:
    with pytest.raises(Failed) as caught:
        discord.KIND.send(CONFIG, notice(), {}, lambda request: answer(429, {"retry_after": wait}))
    assert caught.value.retry_after is None or 0 <= caught.value.retry_after <= 3600


@pytest.mark.parametrize(
    ("found", "final", "said"),
    [
        (answer(404, {"message": "Unknown Webhook", "code": 10015}), True, "The webhook was deleted."),
        (answer(401, {"message": "Invalid Webhook Token", "code": 50027}), True, "The webhook was deleted."),
        (answer(400, {"message": "Invalid Form Body", "code": 50035}), True, "Invalid Form Body"),
        (Response(502, {}, b"<html>"), False, "502"),
        (Response(301), True, "redirect"),
    ],
)
def test_a_refusal_says_why(found: Response, final: bool, said: str) -> None:
    with pytest.raises(Failed) as caught:
        discord.KIND.send(CONFIG, notice(), {}, lambda request: found)
    assert caught.value.final is final
    assert said in caught.value.text
    assert "secret" not in f"{caught.value.text} {caught.value.answer}"


def test_a_webhook_may_post_into_a_thread_of_its_channel() -> None:
    server = DiscordServer(messages=[{"channel_id": "99"}])
    discord.KIND.send({"url": f"{CONFIG['url']}?thread_id=99"}, notice(), {}, server.send)
    assert server.messages[-1]["channel_id"] == "99"


def test_what_is_wrong_with_a_config() -> None:
    assert discord.KIND.check(CONFIG) == {}
    assert set(discord.KIND.check({"url": f"{CONFIG['url']}/slack"})) == {"url"}
