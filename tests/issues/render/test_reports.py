"""What pages show of events that no SDK made: browser reports and minidumps."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.edge.decode import security_reports
from ingest.edge.native import crash_event, minidump
from issues.payload.read import read
from issues.render.event import EventView, event_view
from issues.render.markdown import markdown
from issues.render.notes import remarks
from tests.lib.minidumps import Dump

REPORT = {
    "document-uri": "https://shop.example/cart", "referrer": "", "violated-directive": "script-src-elem",
    "effective-directive": "script-src-elem", "original-policy": "default-src 'none'", "disposition": "report",
    "blocked-uri": "inline", "line-number": 1, "column-number": 68, "source-file": "https://shop.example/cart",
    "status-code": 200, "script-sample": "",
}  # fmt: skip
MODERN = {
    "type": "csp-violation",
    "url": "https://shop.example/cart",
    "body": {
        "documentURL": "https://shop.example/cart", "effectiveDirective": "script-src-elem", "blockedURL": "inline",
        "originalPolicy": "default-src 'none'", "disposition": "report", "statusCode": 200, "sample": "",
    },
}  # fmt: skip


def view_of(event: dict[str, Any] | bytes) -> EventView:
    data = event if isinstance(event, bytes) else json.dumps(event).encode()
    stored = read(data, event_id="a" * 32, received_at=datetime(2026, 11, 23, tzinfo=UTC))
    assert not remarks([list(note) for note in stored.notes], stored.payload)
    return event_view(stored.payload, platform=stored.platform, notes=[list(note) for note in stored.notes])


@pytest.mark.parametrize("body", [{"csp-report": REPORT}, [MODERN], REPORT])
def test_a_browsers_report_is_shown_once(body: Any) -> None:
    (report,) = security_reports.reports(json.dumps(body).encode())
    assert isinstance(report, dict)
    view = view_of(security_reports.event(report, release="", environment="", user_agent="Firefox"))
    anchors = [anchor for anchor, _ in view.sections]
    assert anchors == ["csp", "request", "tags", "grouping", "raw"]
    assert view.csp
    rows = [row.name for row in view.csp.fields]
    assert rows[0] == "Effective directive"
    assert rows[1] in ("Blocked URI", "Blocked URL")
    assert len(rows) == len(set(rows))
    assert "Violated directive" not in rows  # it says the same as the effective one
    assert "- Original policy: `default-src 'none'`" in markdown(view, title="Blocked", link="")


def test_a_stored_report_that_holds_its_table_twice_is_shown_once() -> None:
    view = event_view({"message": "Blocked 'image'", "csp": REPORT, "extra": REPORT})
    assert view.csp
    assert view.extra is None
    other = event_view({"csp": REPORT, "extra": {**REPORT, "mine": 1}})
    assert other.extra


def test_names_with_underscores_and_odd_ones() -> None:
    view = event_view(
        {"csp": {"effective_directive": "img-src", "violated_directive": "img-src 'self'", "odd": [1]}}
    )
    assert view.csp
    assert [row.name for row in view.csp.fields] == ["Effective directive", "Violated directive", "odd"]
    for odd in ("text", [1], {"a" * 500: 1}, {"effective-directive": None}, {"blocked-uri": {"a": 1}}):
        assert event_view({"csp": odd})


def test_a_message_is_not_repeated_below_its_title() -> None:
    for said in (
        {"message": "m"},
        {"logentry": {"message": "m"}},
        {"logentry": {"formatted": "m", "message": "m"}},
    ):
        view = event_view(said)
        assert view.is_titled_by_message
        assert "message" not in dict(view.sections)
    for said in (
        {"message": "m\nmore"}, {"message": "m" * 2_000}, {"logentry": {"message": "%s", "params": ["m"]}},
        {"message": "m", "_meta": {"message": {"": {"len": 9}}}}, {"message": "m", "exception": [{"type": "E"}]},
    ):  # fmt: skip
        view = event_view(said)
        assert not view.is_titled_by_message
        assert "message" in dict(view.sections)


def test_a_minidump_is_shown_once_and_without_notes() -> None:
    dump = Dump(instruction=0x7F00_0000_1234, threads={3: "worker", 7: "main"})
    dump.modules = [("/opt/game/game", 0x7F00_0000_0000, 0x5000, dump.build_id(b"\1" * 20))]
    data = bytes(dump)
    read_dump = minidump.read(lambda at, length: data[at : at + length], len(data))
    view = view_of({**crash_event.event({}, read_dump), "timestamp": "2026-11-22T12:00:00Z"})
    assert [anchor for anchor, _ in view.sections] == [
        "stack-trace", "threads", "contexts", "debug-images", "grouping", "raw",
    ]  # fmt: skip
    assert view.exceptions.main
    (frame,) = view.exceptions.main.stack.frames
    assert (frame.function, frame.raised) == ("game+0x1234", True)
    assert view.stack_of == ""


def test_a_monitors_failure_says_nothing_twice() -> None:
    view = view_of(
        {
            "platform": "other", "logger": "rustrak.monitors", "message": "nightly missed", "fingerprint": ["m"],
            "tags": {"monitor.slug": "nightly"}, "contexts": {"monitor": {"type": "monitor", "slug": "nightly"}},
            "timestamp": "2026-11-22T12:00:00Z",
        }
    )  # fmt: skip
    assert [anchor for anchor, _ in view.sections] == ["tags", "contexts", "grouping", "raw"]
