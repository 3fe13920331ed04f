from __future__ import annotations

from datetime import UTC, datetime

from ingest import sample_event
from issues.payload import read
from rustrak.lib import tolerant_json

NOW = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)


def test_the_sample_event_has_no_notes() -> None:
    event = sample_event.event(NOW)
    data = tolerant_json.dumps(event)
    occurrence = read.read(data, event_id=event["event_id"], received_at=NOW)
    assert occurrence.notes == ()
    assert occurrence.timestamp == NOW
    assert occurrence.title == "PaymentFailed: order 4711 could not be charged"
    assert occurrence.payload == event
    frames = [frame for error in event["exception"]["values"] for frame in error["stacktrace"]["frames"]]
    assert {frame["in_app"] for frame in frames} == {True, False}
    assert all(frame["context_line"] and frame["vars"] for frame in frames)


def test_each_sample_event_has_its_own_id() -> None:
    assert sample_event.event(NOW)["event_id"] != sample_event.event(NOW)["event_id"]
