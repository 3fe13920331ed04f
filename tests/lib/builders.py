"""Creates issues and events as the writer stores them, for tests of what reads them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from accounts.models import Project
from issues.models import Event, Grouping, Issue, IssueText, Level
from issues.payload import words
from issues.record import codec
from issues.record.steps import own_counts
from rustrak.lib import ids

START = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def issue(project: Project, number: int = 1, **fields: Any) -> Issue:
    """Create the `number`th issue of `project`, last seen `number` hours after START. `fields` replace columns."""
    values: dict[str, Any] = {
        "digest_order": number,
        "title": f"ValueError: no {number}",
        "type": "ValueError",
        "value": f"no {number}",
        "culprit": "shop.cart.total",
        "level": Level.ERROR,
        "platform": "python",
        "first_seen": START,
        "last_seen": START + timedelta(hours=number),
    }
    made = Issue.objects.create(project=project, **values | state(fields.get("status", "open")) | fields)
    key = f"{made.title} ⋄ <no transaction> {number}"
    Grouping.objects.create(
        project=project, issue=made, key=key, key_hash=hashlib.sha256(key.encode()).hexdigest(), mechanism=1
    )
    return made


def grouping(issue: Issue, **fields: Any) -> Grouping:
    """Another grouping of the issue, as merging leaves it: what is counted of it adds up with that of the others."""
    number = issue.groupings.count()
    key = f"{issue.pk} {number}"
    values = {
        "key": key,
        "key_hash": hashlib.sha256(key.encode()).hexdigest(),
        "mechanism": 1,
        "is_counted": True,
    }
    own_counts.keep_counts([issue.pk])
    return Grouping.objects.create(project=issue.project, issue=issue, **values | fields)


def state(status: str) -> dict[str, str]:
    """The columns of an issue with this status: a resolved one is resolved now."""
    return {"status": status, "resolution": "now" if status == "resolved" else ""}


def searchable(issue: Issue) -> Issue:
    """The issue, which is found by the words of its title, type, value and culprit from now on."""
    IssueText.objects.update_or_create(
        grouping=issue.groupings.earliest("pk"),
        defaults={
            "types": "".join(f"{words.exact(text)}{words.part(text)}\n" for text in [issue.type] if text),
            "other": "".join(
                f"{words.part(text)}\n" for text in (issue.title, issue.value, issue.culprit) if text
            ),
        },
    )
    return issue


def event(issue: Issue, number: int = 1, payload: dict[str, Any] | None = None, **fields: Any) -> Event:
    """Create the `number`th event of `issue`, `number` minutes after START. `fields` replace columns."""
    moment = START + timedelta(minutes=number)
    event_id = fields.pop("event_id", None) or UUID(ids.new_event_id())
    values: dict[str, Any] = {
        "grouping": issue.groupings.earliest("pk"),
        "event_id": event_id,
        "digest_order": number,
        "timestamp": moment,
        "ingested_at": moment + timedelta(seconds=1),
        "level": issue.level,
        "platform": issue.platform,
        "release": "1.0",
        "environment": "production",
        "payload": codec.encode({"event_id": event_id.hex, **(payload or {})}),
    }
    return Event.objects.create(project=issue.project, issue=issue, **values | fields)
