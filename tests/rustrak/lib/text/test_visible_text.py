from __future__ import annotations

import pytest

from rustrak.lib.text.visible_text import LONGEST_BLANK, beginning, first_seen, has_text
from tests.lib.growth import assert_linear

BLANK = [
    "", " ", "\t\n\r\x0b\x0c", "\u00a0", "\u3000", "\u200b\u200c\u200d\ufeff", "\u2028\u2029", "\x00\x01\x7f\x85",
    "\u202e\u2066\u2069", "\u0301\u0308", "\ufe0f", "\U000e0101\U000e0041", "\u3164\u115f\uffa0", "\u2800", "\u034f",
    " " * LONGEST_BLANK + "x",
]  # fmt: skip


@pytest.mark.parametrize("text", BLANK)
def test_blank(text: str) -> None:
    assert not has_text(text)
    assert beginning(text) == ""


@pytest.mark.parametrize(
    "text", ["a", " a", "-", "ж", "エ", "\u200bא", "🙂", "é", "\u0301e", "\ufffd", "\U0010ffff"]
)
def test_something_to_see(text: str) -> None:
    assert has_text(text)
    assert beginning(text) == text


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("one\ntwo", "one\ntwo"),
        ("\n\n  one\ntwo", "  one\ntwo"),
        ("\r\n\u3000\r\none\r\ntwo", "one\r\ntwo"),
        ("\rone", "one"),
        ("\ufffd\n\ufffd \ufffd\r\none\n\ufffd", "one\n\ufffd"),
        ("\ufffd\n \n", "\ufffd\n \n"),
        ("\ufffd one\ntwo", "\ufffd one\ntwo"),
        ("\n\ufffdone", "\ufffdone"),
        ("\u200b\n\u2028\n\u202eone", "\u202eone"),
        (" " * 100 + "one", " " * 100 + "one"),
        (" " * 101 + "one", "one"),
    ],
)
def test_a_text_begins_with_its_first_line_that_has_something_to_see(text: str, begins: str) -> None:
    assert beginning(text) == begins


@pytest.mark.parametrize("unit", ["\n", " ", "\u0301", "\u3164", "\U000e0101", " \u0301", "\u200b\u2800"])
def test_looking_for_text_is_bounded(unit: str) -> None:
    assert_linear(lambda number: unit * number + "x", beginning)
    assert first_seen(unit * LONGEST_BLANK + "x") == -1


@pytest.mark.parametrize("unit", ["\ufffd", "\ufffd\n", "\ufffd\u3164"])
def test_looking_past_replaced_characters_is_bounded(unit: str) -> None:
    assert_linear(lambda number: unit * number + "x", beginning)
    text = unit * LONGEST_BLANK + "\nx"
    assert beginning(text) == text
