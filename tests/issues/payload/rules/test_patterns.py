from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.payload.rules.patterns import Glob, PathGlob
from tests.lib.growth import assert_linear


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("abc", ["abc"], ["abcd", "", "ABC"]),
        ("a*c", ["ac", "abc", "a\nc"], ["acd", "bac"]),
        ("*a*b*", ["ab", "xaxbx"], ["ba"]),
        ("a?c", ["abc"], ["ac", "abbc"]),
        ("a[b-d!]e", ["abe", "ade", "a!e"], ["aee", "ae"]),
        ("a[!b]c", ["axc"], ["abc", "ac"]),
        ("\\*\\[x\\]", ["*[x]"], ["a[x]"]),
        ("{a,b}-{1,2}", ["a-1", "b-2"], ["a-3", "{a,b}-1"]),
        ("{a}", ["{a}"], ["a"]),
        ("a[b", ["a[b"], ["ab"]),
        ("ab*ba", ["abba", "abxba"], ["aba"]),
    ],
)
def test_patterns(pattern: str, matching: list[str], others: list[str]) -> None:
    glob = Glob(pattern)
    assert [text for text in (*matching, *others) if glob.match(text)] == matching
    assert all(glob.literal in text for text in matching)


def test_case() -> None:
    assert Glob("Time[O]ut*", ignore_case=True).match("timeout: x")
    assert not Glob("Timeout").match("timeout")


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("**/my-utils/*.js", ["/srv/my-utils/a.js", "my-utils/a.js"], ["/my-utils/b/a.js", "my-utils.js"]),
        ("/srv/*/x.py", ["/srv/a/x.py"], ["/srv/a/b/x.py", "srv/a/x.py"]),
        ("src/**", ["src/a", "src/a/b"], ["a/src/b"]),
        ("/a/**/b/**/c", ["/a/b/c", "/a/x/b/y/z/c"], ["/a/c/b"]),
        ("cart.py", ["cart.py", "/srv/cart.py"], ["/srv/xcart.py", "cart.py/a"]),
        ("*pay*", ["/srv/payments/a.py", "repay.py"], ["/srv/a.py"]),
    ],
)
def test_patterns_of_paths(pattern: str, matching: list[str], others: list[str]) -> None:
    glob = PathGlob(pattern)
    assert [path for path in (*matching, *others) if glob.match(path)] == matching
    assert all(glob.literal in path for path in matching)


@given(pattern=st.text("ab*?", max_size=8), text=st.text("ab", max_size=10))
def test_a_pattern_matches_what_its_expression_matches(pattern: str, text: str) -> None:
    expression = pattern.replace("*", ".*").replace("?", ".")
    assert Glob(pattern).match(text) == bool(re.fullmatch(expression, text))


@pytest.mark.parametrize("pattern", ["*a" * 100, "a?" * 100 + "b", "*[ab]" * 50, "a" * 200 + "*b"])
def test_no_text_makes_a_pattern_slow(pattern: str) -> None:
    glob = Glob(pattern)
    assert_linear(lambda size: "a" * size, glob.match, largest=1 << 16)


def test_no_path_makes_a_pattern_slow() -> None:
    glob = PathGlob("**/a/*b*/**/a/b/**/c")
    assert_linear(lambda size: "a/" * size, glob.match, largest=1 << 16)
