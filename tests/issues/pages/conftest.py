"""Creates issues by writing events as the digest does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Project
from issues.models import Event, Grouping, Issue
from issues.payload.read import read
from issues.record import writer
from rustrak.lib import clock, ids

Send = Callable[..., Event]


@pytest.fixture
def send(shop: Project) -> Send:
    """`send(payload, ago=…, project=…, limit=…)` stores an event as the digest would and returns its row."""

    def store(
        payload: dict[str, Any],
        ago: timedelta = timedelta(0),
        project: Project = shop,
        limit: int | None = None,
    ) -> Event:
        at: datetime = clock.now() - ago
        event_id = ids.new_event_id()
        sent = {"timestamp": clock.rfc3339(at), **payload, "event_id": event_id}
        occurrence = read(json.dumps(sent).encode(), event_id=event_id, received_at=at, limit=limit)
        writer.record(project.pk, [occurrence], at)
        return Event.objects.select_related("issue__project").get(project=project, event_id=event_id)

    return store


def url_of(event: Event) -> str:
    """The path of the event's page."""
    return f"/projects/shop/issues/{event.issue_id}/events/{event.pk}/"


def titles(html: str) -> list[str]:
    """The short ids on an issue list page, in order."""
    return re.findall(r'<span class="short">([A-Z]+-\d+)</span>', html)


def many(project: Project, count: int) -> None:
    """Create `count` open issues, each with a grouping, with two statements; each two were last seen at the same time."""
    now = clock.now()
    made = Issue.objects.bulk_create(
        Issue(
            project=project,
            digest_order=number,
            title=f"E{number}: v",
            type=f"E{number}",
            value="v",
            first_seen=now - timedelta(hours=count),
            last_seen=now - timedelta(minutes=number // 2),
            event_count=number // 3,
        )
        for number in range(1, count + 1)
    )
    Grouping.objects.bulk_create(
        Grouping(project=project, issue=each, key=each.title, key_hash=each.pk.hex, mechanism=1)
        for each in made
    )
