"""Comments as HTML: nothing harmful, in bounded time."""

from __future__ import annotations

import pytest

from issues.comments.markdown import LONGEST, MOST_CELLS, MOST_MENTIONS, html, mentions, plain
from tests.lib.growth import assert_linear


def test_what_people_write_is_shown() -> None:
    shown = html(
        "**a** `b`\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n# Title\n\n- one\n\nsee https://example.org/a_b?c=1."
    )
    for part in ("<strong>a</strong>", "<code>b</code>", "<td>2</td>", "<h4>Title</h4>", "<li>one</li>"):
        assert part in shown
    assert '<a href="https://example.org/a_b?c=1" rel="noopener noreferrer nofollow">' in shown


def test_nothing_harmful_passes() -> None:
    shown = html(
        "<script>a()</script> <img src=x onerror=a()> ![i](https://evil.example/p.png) [j](javascript:a())"
        ' [d](data:text/html,a) <b onclick=a()>b</b>\n\n<iframe src=x></iframe>\n\n[k](https://k.example "t\\" onx=1")'
    )
    for tag in ("<script", "<img", "<iframe", "<b "):
        assert tag not in shown
    assert 'href="javascript' not in shown
    assert 'href="data' not in shown
    # An image is a link to it.
    assert '!<a href="https://evil.example/p.png"' in shown


def test_mentions_are_words_outside_of_code_and_addresses() -> None:
    text = "@ana, @bo@example.org. #payments! mail a@b.org, `@code` https://x.example/@path #42 (@ana)\n\n    @indented"
    assert mentions(text) == ["@ana", "@bo@example.org", "#payments", "#42"]
    assert len(mentions(" ".join(f"@a{n}" for n in range(999)))) == MOST_MENTIONS
    assert plain("a\n\n b", 9) == "a b"
    assert plain("a" * 20, 5) == "aaaa…"


@pytest.mark.parametrize("piece", ["[", "*a ", "| a |\n|-|\n", "[a](<b", "> - ", "@a@b.c ", "https://a "])
def test_the_time_grows_with_the_length(piece: str) -> None:
    def shown(text: str) -> None:
        html.__wrapped__(text)
        mentions(text)

    assert_linear(lambda size: (piece * size)[:size], shown, largest=LONGEST)


def test_short_rows_of_wide_tables_are_not_filled_up_without_end() -> None:
    def table(columns: int, rows: int) -> str:
        return f"{'|a' * columns}|\n{'|-' * columns}|\n" + "|b\n" * rows

    assert html(table(100, 45)).count("<td>") == 4500
    shown = html(f"> {table(100, MOST_CELLS // 100)}")
    assert "<table>" not in shown
    assert len(html(table(500, 2500))) < 5 * LONGEST
    # Other lines may have as many bars as they like.
    assert "<table>" in html(table(2, 3) + "\n" + "a|" * 500 + "\n" * 300)
