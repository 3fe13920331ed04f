from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given

from issues.payload import tags
from issues.payload.json_types import inspect, inspect_tags
from issues.payload.notes import Notes
from tests.lib import events
from tests.lib.payloads import NAMES, OBJECTS, recorded


def noted(event: dict[str, Any]) -> list[tuple[str, str, str]]:
    notes = Notes()
    inspect(event, notes)
    return [tuple(note) for note in notes.all()]


@pytest.mark.parametrize("name", NAMES)
def test_events_of_real_sdks_have_no_notes(name: str) -> None:
    event = recorded(name)
    notes = Notes()
    inspect(event, notes)
    found = tags.read(event)
    inspect_tags(event, found, notes)
    assert notes.all() == ()


def test_events_of_the_benchmark_have_no_notes() -> None:
    for event in (events.python_event(1, variables=True), events.javascript_event(), events.message_event()):
        assert noted(event) == []


STACK = "exception.values.0.stacktrace"


@pytest.mark.parametrize(
    ("event", "field", "detail"),
    [
        ({"exception": "TypeError"}, "exception", "TypeError"),
        ({"exception": {"values": "x"}}, "exception.values", "x"),
        ({"exception": {"values": [{}, 5]}}, "exception.values.1", "5"),
        ({"exception": [[]]}, "exception.0", "an array of 0"),
        ({"exception": {"values": [{"type": ["E"]}]}}, "exception.values.0.type", "an array of 1"),
        ({"exception": {"values": [{"mechanism": "generic"}]}}, "exception.values.0.mechanism", "generic"),
        ({"exception": {"values": [{"stacktrace": 7}]}}, STACK, "7"),
        ({"exception": {"values": [{"stacktrace": {"frames": {"a": 1}}}]}}, f"{STACK}.frames", "an object of 1"),
        ({"exception": {"values": [{"stacktrace": {"frames": [None, "f"]}}]}}, f"{STACK}.frames.1", "f"),
        ({"exception": {"values": [{"stacktrace": {"frames": [{"lineno": "12"}]}}]}}, f"{STACK}.frames.0.lineno", "12"),
        ({"exception": {"values": [{"stacktrace": {"frames": [{"in_app": "yes"}]}}]}}, f"{STACK}.frames.0.in_app", "yes"),
        ({"exception": {"values": [{"stacktrace": {"frames": [{"vars": "a=1"}]}}]}}, f"{STACK}.frames.0.vars", "a=1"),
        ({"exception": {"values": [{"stacktrace": {"frames": [{"function": 5}]}}]}}, f"{STACK}.frames.0.function", "5"),
        ({"stacktrace": {"frames": [{"filename": True}]}}, "stacktrace.frames.0.filename", "true"),
        ({"stacktrace": [{"function": "f"}, 5]}, "stacktrace.1", "5"),
        ({"threads": {"values": [{"stacktrace": {"frames": [5]}}]}}, "threads.values.0.stacktrace.frames.0", "5"),
        ({"breadcrumbs": {"values": ["clicked"]}}, "breadcrumbs.values.0", "clicked"),
        ({"breadcrumbs": [{"data": "x"}]}, "breadcrumbs.0.data", "x"),
        ({"breadcrumbs": 3}, "breadcrumbs", "3"),
        ({"contexts": {"os": "Linux"}}, "contexts.os", "Linux"),
        ({"contexts": {"a.b": 1}}, "contexts.a\\.b", "1"),
        ({"contexts": []}, "contexts", "an array of 0"),
        ({"request": {"headers": "Host: x"}}, "request.headers", "Host: x"),
        ({"request": "GET /"}, "request", "GET /"),
        ({"user": "ana"}, "user", "ana"),
        ({"extra": [1]}, "extra", "an array of 1"),
        ({"fingerprint": "mine"}, "fingerprint", "mine"),
        ({"platform": 3}, "platform", "3"),
        ({"sdk": "python"}, "sdk", "python"),
        ({"transaction": {"a": 1}}, "transaction", "an object of 1"),
        ({"message": ["m"]}, "message", "an array of 1"),
        ({"extra": "x" * 100}, "extra", "x" * 60 + "…"),
    ],
)  # fmt: skip
def test_values_of_a_wrong_type_are_noted(event: dict[str, Any], field: str, detail: str) -> None:
    assert noted(event) == [(field, "wrong_type", detail)]


@pytest.mark.parametrize(
    "event",
    [
        {"release": 1.5, "environment": 7, "dist": 3},
        {"exception": None, "user": None, "contexts": {"a": None}, "breadcrumbs": {"values": None}},
        {"exception": {"type": "E", "value": {"any": ["thing"]}}},
        {"exception": {"values": {"type": "E"}}},
        {"stacktrace": {"frames": [{"lineno": 5.0, "vars": ["a"]}]}},
        {"stacktrace": [{"function": "f"}], "exception": {"type": "E", "stacktrace": [{"function": "f"}]}},
        {
            "tags": [["a", "b"]],
            "request": {"headers": [["a", "b"]]},
            "message": {"message": "m"},
            "logentry": "m",
        },
    ],
)
def test_other_allowed_forms_of_a_field_are_not_noted(event: dict[str, Any]) -> None:
    assert noted(event) == []


@pytest.mark.parametrize(
    ("said", "fits"),
    [
        ({"message": "%s of %s", "params": ["a"]}, False),
        ({"message": "{} {}", "params": ["a"]}, False),
        ({"message": "%(a)s", "params": {"b": 1}}, False),
        ({"message": "%s", "params": ["a"]}, True),
        ({"message": "plain", "params": ["a"]}, True),
        ({"message": "100%% sure", "params": ["a"]}, True),
        ({"message": "%s %s", "params": ["a"], "formatted": "a b"}, True),
        ({"message": "%s"}, True),
    ],
)
def test_parameters_that_do_not_fit_are_noted(said: dict[str, Any], fits: bool) -> None:
    expected = [] if fits else [("logentry.params", "params")]
    assert [note[:2] for note in noted({"logentry": said})] == expected


@pytest.mark.parametrize(
    ("sent", "notes"),
    [
        ({"a": "b", "n": 1, "t": True}, []),
        ([["a", "b"]], []),
        ({"a": None}, [("tags.a", "no_tag", "null")]),
        ({"a": [1, 2]}, [("tags.a", "no_tag", "an array of 2")]),
        ({"a": ""}, [("tags.a", "no_tag", "")]),
        ({"a": "x\ny"}, [("tags.a", "no_tag", "x\ny")]),
        ({"a b/ü": "c"}, []),
        ({"k" * 210: "c"}, [(f"tags.{'k' * 210}", "tag_renamed", "k" * 159 + "…")]),
        ({" ": "c"}, [("tags. ", "tag_renamed", "U+0020")]),
        ({"": "c"}, [("tags.", "unnamed_tag", "c")]),
        ([["a", "1"], ["a", "2"], ["a", "2"]], [("tags.a", "tag_repeated", "1")]),
        ({f"t{n}": "v" for n in range(51)}, [("tags", "tags_not_counted", "51 50")]),
        ({"a": "v" * 300}, [("tags.a", "cut", "300 200")]),
        (
            [["a", "b"], "odd", [1], None],
            [("tags.1", "wrong_type", "odd"), ("tags.2", "wrong_type", "an array of 1")],
        ),
        ([["a", None]], [("tags.a", "no_tag", "null")]),
    ],
)
def test_tags_that_were_changed_or_left_out_are_noted(sent: Any, notes: list[tuple[str, str, str]]) -> None:
    event = {"tags": sent}
    taken = Notes()
    inspect_tags(event, tags.read(event), taken)
    assert [tuple(note) for note in taken.all()] == notes


@given(OBJECTS)
def test_inspecting_changes_nothing_and_never_raises(event: dict[str, Any]) -> None:
    before = copy.deepcopy(event)
    notes = Notes()
    inspect(event, notes)
    inspect_tags(event, tags.read(event), notes)
    assert repr(event) == repr(before)
    for note in notes.all():
        assert len(note.field) <= 240
        assert len(note.detail) <= 160
