from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.payload.cut import parse_budget
from issues.payload.notes import Notes
from rustrak.lib import tolerant_json
from tests.lib.payloads import JSON


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parse_budget, "MOST", 2000)


def test_light_data_is_returned_unchanged() -> None:
    data = b'{"message": "m", "extra": [1, 2, 3]}'
    assert parse_budget.thinned(data, Notes()) is data


def test_the_heaviest_members_are_left_out(light: None) -> None:
    notes = Notes()
    heavy = '"extra" : ' + json.dumps([[]] * 500)
    data = ('{"message": "a [, b", ' + heavy + ' , "level":"info","user" : {"id":[1,{"a":"]}"}]}}').encode()
    assert json.loads(parse_budget.thinned(data, notes)) == {
        "message": "a [, b",
        "level": "info",
        "user": {"id": [1, {"a": "]}"}]},
    }
    assert [tuple(note) for note in notes.all()] == [("extra", "dropped", str(len(heavy)))]


def test_fields_that_name_the_event_are_kept_first(light: None) -> None:
    exception = [{"type": "E", "value": str(number)} for number in range(6)]
    event = {"breadcrumbs": [{}] * 8, "exception": exception, "message": "m"}
    assert parse_budget.weight(json.dumps(event["breadcrumbs"]).encode()) <= parse_budget.MOST
    assert parse_budget.weight(json.dumps(exception).encode()) > parse_budget.weight(
        json.dumps(event["breadcrumbs"]).encode()
    )
    del event["breadcrumbs"]
    notes = Notes()
    thinned = parse_budget.thinned(json.dumps({"breadcrumbs": [{}] * 8, **event}).encode(), notes)
    assert json.loads(thinned) == event
    assert [note.field for note in notes.all()] == ["breadcrumbs"]


@pytest.mark.parametrize(
    "broken", [b"", b"[", b'{"a"', b'{"a":"b', b"{a:1}", b'{"a":[[]]', b'{"a":1} x', b'{"a":1]']
)
def test_broken_json_is_left_to_the_parser(monkeypatch: pytest.MonkeyPatch, broken: bytes) -> None:
    monkeypatch.setattr(parse_budget, "MOST", -1)
    thinned = parse_budget.thinned(broken, Notes())
    with pytest.raises(tolerant_json.NotJson):
        tolerant_json.loads(thinned)


@given(
    st.dictionaries(st.text(st.characters(exclude_categories=("Cs",)), max_size=5), JSON, max_size=5),
    st.booleans(),
)
def test_members_are_found_at_their_positions(value: dict[str, Any], spaced: bool) -> None:
    data = (
        json.dumps(value, indent=1 if spaced else None, allow_nan=False, default=str)
        if _finite(value)
        else "{}"
    )
    found = (
        {
            name: json.loads("{" + data[start:end] + "}")
            for name, start, end in parse_budget.members(data.encode())
            if data.isascii()
        }
        if json.loads(data)
        else {}
    )
    assert found == {name: {name: member} for name, member in json.loads(data).items()}


def _finite(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("levels", [1, 3, 5, 50, 100_000])
def test_depth_costs_no_more_than_length(levels: int) -> None:
    deep = b"[" * levels + b'"]"' + b"]" * levels
    data = b'{"a":' + deep + b',"b":{"c":"}"}}'
    assert [(name, end - start) for name, start, end in parse_budget.members(data)] == [
        ("a", len(deep) + 4),
        ("b", 13),
    ]


@pytest.mark.parametrize(
    "value",
    [
        [[]] * 5000,
        [{}] * 5000,
        [{"a": 1}] * 2000,
        {str(n): n for n in range(5000)},
        ["ab"] * 5000,
        [[1, 2]] * 3000,
    ],
)
def test_the_estimate_is_about_right(value: Any) -> None:
    data = json.dumps(value, separators=(",", ":")).encode()
    tracemalloc.start()
    read = json.loads(data)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert read == value
    assert held * 0.7 < parse_budget.weight(data) < held * 4
