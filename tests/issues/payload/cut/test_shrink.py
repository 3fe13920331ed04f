from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.payload.cut.shrink import shrunk, size, text
from issues.payload.notes import Notes, What
from rustrak.lib import tolerant_json
from tests.lib.payloads import JSON

STORABLE = JSON.map(lambda value: tolerant_json.loads(json.dumps(value).encode())[0])


@given(STORABLE, st.integers(4, 300))
def test_a_shrunk_value_fits_and_every_cut_is_noted(value: Any, room: int) -> None:
    before = copy.deepcopy(value)
    notes = Notes()
    kept = shrunk(value, room, notes, "extra")
    assert value == before
    assert size(kept) <= room
    assert (kept == value) == (notes.all() == ())
    assert all(note.field.startswith("extra") for note in notes.all())


@given(st.lists(STORABLE, max_size=60), st.integers(4, 2000))
def test_a_list_fits_from_either_end(value: list[Any], room: int) -> None:
    assert size(shrunk(value, room, Notes(), newest=True)) <= room


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=300), st.integers(2, 200))
def test_a_text_keeps_its_beginning(value: str, room: int) -> None:
    kept = text(value, room)
    assert value.startswith(kept)
    assert size(kept) <= room
    # Escapes differ in length, so the cut is not exact: a quarter of the room may stay free.
    assert kept == value or size(kept) > room * 3 // 4 - 14 or any(character < " " for character in value)


def said(value: Any, room: int, **how: Any) -> tuple[Any, list[tuple[str, str, str]]]:
    notes = Notes()
    return shrunk(value, room, notes, "x", **how), [tuple(note) for note in notes.all()]


@pytest.mark.parametrize(
    ("value", "room", "kept", "notes"),
    [
        ("abc", 5, "abc", []),
        ("a" * 100, 12, "a" * 10, [("x", "cut", "100 10")]),
        ("ä" * 100, 12, "ä" * 5, [("x", "cut", "100 5")]),
        (10**50, 20, None, [("x", "dropped", "51")]),
        ([1, 2], 4, None, [("x", "dropped", "5")]),
        ([11, 12, 13], 8, [11, 12], [("x", "entries_cut", "3 2")]),
        ({"a": 11, "b": 12}, 10, {"a": 11}, [("x", "entries_cut", "2 1")]),
    ],
)  # fmt: skip
def test_what_is_cut(value: Any, room: int, kept: Any, notes: list[tuple[str, str, str]]) -> None:
    assert said(value, room) == (kept, notes)


def test_large_members_share_what_small_ones_leave() -> None:
    value = {"small": "s" * 20, "large": "l" * 5000, "larger": "g" * 9000, "number": 7}
    kept, notes = said(value, 4000)
    assert (kept["small"], kept["number"]) == ("s" * 20, 7)
    assert abs(len(kept["large"]) - len(kept["larger"])) < 20
    assert len(kept["large"]) > 1900
    assert [note[0] for note in notes] == ["x.large", "x.larger"]


def test_entries_are_kept_whole_from_the_wanted_end() -> None:
    crumbs = [{"message": f"step {number}", "data": "d" * 200} for number in range(1000)]
    kept, notes = said(crumbs, 10_000, newest=True)
    assert kept == crumbs[-len(kept) :]
    assert len(kept) > 35
    assert notes == [("x", What.ENTRIES_CUT.value, f"1000 {len(kept)}")]
    kept, _ = said(crumbs, 10_000)
    assert kept == crumbs[: len(kept)]


def test_nesting_does_not_multiply_the_cost() -> None:
    value: Any = "x" * 2_000_000
    for _ in range(200):
        value = [value]
    kept, notes = said(value, 1000)
    assert size(kept) <= 1000
    assert notes[0][1] == What.DROPPED
