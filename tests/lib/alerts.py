"""Channels and deliveries as rules write them, and a kind of channel that posts to a receiver on loopback."""

from __future__ import annotations

import json
from typing import Any

from accounts.models import Project, User
from issues.alerts.channel import Config, Field, Kind, Send, Sent, Thread
from issues.alerts.channels.answers import judge
from issues.alerts.notice import Notice
from issues.models import AlertAttempt, AlertChannel, AlertDelivery, Issue, News
from rustrak.lib import clock
from rustrak.outbound.client import Request


def _send(config: Config, notice: Notice, thread: Thread, request: Send) -> Sent:
    """One POST with the headline; the conversation is what was sent first."""
    body = {
        "id": str(notice.id),
        "headline": notice.headline,
        "detail": notice.detail,
        "thread": dict(thread),
    }
    response = request(Request("POST", config["url"], {}, json.dumps(body).encode()))
    answer = judge(response)
    return Sent(dict(thread) or {"first": str(notice.id)}, response.status, answer)


POSTING = Kind(
    name="posting",
    label="Posting",
    about="Posts to a receiver.",
    fields=(Field("url", "URL", secret=True),),
    send=_send,
    threads=True,
)


def channel(url: str = "http://127.0.0.1:9/", **fields: Any) -> AlertChannel:
    """A channel of the kind POSTING."""
    values = {"name": "Ops", "kind": POSTING.name, "options": {"url": url}}
    return AlertChannel.objects.create(**values | fields)


def delivery(
    project: Project,
    to: AlertChannel | User,
    issue: Issue | None = None,
    news: News = News.NEW,
    **fields: Any,
) -> AlertDelivery:
    """A message that is due."""
    now = clock.now()
    goes = {"channel": to} if isinstance(to, AlertChannel) else {"user": to}
    values: dict[str, Any] = {
        "project": project, "news": news, "issue": issue and issue.pk, "created_at": now, "next_attempt_at": now,
    }  # fmt: skip
    return AlertDelivery.objects.create(**values | goes | fields)


def state(one: AlertDelivery) -> str:
    """The status of a message as it is now."""
    return AlertDelivery.objects.values_list("status", flat=True).get(pk=one.pk)


def attempts(one: AlertDelivery) -> list[AlertAttempt]:
    """The history of a message, the oldest attempt first."""
    return list(AlertAttempt.objects.filter(delivery=one).order_by("id"))
