"""Builds occurrences, which are events as the digest hands them to the writer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from issues.payload import read as payload
from issues.payload.read import Occurrence
from issues.record.writer import Change
from tests.lib import events

NOW = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)


def occurrence(event: dict[str, Any], **over: Any) -> Occurrence:
    """The event as the digest read it at NOW. `over` replaces arguments of `payload.read`."""
    event.setdefault("event_id", uuid4().hex)
    options = {"event_id": event["event_id"], "received_at": NOW} | over
    return payload.read(events.dumps(event), **options)


def thrown(kind: str = "E", **over: Any) -> Occurrence:
    """An exception of type `kind`. `over` adds and replaces keys of the event; `received_at` is when it arrived."""
    received = over.pop("received_at", NOW)
    over.setdefault("timestamp", received.timestamp())
    return occurrence({"exception": [{"type": kind, "value": "v"}], **over}, received_at=received)


def kinds(changes: Sequence[Change]) -> list[str]:
    """What happened, in the order of the changes."""
    return [change.kind for change in changes]
