from __future__ import annotations

import pytest

from issues.alerts.channel import Failed
from issues.alerts.channels import teams
from issues.models import News
from rustrak.outbound.client import Response
from tests.lib.chat_servers import TeamsServer, flaws, on_loopback, over_http
from tests.lib.notices import ISSUE, notice

CONFIG = {"url": "https://flows.test/workflows/1?sig=secret"}


def test_cards_are_valid() -> None:
    for news in News:
        for payload in (teams.message(notice(news)), teams.message(notice(news), reply_to="17")):
            assert flaws("teams", payload) == []


def test_a_card_says_what_it_is_about() -> None:
    card = teams.card(notice())
    assert card["actions"] == [{"type": "Action.OpenUrl", "title": "Open SHOP-12", "url": ISSUE.url}]
    for part in (
        "New issue in shop-api",
        "KeyError: 'order_id'",
        "order = request.POST",
        "production",
        "1.4.2",
    ):
        assert part in str(card["body"])


def test_the_usual_workflow_posts_each_card_for_itself() -> None:
    server = TeamsServer()
    with on_loopback(server) as address:
        config = {"url": f"{address}/workflows/1?sig=secret"}
        sent = teams.KIND.send(config, notice(), {}, over_http)
        assert (sent.status, sent.thread) == (202, {"sent": True})
        teams.KIND.send(config, notice(News.RESOLVED), sent.thread, over_http)
    assert ["replyToId" in one for one in server.messages] == [False, False]
    assert {one["conversation"] for one in server.messages} == {str(ISSUE.id)}
    assert "KeyError" in str(server.messages[1])
    assert server.problems == []


@pytest.mark.parametrize("name", ["messageId", "id"])
def test_a_workflow_that_says_which_message_it_posted_gets_replies(name: str) -> None:
    server = TeamsServer(tells={name: "1764147900123"})
    thread = teams.KIND.send(CONFIG, notice(), {}, server.send).thread
    assert thread == {"sent": True, "message": "1764147900123"}
    server.tells = {name: "2"}
    assert teams.KIND.send(CONFIG, notice(News.RESOLVED), thread, server.send).thread == thread
    assert [one.get("replyToId") for one in server.messages] == [None, "1764147900123"]
    assert server.problems == []


@pytest.mark.parametrize(
    ("found", "final"),
    [
        (Response(404, {}, b'{"error":{"code":"WorkflowNotFound"}}'), True),
        (Response(401, {}, b"sig"), True),
        (Response(413), True),
        (Response(429, {"retry-after": "3"}), False),
        (Response(502), False),
        (Response(200, {}, b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 ..."), False),
        (Response(200, {}, b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413 ..."), True),
    ],
)  # fmt: skip
def test_a_refusal(found: Response, final: bool) -> None:
    with pytest.raises(Failed) as caught:
        teams.KIND.send(CONFIG, notice(), {}, lambda request: found)
    assert caught.value.final is final


def test_the_old_connector_is_refused_when_it_is_entered() -> None:
    assert teams.KIND.check(CONFIG) == {}
    for url in ("https://contoso.webhook.office.com/webhookb2/x", "https://outlook.office.com/webhook/x"):
        assert "switched off" in teams.KIND.check({"url": url})["url"]
