from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given

from issues.render.event import event_view
from issues.render.marks import REMOVED, marked
from issues.render.tables import show
from tests.lib.payloads import JSON, OBJECTS, as_stored, recorded

CONFIG: dict[str, Any] = {"": {"rem": [["!config", "s"]]}}
SAID = "Removed by the SDK."


def marks_in(table: Any) -> dict[str, str]:
    return {row.name: row.value.mark for row in table.fields if row.value.mark}


def test_values_that_the_sdk_replaced_are_marked() -> None:
    payload = {
        "request": {"url": "http://x/", "headers": [["Cookie", "[Filtered]"], ["Host", "x"]], "env": {"REMOTE": None}},
        "extra": {"password": "[Filtered]", "list": ["a"], "number": 5, "nested": {"secret": "[Filtered]"}},
        "user": {"username": "ana"},
        "exception": {
            "values": [{"type": "E", "value": "v", "stacktrace": {"frames": [{"function": "f", "vars": {"pw": "[Filtered]"}}]}}]
        },
        "_meta": {
            "request": {"headers": {"0": {"1": CONFIG}}, "env": {"REMOTE": CONFIG}},
            "extra": {"password": CONFIG, "list": {"": {"len": 900}}, "number": CONFIG, "nested": {"secret": CONFIG}},
            "user": {"email": {"": {"rem": [["@email", "x"]]}}},
            "exception": {"values": {"0": {"value": {"": {"len": 5000}}, "stacktrace": {"frames": {"0": {"vars": {"pw": CONFIG}}}}}}},
        },
    }  # fmt: skip
    view = event_view(payload, platform="python")
    assert view.request is not None
    headers, environment = (
        table for table in view.request.tables if table.title in ("Headers", "Environment")
    )
    assert marks_in(headers) == {"Cookie": SAID}
    assert marks_in(environment) == {"REMOTE": SAID}
    assert marks_in(view.extra) == {"password": SAID, "list": "Cut by the SDK. Its original length was 900."}
    assert view.extra is not None
    nested = next(row.value.text for row in view.extra.fields if row.name == "nested")
    assert nested == '{"secret": "[Filtered]" ⟨' + SAID + "⟩}"
    assert view.user is not None
    assert [(row.name, row.value.text, row.value.mark) for row in view.user.fields][1:] == [
        ("E-mail", REMOVED, "Removed by the SDK (rule @email).")
    ]
    assert REMOVED not in {chip.value for chip in view.chips}
    main = view.exceptions.main
    assert main is not None
    assert main.value is not None
    assert main.value.mark == "Cut by the SDK. Its original length was 5,000."
    assert main.stack.frames[0].variables.fields[0].value.mark == SAID
    assert SAID not in view.raw.text


def test_a_cut_message_says_so() -> None:
    meta = {"logentry": {"formatted": {"": {"len": 20_000}}}}
    view = event_view({"logentry": {"formatted": "long…"}, "_meta": meta})
    assert view.message is not None
    assert view.message.text.mark == "Cut by the SDK. Its original length was 20,000."


def test_values_that_the_digest_cut_are_marked() -> None:
    payload = {"extra": {"a.b": "x", "list": [1], "back\\slash": "y"}}
    notes = [
        ["extra.a\\.b", "cut", "9000 1"],
        ["extra.list", "entries_cut", "70 1"],
        ["extra.back\\\\slash", "cut", "5 1"],
        ["extra.list.9", "cut", "2 1"],
        ["extra.gone.deeper", "cut", "2 1"],
        ["level", "unknown_level", "loud"],
    ]
    assert marks_in(event_view(payload, notes=notes).extra) == {
        "a.b": "Cut from 9,000 to 1 characters.",
        "list": "Of 70 entries, 1 were kept.",
        "back\\slash": "Cut from 5 to 1 characters.",
    }


@pytest.mark.parametrize(
    "meta", [None, [], "x", {"extra": "x"}, {"extra": {"": 5, "a": {"": []}}}, {"": {"": {}}}]
)
def test_malformed_marks_are_ignored(meta: Any) -> None:
    payload = {"extra": {"a": "b"}, "_meta": meta}
    assert marked(payload, None) == payload
    assert not marks_in(event_view(payload).extra)


@given(OBJECTS, JSON, JSON)
def test_marking_never_raises_and_leaves_the_payload_as_it_was(
    payload: dict[str, Any], meta: Any, notes: Any
) -> None:
    payload = as_stored({**payload, "_meta": meta})
    before = copy.deepcopy(payload)
    notes = as_stored({"notes": notes})["notes"]
    rows = [[notes, "cut", "2 1"], ["extra.0.a", "cut", "2 1"], notes]
    event_view(payload, notes=rows)
    assert repr(payload) == repr(before)


def test_an_event_of_a_real_sdk() -> None:
    """What sentry-python removes from a Django request by itself."""
    view = event_view(recorded("python-django"))
    assert view.request is not None
    assert SAID in {mark for table in view.request.tables for mark in marks_in(table).values()}


def test_a_mark_is_escaped_text() -> None:
    payload = {"extra": {"a": {"b": "c"}}, "_meta": {"extra": {"a": {"b": {"": {"rem": [["<b>", "s"]]}}}}}}
    view = event_view(payload)
    assert view.extra is not None
    assert "<b>" not in view.extra.fields[0].value.html
    assert show("plain").mark == ""


def test_breadcrumbs_move_with_a_corrected_time() -> None:
    sent = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    payload = {
        "timestamp": "2026-01-01T12:00:00Z",
        "breadcrumbs": [{"timestamp": "2026-01-01T11:59:58Z", "message": "m"}],
    }
    corrected = sent + timedelta(hours=5)
    view = event_view(payload, timestamp=corrected)
    (crumb,) = view.breadcrumbs.crumbs
    assert (view.timestamp, crumb.at, crumb.time) == (
        corrected,
        corrected - timedelta(seconds=2),
        "16:59:58.000",
    )
    assert crumb.delta == event_view(payload, timestamp=sent).breadcrumbs.crumbs[0].delta == "−2 s"
    for at in (None, sent, sent + timedelta(milliseconds=1)):
        assert event_view(payload, timestamp=at).breadcrumbs.crumbs[0].time == "11:59:58.000"
    far = {**payload, "breadcrumbs": [{"timestamp": "9999-12-31T23:59:59Z", "message": "m"}]}
    assert event_view(far, timestamp=corrected).breadcrumbs.crumbs[0].at is not None
