from __future__ import annotations

import re
from html import unescape
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.render.code.languages import LANGUAGES
from issues.render.code.scanner import marked
from tests.lib.growth import assert_linear

# What begins something in one of the languages, or nearly does.
STARTS = (
    '"', "'", "`", '"""', "'''", "/*", "//", "=/", "/[", "(*", "{-", "<#", "--[[", "[[", "<!--", "<%", "{%", "{{", "{#", "<a ",
    "<script", "<script>", "?>", '@"', '$"', 'r#"', "\n=begin\n", "\n=pod\n", "~r/", "%w[", "q(", "#[", "\\",
    "<<<a\n", "<<~a\n", 'R"a(', "s/", "<a '", "E'", "$'", "1'",
)  # fmt: skip
# What may follow again and again.
REPEATED = (
    "a", "a ", "1", "1.", "1e", " ", "\n", "\\", '"', "'", "`", "{", "${", "#{", "}", "<", "<a", "/", "*", "[", "(", "-", "#",
    "@", "$", ":", "=", ".", "def ", "\0", "\ud800", "é", "\\\n", '""', "''", "/*", "*/",
)  # fmt: skip
TAG = re.compile(r"<[^>]*>")


def shapes(length: int) -> list[str]:
    """Texts of about this length that make regular expressions backtrack, where they can."""
    alone = [unit * (length // len(unit)) for unit in (*REPEATED, *STARTS)]
    return alone + [
        start + unit * (length // len(unit)) for start, unit in product(STARTS[::3], REPEATED[::9])
    ]


@pytest.mark.parametrize("name", LANGUAGES)
def test_time_is_linear_in_any_text(name: str) -> None:
    def mark_all(texts: list[str]) -> None:
        for text in texts:
            marked(text, LANGUAGES[name])

    assert_linear(shapes, mark_all, smallest=64, largest=4096)


def test_what_took_pygments_years() -> None:
    text = '"' + "\\" * 5_000
    assert marked(text, LANGUAGES["scala"]) == [f'<span class="s">&quot;{text[1:]}</span>']
    assert marked("a a a " * 3_000, LANGUAGES["java"]) == ["a a a " * 3_000]


@given(
    st.text(alphabet="\"'`\\/*#@${}[]<>%=-: \nab1.\ud800é", max_size=60), st.sampled_from(sorted(LANGUAGES))
)
def test_no_character_is_lost(text: str, name: str) -> None:
    lines = marked(text, LANGUAGES[name])
    assert unescape("\n".join(TAG.sub("", line) for line in lines)) == text
    assert all(line.count("<span") == line.count("</span>") for line in lines)
