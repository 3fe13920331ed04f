from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.payload import words
from tests.lib.growth import assert_linear

EXAMPLES = {
    "KeyError: chargeCard": ["key", "error", "charge", "card"],
    "billing/charge_card.py": ["billing", "charge", "card", "py"],
    "HTTPServer sha256Sum utf8": ["http", "server", "sha256", "sum", "utf8"],
    "Straße ÉCLAIR e\u0301te\u0301": ["strasse", "éclair", "été"],
    "東京タワー": ["東", "京", "タ", "ワ", "ー"],
    "กำลัง": ["ก", "ำ", "ลั", "ง"],
    "СерверНеДоступен": ["сервер", "не", "доступен"],
    "a😀b": ["a", "😀", "b"],
    "x\u00a0y\u2028z\0q_w\ud800": ["x", "y", "z", "q", "w"],
    "İstanbul ISPARTA": ["istanbul", "isparta"],
    "": [],
    "…—!": [],
}


@pytest.mark.parametrize("text", EXAMPLES, ids=range(len(EXAMPLES)))
def test_texts_are_split(text):
    assert words.words(text) == EXAMPLES[text]


def test_a_part_ends_with_whole_names():
    assert words.part("KeyError: chargeCard chargeCard") == (
        " key error charge card charge card keyerror chargecard "
    )
    assert words.part("plain words") == " plain words "
    assert words.part("?!") == ""


def test_long_words_are_cut():
    assert words.words("a" * 100 + " b") == ["a" * 64, "b"]
    assert words.words("é" * 100) == ["é" * 64]
    assert words.part("aB" * 50).split()[-1] == "ab" * 32


def test_exact_texts_differ_in_case_only():
    assert words.exact("KeyError") == words.exact("keyERROR") == "=keyerror="
    assert words.exact(" java.lang.Error\n2 ") == "=java.lang.error 2="
    assert words.exact("a=b") == "=a-b="
    assert words.exact("??") == ""


@given(st.text(max_size=60))
def test_a_word_is_the_same_for_every_tokenizer(text):
    """FTS5's `ascii` splits at ASCII characters that are neither letters nor digits, PostgreSQL's index at spaces."""
    for word in words.words(text) + words.wholes(text):
        assert re.fullmatch(r"[0-9a-z\u0080-\U0010ffff]{1,64}", word)
        assert not any(letter.isspace() for letter in word)
        # A word that is searched for is itself.
        assert words.words(word) == [word]


@given(st.text(max_size=40), st.text(max_size=40))
def test_words_do_not_depend_on_what_is_around(left, right):
    assert words.words(f"{left} | {right}") == words.words(left) + words.words(right)


@pytest.mark.parametrize("piece", ["aB", "a_", "e\u0301", "éÀ", "東", "ﬃ "])
def test_time_is_linear_in_any_text(piece):
    assert_linear(lambda size: piece * (size // len(piece)), words.part)
