"""Any event that can be read can be stored in both databases, and is the same when it is read back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Project
from issues.models import Event, Issue
from issues.payload.read import read
from issues.record import references, writer
from issues.record.tables import beginning
from rustrak.lib import ids
from tests.lib.examples import at_most
from tests.lib.payloads import JSON, values

NOW = datetime(2026, 11, 23, 19, 0, 0, tzinfo=UTC)
FIELDS = [
    "event_id", "timestamp", "level", "platform", "release", "dist", "environment", "transaction", "exception",
    "message", "logentry", "tags", "user", "fingerprint", "request", "sdk", "threads", "stacktrace", "culprit",
    "breadcrumbs", "contexts", "extra", "modules", "logger", "server_name", "_meta", "debug_meta", "type",
    "sentry.interfaces.Exception", "sentry.interfaces.Message", "sentry.interfaces.User", "sentry.interfaces.Http",
]  # fmt: skip
EVENTS = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=4), JSON | values, max_size=8)


@pytest.mark.django_db
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(EVENTS, min_size=1, max_size=12), st.sampled_from([None, 700]))
def test_both_databases_take_any_event(shop: Project, sent: list[dict[str, Any]], limit: int | None) -> None:
    read_ = [
        read(
            json.dumps(event).encode(),
            event_id=ids.new_event_id(),
            received_at=NOW,
            remote_addr="192.0.2.1",
            limit=limit,
        )
        for event in sent
    ]
    changes = writer.record(shop.pk, read_, NOW)
    assert len(changes) == len(read_)
    stored = {
        row.event_id.hex: row
        for row in Event.objects.select_related("issue", "grouping").filter(project=shop)
    }
    for occurrence in read_:
        row = stored[occurrence.event_id]
        assert row.grouping.key == beginning(occurrence.key)[0]
        assert (row.own_title or row.issue.title) == occurrence.title
        assert (row.level, row.platform, row.release, row.environment, row.timestamp) == (
            occurrence.level, occurrence.platform, occurrence.release, occurrence.environment, occurrence.timestamp,
        )  # fmt: skip
        assert references.read_one(row.payload) == occurrence.payload
        assert row.notes == ([list(note) for note in occurrence.notes] or None)
    assert Issue.objects.filter(project=shop).count() == len({row.issue_id for row in stored.values()})


@settings(max_examples=at_most(200))
@given(EVENTS, st.sampled_from([None, 700]))
def test_a_kept_payload_is_not_changed_again(event: dict[str, Any], limit: int | None) -> None:
    def again(data: bytes) -> Any:
        return read(data, event_id="a" * 32, received_at=NOW, remote_addr="192.0.2.1", limit=limit)

    first = again(json.dumps(event).encode())
    second = again(first.data)
    assert second.data == first.data
    assert not second.salvaged
    if not first.salvaged:
        for name in (
            "key",
            "title",
            "type",
            "value",
            "culprit",
            "level",
            "tags",
            "person",
            "timestamp",
            "release",
        ):
            assert getattr(second, name) == getattr(first, name)
        assert set(second.notes) <= set(first.notes)
