from __future__ import annotations

import re
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rustrak.lib.text.globs import Globs


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("TypeError*", "TypeError: x is undefined"),
        ("typeerror*", "TYPEERROR"),
        ("*ConnectionError*", "urllib3.ConnectionError: refused"),
        ("a*b*c", "a-b-b-c"),
        ("*", "anything"),
        ("a?c", "abc"),
        ("a?c", "a\nc"),
        ("*\n*", "two\nlines"),
        ("Minified React error #[185]*", "minified react error #[185]; see"),
        ("STRASSE", "straße"),
        ("a**b", "ab"),
    ],
)
def test_matches(pattern: str, text: str) -> None:
    assert Globs([pattern]).match(text)
    assert Globs(["nothing", pattern]).match(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("TypeError", "TypeError: x"),
        ("TypeError*", "a TypeError"),
        ("ab*ba", "aba"),
        ("a?c", "ac"),
        ("a*b*c", "acb"),
        ("[ab]", "a"),
        ("a.c", "abc"),
        ("*", ""),
        ("", "x"),
        ("*ab*ab*", "xaby"),
    ],
)
def test_does_not_match(pattern: str, text: str) -> None:
    assert not Globs([pattern]).match(text)


def test_none() -> None:
    assert not Globs([])
    assert not Globs([]).match("x")
    assert Globs(["x"])


@given(st.text("ab*?", max_size=8), st.text("ab", min_size=1, max_size=10))
def test_as_the_regular_expression_that_it_stands_for(pattern: str, text: str) -> None:
    expression = pattern.replace("*", ".*").replace("?", ".")
    assert Globs([pattern]).match(text) == (re.fullmatch(expression, text) is not None)


def test_no_pattern_takes_long() -> None:
    globs = Globs(["*a" * 60 + "*b", "*" + "?a" * 60 + "*b"])
    started = time.process_time()
    assert not globs.match("a" * 8000)
    assert time.process_time() - started < 0.5


PATTERNS = {
    "characters": lambda number: "*" + "?" * (100 + number % 140) + f"X{number}*",
    "characters between": lambda number: "*" + "a?" * 100 + f"X{number}*",
    "parts": lambda number: "*a" * 100 + f"X{number}*",
    "long": lambda number: "*" + "a" * 200 + f"X{number}*",
}


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("unit", ["a", "ab", "aaaaaX", "ΐ", "é\n"])
def test_what_strangers_send_costs_little_whatever_the_patterns_are(pattern: str, unit: str) -> None:
    globs = Globs(PATTERNS[pattern](number) for number in range(200))
    plain = Globs([f"*word{number}*" for number in range(200)])
    text = unit * 8192
    # At each place in turn it was a hundred times as much.
    assert seconds(globs, text) < 0.02 + 40 * seconds(plain, text)


def seconds(globs: Globs, text: str) -> float:
    best = 1.0
    for _ in range(3):
        started = time.process_time()
        assert not globs.match(text)
        best = min(best, time.process_time() - started)
    return best


def test_a_text_of_thousands_of_different_characters_takes_little_memory() -> None:
    globs = Globs(["*a?b*", "*?\u4e01*"])
    text = "".join(chr(0x4E02 + index) for index in range(8192))
    tracemalloc.start()
    try:
        assert not globs.match(text)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1_000_000
