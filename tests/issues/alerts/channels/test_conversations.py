from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Project, User
from issues import lifecycle
from issues.alerts import stored_channels
from issues.alerts.delivery import run
from issues.models import AlertDelivery, AlertThread, Issue, News
from rustrak.lib import clock
from rustrak.outbound import allow_list
from tests.lib import builders
from tests.lib.alert_rules import happens, of, rule
from tests.lib.chat_servers import (
    ChatServer,
    DiscordServer,
    GoogleChatServer,
    MattermostServer,
    NtfyServer,
    PagerDutyServer,
    SlackServer,
    TeamsServer,
    TelegramServer,
    on_loopback,
)

pytestmark = pytest.mark.django_db

FRAME = {
    "function": "pay", "filename": "checkout/views.py", "lineno": 43, "in_app": True, "context_line": "    total = order['order_id']",
    "pre_context": ["def pay(request):"], "post_context": ["    return total"],
}  # fmt: skip
PAYLOAD = {"exception": {"values": [{"type": "KeyError", "value": "x", "stacktrace": {"frames": [FRAME]}}]}}


def values(kind: str, address: str) -> dict[str, str]:
    """What somebody enters for a channel of this kind, whose server is at `address`."""
    return {
        "slack_bot": {"token": "xoxb-good", "channel": "#alerts", "api_url": f"{address}/api"},
        "slack": {"url": f"{address}/services/T/B/secret"},
        "discord": {"url": f"{address}/api/webhooks/1/secret"},
        "teams": {"url": f"{address}/workflows/1"},
        "mattermost_bot": {"server": address, "token": "good", "channel": "c" * 26},
        "mattermost": {"url": f"{address}/hooks/secret"},
        "google_chat": {"url": f"{address}/v1/spaces/S/messages?key=k&token=t"},
        "telegram": {"token": "1:good", "chat": "-100", "api_url": address},
        "ntfy": {"server": address, "topic": "shop", "token": "tk_good"},
        "pagerduty": {"routing_key": "k" * 32, "api_url": address},
    }[kind]


SERVERS: dict[str, type[ChatServer]] = {
    "slack_bot": SlackServer, "slack": SlackServer, "discord": DiscordServer, "teams": TeamsServer, "mattermost_bot": MattermostServer,
    "mattermost": MattermostServer, "google_chat": GoogleChatServer, "telegram": TelegramServer, "ntfy": NtfyServer,
    "pagerduty": PagerDutyServer,
}  # fmt: skip


@pytest.fixture
def servers(settings: Any, tmp_path: Path, shop: Project, ana: User) -> Iterator[dict[str, ChatServer]]:
    """A channel of every kind, to which one rule sends."""
    settings.RUN_DIR = tmp_path / "run"
    settings.OUTBOUND_ALLOW = allow_list.parse("127.0.0.0/8")
    found = {kind: server() for kind, server in SERVERS.items()}
    with ExitStack() as stack:
        made = [
            stored_channels.create(
                kind=kind,
                name=kind,
                values=values(kind, stack.enter_context(on_loopback(server))),
                project=shop,
                by=ana,
            )
            for kind, server in found.items()
        ]
        rule(shop, News.NEW, News.REGRESSED, channels=tuple(one.pk for one in made), cooldown_minutes=0)
        yield found


def test_what_every_chat_has_of_an_issue(servers: dict[str, ChatServer], shop: Project, ana: User) -> None:
    issue = builders.issue(shop, title="KeyError: <!channel> @everyone", status=Issue.Status.OPEN)
    event = builders.event(issue, payload=PAYLOAD)
    happens(shop, clock.now(), of(News.NEW, issue, event))
    assert run.run(drain=True) == len(servers)
    happens(shop, clock.now(), of(News.REGRESSED, issue, event))
    assert run.run(drain=True) == len(servers)
    lifecycle.resolve(Issue.objects.filter(pk=issue.pk), ana)
    assert run.run(drain=True) == len(servers)

    assert {kind: server.problems for kind, server in servers.items()} == dict.fromkeys(servers, [])
    assert {kind: len(server.messages) for kind, server in servers.items()} == dict.fromkeys(servers, 3)
    assert set(AlertDelivery.objects.values_list("status", flat=True)) == {"sent"}
    assert AlertThread.objects.filter(issue=issue.pk).count() == len(servers)
    for kind, server in servers.items():
        texts = [str(one) for one in server.messages]
        if kind != "pagerduty":
            assert "KeyError: " in texts[0]
            assert "ana" in texts[2], kind
        if kind not in ("ntfy", "pagerduty"):
            assert "total = order[" in texts[0], kind
        assert "<!channel>" not in texts[0].replace("'Title': 'KeyError: <!channel> @everyone'", "")

    first = servers["slack_bot"].messages[0]
    assert [one.get("thread_ts") for one in servers["slack_bot"].messages] == [None, first["ts"], first["ts"]]
    assert "*Now:* Resolved by" in str(first)
    first = servers["telegram"].messages[0]
    assert [one.get("reply_parameters") for one in servers["telegram"].messages[1:]] == [
        {"message_id": first["message_id"]}
    ] * 2
    assert "Now: <b>Resolved by" in first["text"]
    first = servers["mattermost_bot"].messages[0]
    assert {one.get("root_id") for one in servers["mattermost_bot"].messages[1:]} == {first["id"]}
    assert "**Now:** Resolved by" in str(servers["discord"].messages[0])
    assert {one["key"] for one in servers["google_chat"].messages} == {str(issue.pk)}
    pager = servers["pagerduty"]
    assert isinstance(pager, PagerDutyServer)
    assert pager.alerts == {f"rustrak/issue/{issue.pk}": "resolve"}


def test_every_channel_can_be_tested(
    servers: dict[str, ChatServer], shop: Project, bo: User, ana: User
) -> None:
    for tester, channel in zip([ana, bo] * len(servers), shop.alert_channels.all(), strict=False):
        result = stored_channels.test(channel, tester)
        assert result.success, (channel.kind, result.message)
    for kind, server in servers.items():
        assert server.problems == [], kind
        assert "Test message" in str(server.messages[0])
