"""Sends check-ins to the monitors of a project as the digest does."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import Project
from issues.models import CheckIn, MonitorState
from issues.monitors import check_ins
from issues.record.items import Item

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
NIL = "0" * 32
NIGHTLY = {"schedule": {"type": "crontab", "value": "0 3 * * *"}, "checkin_margin": 5, "max_runtime": 10}
EVERY_TEN = {"schedule": {"type": "interval", "value": 10, "unit": "minute"}}


def minutes(number: float) -> datetime:
    """The time `number` minutes after NOW."""
    return NOW + timedelta(minutes=number)


def item(sent: Any, at: datetime = NOW) -> Item:
    """An item with `sent` as JSON; bytes stay as they are."""
    data = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return Item("0" * 32, at, None, data)


def check_in(status: str = "ok", at: datetime = NOW, *, slug: str = "nightly", **over: Any) -> Item:
    """One `check_in` item; `over` adds and replaces keys."""
    return item({"check_in_id": NIL, "monitor_slug": slug, "status": status, **over}, at)


def send(project: Project, *items: Item, now: datetime | None = None) -> Counter[tuple[str, str]]:
    """Record one batch as the digest does, at `now` or else when its last item was received."""
    with transaction.atomic():
        return check_ins.record(project.pk, items, now or max(item.received_at for item in items))


def state() -> MonitorState:
    """The state of the only monitor."""
    return MonitorState.objects.select_related("monitor").get()


def statuses() -> list[str]:
    """The statuses of all runs, oldest first."""
    return list(CheckIn.objects.order_by("started_at", "id").values_list("status", flat=True))
