from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issues.alerts.channels import text
from issues.alerts.channels.text import ZERO_WIDTH as ZW
from tests.lib.growth import assert_linear


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("KeyError: 'order_id'", "KeyError: 'order_id'"),
        ("two\r\nlines\tand  more ", "two lines and more"),
        ("line\u2028separator\x85next\x0b", "line separator next"),
        ("nul\x00 and \x1b[31mcolour", "nul and [31mcolour"),
        ("bidi \u202egnp.exe\u202c \u2066x\u2069 \u200f", "bidi gnp.exe x"),
        ("zero\u200bwidth\u2060\ufeff \U000e0041tag", "zerowidth tag"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("family 👨‍👩‍👧 and ❤\ufe0f", "family 👨‍👩‍👧 and ❤\ufe0f"),
        ("Z" + "\u0300" * 50 + "algo", "Z" + "\u0300" * 3 + "algo"),
        ("@everyone ana@here x @ y", f"@{ZW}everyone ana@{ZW}here x @ y"),
        ("<!channel> <@U1> <#C1> <users/all>", f"<{ZW}!channel> <{ZW}@{ZW}U1> <{ZW}#C1> <{ZW}users/all>"),
        ("<@&1> <http://evil|Click>", f"<{ZW}@{ZW}&1> <{ZW}http:{ZW}//evil|Click>"),
        ("see https://evil.example www.evil.example", f"see https:{ZW}//evil.example www{ZW}.evil.example"),
        ("mailto:a@b", f"mailto{ZW}:a@{ZW}b"),
        ("```js", f"`{ZW}`{ZW}`js"),
        ("a <b and 1 < 2", f"a <{ZW}b and 1 < 2"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_line_has_nothing_that_a_chat_acts_on(said: str, expected: str) -> None:
    assert text.line(said, 200) == expected


def test_text_for_programs_keeps_its_characters() -> None:
    assert text.plain("@here\n<b>\u202e\x00 http://x", 100) == "@here <b> http://x"


def test_a_block_keeps_its_lines_and_loses_its_fences() -> None:
    assert text.block("\n\tx = 1\r\n```\n  end  \n\n", 100) == f"    x = 1\n`{ZW}`{ZW}`\n  end"
    assert text.block("\n".join("abc"), 100, lines=2) == "a\nb"
    assert text.block("x" * 100, 10) == "x" * 9 + "…"


def test_a_cut_never_splits_what_belongs_together() -> None:
    assert text.cut("abc", 3) == "abc"
    assert text.cut("abcd", 3) == "ab…"
    assert text.cut("ab👩‍👧c", 5) == "ab👩…"
    assert text.cut("abe\u0301cd", 4) == "ab…"
    assert text.cut("abc", 0) == ""


def test_a_cut_never_splits_an_escape() -> None:
    assert text.fit("a<b<c", 20, text.html) == "a&lt;b&lt;c"
    assert text.fit("a<b<c", 9, text.html) == "a&lt;b…"
    assert text.fit("😀😀😀", 5, str, text.utf16) == "😀😀…"
    assert text.fit("äää", 5, str, text.utf8) == "ä…"


def test_an_attribute_cannot_be_left() -> None:
    assert text.attribute('https://x/?a=1&b="><script>') == "https://x/?a=1&amp;b=&quot;&gt;&lt;script&gt;"


@settings(max_examples=60)
@given(st.text(max_size=300), st.integers(1, 80))
def test_any_text_is_bounded(said: str, most: int) -> None:
    for made in (text.line(said, most), text.plain(said, most), text.block(said, most)):
        assert len(made) <= most
        made.encode()
    assert "\n" not in text.line(said, most)
    escaped = text.fit(said, most, text.html)
    assert len(escaped) <= most
    assert "<" not in escaped


@pytest.mark.parametrize("piece", ["`", "@", "\u0300", "\r\n", "👩‍"])
def test_time_grows_with_what_is_kept(piece: str) -> None:
    def work(said: str) -> None:
        text.line(said, 1000)
        text.line(said, len(said))
        text.block(said, len(said))
        text.fit(said, len(said), text.html, text.utf16)

    assert_linear(lambda size: piece * size, work, largest=1 << 13)


def test_a_huge_text_costs_what_its_beginning_costs() -> None:
    assert text.line("x" * (1 << 20), 50) == "x" * 49 + "…"
    assert_linear(lambda size: "ä" * size, lambda said: text.line(said, 50), largest=1 << 20)
