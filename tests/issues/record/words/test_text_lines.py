from __future__ import annotations

import pytest

from issues.payload.searchable import COLUMNS, FUNCTIONS, OTHER, TAGS, TYPES
from issues.record.words.text_lines import LIMITS, Draft, Known, join, lines_of

EMPTY = dict.fromkeys(COLUMNS, "")


def row(*texts):
    draft = Draft(Known())
    for column, text in texts:
        draft.put(column, text)
    return {**EMPTY, **draft.columns(EMPTY)}, draft.is_full


def test_each_text_is_a_line_once():
    texts = [
        (FUNCTIONS, "charge_card"),
        (FUNCTIONS, "chargeCard"),
        (FUNCTIONS, "charge_card"),
        (OTHER, "charge card"),
    ]
    columns, is_full = row(*texts, (TYPES, "KeyError"), (TAGS, "eu-central"), (OTHER, ""), (OTHER, "?"))
    assert columns[FUNCTIONS] == "\n charge card \n charge card chargecard \n"
    assert columns[OTHER] == "\n charge card \n# eu central \n"
    assert columns[TYPES] == "\n=keyerror= key error keyerror \n"
    assert not is_full


def test_what_is_there_is_not_added_again():
    texts = [(TYPES, "KeyError"), (OTHER, "no 7"), (TAGS, "eu-central"), (FUNCTIONS, "f")]
    columns, _ = row(*texts)
    draft = Draft(Known.of(columns, False))
    for column, text in texts:
        draft.put(column, text)
    assert not draft.added
    draft.put(OTHER, "no 8")
    assert draft.columns(columns) == {OTHER: f"{columns[OTHER]} no 8 \n"}


@pytest.mark.parametrize("column", [*COLUMNS, TAGS])
def test_a_column_is_bounded(column):
    texts = [
        (column, f"{first}{second} {'x' * 20}")
        for first in "abcdefghijklmnop"
        for second in "abcdefghijklmnop"
    ]
    columns, is_full = row(*texts)
    assert is_full
    assert LIMITS[column] * 0.9 < sum(map(len, columns.values())) <= LIMITS[column] + 100
    again = Draft(Known.of(columns, True))
    again.put(column, "z" * 60)
    assert not again.added


@pytest.mark.parametrize("letter", ["\u0e01", "\u4e2d", "\U0001f40d", "\u044f "])
def test_a_long_text_keeps_its_first_words(letter):
    """In scripts whose letters are words, of three bytes and a space, a message of the longest size does not fit."""
    text = f"start {letter * 2000} end"
    columns, is_full = row((OTHER, text), (OTHER, "another message"))
    assert is_full
    assert columns[OTHER].startswith(f"\n start {letter.strip()} {letter.strip()} ")
    assert columns[OTHER].endswith(f" {letter.strip()} \n another message \n")
    assert len(columns[OTHER].encode()) > LIMITS[OTHER] // 2
    again = Draft(Known.of(columns, True))
    again.put(OTHER, text)
    assert not again.added


def test_numbers_do_not_fill_a_column():
    texts = [(OTHER, f"order {number} failed for 7f3a{number:04x}") for number in range(2000)]
    columns, is_full = row(*texts, (OTHER, "another message"))
    assert is_full
    assert len(columns[OTHER]) <= LIMITS[OTHER] // 3 + 60
    assert " order 3 failed " in columns[OTHER]
    assert " order failed for \n" in columns[OTHER]
    assert " another message " in columns[OTHER]
    # The row says as much as the draft knew.
    again = Draft(Known.of(columns, True))
    again.put(OTHER, "order 5000 failed for 7f3a5000")
    assert not again.added


def test_rows_are_joined_within_the_limits():
    one, _ = row((TYPES, "KeyError"), (OTHER, "a"), (TAGS, "x"))
    other, _ = row((TYPES, "KeyError"), (TYPES, "ValueError"), (OTHER, "a b"), (TAGS, "y"))
    draft = join(one, [other], False)
    columns = {**one, **draft.columns(one)}
    assert set(lines_of(columns)) == {*lines_of(one), *lines_of(other)}
    assert not draft.is_full
    large, _ = row(
        *[(OTHER, "x" * 30 + letter) for letter in "abcdefghijklmnopqrstuvwxyz" * 4],
        *[(OTHER, chr(200 + n) * 40) for n in range(60)],
    )
    assert join(large, [row(*[(OTHER, chr(400 + n) * 40) for n in range(60)])[0]], False).is_full
