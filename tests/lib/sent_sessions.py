"""Sends sessions to a project as the digest does."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from accounts.models import Project
from issues.record.items import Item
from issues.sessions import session_counts

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


def item(sent: Any, received_at: datetime = NOW, sent_at: datetime | None = None) -> Item:
    """An item with `sent` as JSON; bytes stay as they are."""
    data = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return Item("0" * 32, received_at, sent_at, data)


def update(sid: str = "a", **over: Any) -> Item:
    """One `session` item as an SDK sends it; `over` replaces keys, those of `attrs` too."""
    attributes = {
        "release": over.pop("release", "shop@1"),
        "environment": over.pop("environment", "production"),
    }
    sent = {"sid": sid, "init": False, "started": "2026-03-10T11:00:00Z", "status": "ok", "attrs": attributes}
    return item(sent | over)


def updates(project: Project, *items: Item) -> Counter[tuple[str, str]]:
    """Record one batch of `session` items as the digest does, at NOW."""
    with transaction.atomic():
        return session_counts.record_updates(project.pk, items, NOW)


def aggregates(project: Project, *items: Item) -> Counter[tuple[str, str]]:
    """Record one batch of `sessions` items as the digest does, at NOW."""
    with transaction.atomic():
        return session_counts.record_aggregates(project.pk, items, NOW)
