from __future__ import annotations

from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from issues.render.stack import source
from issues.render.stack.source import code_lines, highlight
from rustrak.lib.sized_cache import SizedCache
from tests.lib.examples import at_most


def test_lines_are_numbered_and_the_raise_line_marked() -> None:
    shown = code_lines(
        {
            "filename": "a.py",
            "lineno": 43,
            "pre_context": ["def f():", "    x = 1"],
            "context_line": "    return y",
            "post_context": [""],
        },
        "python",
    )
    assert [(line.number, line.hit) for line in shown] == [(41, False), (42, False), (43, True), (44, False)]
    assert shown[0].html == '<span class="k">def</span> <span class="n">f</span>():'


def test_a_string_over_lines_keeps_its_colour() -> None:
    lines = highlight('x = """one\ntwo"""', "python")
    assert lines[1] == '<span class="s">two&quot;&quot;&quot;</span>'


def test_hostile_source_is_escaped() -> None:
    for name in ("python", "javascript", "html", "php", ""):
        assert all("<script" not in line for line in highlight("</span><script>alert(1)</script>", name))


@settings(max_examples=at_most(200), deadline=None)
@given(
    st.text(max_size=200),
    st.sampled_from(["python", "javascript", "ruby", "php", "go", "tsx", "bash", "nosuch", ""]),
)
def test_no_line_is_lost(text: str, name: str) -> None:
    assert len(highlight(text, name)) == text.count("\n") + 1


def test_missing_and_odd_context() -> None:
    assert code_lines({"lineno": 5}, "python") == ()
    assert code_lines({"context_line": ""}, "python") == ()
    shown = code_lines({"lineno": 1, "context_line": "a\n", "post_context": [None, "b", 3, None]}, "ruby")
    assert [line.text for line in shown] == ["a", "", "b", "3"]
    assert code_lines({"lineno": "x", "context_line": "a"}, "")[0].number is None
    assert [line.text for line in code_lines({"context_line": "a", "pre_context": "before"}, "")] == [
        "before",
        "a",
    ]


def test_php_needs_no_opening_tag() -> None:
    assert '<span class="k">' in highlight("function pay() {", "php")[0]


def test_marked_source_is_cached_within_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    marked = Mock(wraps=source.marked_excerpt)
    monkeypatch.setattr(source, "marked_excerpt", marked)
    monkeypatch.setattr(source, "_marked", SizedCache(100_000))
    assert source.highlight("x = 1", "python") == source.highlight("x = 1", "python")
    source.highlight("x = 1", "ruby")
    assert marked.call_count == 2
    for number in range(20):
        source.highlight(f"{number}" * 10_000, "python")
    source.highlight("x = 1", "python")
    assert marked.call_count == 23
