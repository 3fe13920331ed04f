from __future__ import annotations

import pytest

from issues.payload.notes import MOST, Notes, What, path, short
from rustrak.lib.tolerant_json import Fix, Repair


@pytest.mark.parametrize(
    ("keys", "field"),
    [((), ""), (("a", 0, "b"), "a.0.b"), (("a.b", "c\\"), "a\\.b.c\\\\"), (("k" * 1000,), "k" * 240)],
)
def test_paths(keys: tuple[str | int, ...], field: str) -> None:
    assert path(*keys) == field


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("text", "text"), ("x" * 61, "x" * 60 + "…"), (5, "5"), (None, "null"), (True, "true"), (1.5, "1.5"),
        ([1, 2], "an array of 2"), ({}, "an object of 0"), (10**80, "1" + "0" * 58 + "…"), (2**70, str(2**70)),
    ],
)  # fmt: skip
def test_values_in_short(value: object, said: str) -> None:
    assert short(value) == said


def test_notes_are_bounded_in_number_and_size() -> None:
    notes = Notes()
    for number in range(MOST + 5):
        notes.add("f" * 1000, What.CUT, "d" * 1000 + str(number))
    more = Notes()
    for _ in range(7):
        more.add("x", What.NUL)
    notes.extend(more)
    found = notes.all()
    assert len(found) == MOST + 1
    assert found[-1] == ("", "more", "12")
    assert all(len(note.field) <= 240 and len(note.detail) <= 160 for note in found)


def test_the_note_on_the_whole_comes_first() -> None:
    notes = Notes()
    notes.add("a", What.NUL, "1")
    notes.first(What.SALVAGED, "2 1")
    assert [note.what for note in notes.all()] == ["salvaged", "nul"]


def test_every_repair_has_its_code() -> None:
    notes = Notes()
    notes.repaired([Repair(("a", 1), fix, 3) for fix in Fix])
    assert [tuple(note) for note in notes.all()] == [("a.1", fix.value, "3") for fix in Fix]


def test_what_no_database_stores_is_replaced_wherever_a_note_comes_from() -> None:
    notes = Notes()
    notes.add("a\x00b", What.ENVELOPE_SDK, "c\ud800d")
    notes.first(What.SALVAGED, "\x00")
    assert notes.all() == (("", "salvaged", "\ufffd"), ("a\ufffdb", "envelope_sdk", "c\ufffdd"))
