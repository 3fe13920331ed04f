from __future__ import annotations

import pytest

from rustrak.lib.text.folding import fold
from tests.lib.growth import assert_linear


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Error", "ERROR"),
        ("ошибка", "ОШИБКА"),
        ("ÄRGER", "ärger"),
        ("CAFÉ", "cafe\u0301"),
        ("Straße", "STRASSE"),
        ("ẞ", "ß"),
        ("ΟΔΟΣ", "οδος"),
        ("ﬁn", "FIN"),
        ("ＡＢＣ", "ａｂｃ"),
        ("İ", "i\u0307"),
        ("İSTANBUL", "istanbul"),
        ("ISPARTA", "ısparta"),
        ("\u1fb3\u0345", "\u1fbc\u0345"),
    ],
)
def test_texts_that_differ_in_case_are_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert fold(fold(one)) == fold(one)


@pytest.mark.parametrize(("one", "other"), [("a", "ä"), ("и", "й"), ("Ａ", "A"), ("a b", "ab")])
def test_other_texts_are_not(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize("unit", ["A", "Ä", "\u0301", "\u0301\u0323", "ß", "\ufdfa", "가\u0301"])
def test_folding_is_linear_in_what_is_searched(unit: str) -> None:
    # No text that is folded is longer: names, words of a search, titles and values.
    assert_linear(lambda number: unit * number, fold, largest=2048)
