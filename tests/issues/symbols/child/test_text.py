from __future__ import annotations

import pytest

from issues.symbols.answers import Unreadable
from issues.symbols.child import text
from tests.lib.growth import assert_linear
from tests.lib.symbol_files import contents


def test_the_lines_around_one() -> None:
    data = b"a\r\nb\nc\n\nd"
    assert text.excerpt(data, 1, 1) == [[], "a", ["b"]]
    assert text.excerpt(data, 4, 2) == [["b", "c"], "", ["d"]]
    assert text.excerpt(data, 5, 9) == [["a", "b", "c", ""], "d", []]
    assert [text.excerpt(data, line, 1) for line in (0, -1, 6, 7, 1 << 40)] == [None] * 5


def test_lines_are_cut() -> None:
    assert text.cut("x" * 1000) == "x" * 1000
    assert text.cut("x" * 1001) == "x" * 999 + "…"
    assert text.excerpt(b"\xff" * 9000 + b"\nb", 1, 1) == [[], "\ufffd" * 999 + "…", ["b"]]
    around = text.cut_around("x" * 5000 + "y" + "z" * 5000, 5000)
    assert (len(around), around[0], around[-1], "xyz" in around) == (1000, "…", "…", True)
    assert text.cut_around("x" * 3000, 10) == "x" * 999 + "…"
    assert text.cut_around("x" * 2000 + "y", 2000)[-2:] == "xy"


def test_columns_count_units_of_utf16() -> None:
    assert list(text.lengths("ab\né😀\n".encode())) == [2, 3, 0]
    assert list(text.lengths(b"")) == list(text.lengths(b"\n" * 100_001)) == []


def test_only_texts_are_read() -> None:
    with pytest.raises(Unreadable):
        text.load([contents(b"PK\0\0")], {})
    data, _ = text.load([contents(b"", is_compressed=False)], {})
    assert text.answer(data, {"line": 2, "context": 1}) is None


def test_a_reason_is_one_short_line() -> None:
    assert text.one_line("broken: \x1b[1m\u202e.\nbacktrace") == "broken: [1m"
    assert len(text.one_line("x" * 5000)) == 200


def test_it_takes_linear_time() -> None:
    assert_linear(
        lambda n: b"\n" * n, lambda data: text.excerpt(data, len(data), 5), smallest=1 << 10, largest=1 << 16
    )
    assert_linear(lambda n: "é\n".encode() * n, text.lengths, smallest=1 << 10, largest=1 << 15)
