"""Reading the text of ownership rules."""

from __future__ import annotations

from issues.ownership.syntax import LONGEST, MOST_RULES, parse
from tests.lib.growth import assert_linear

RULES = """# Who looks after what
*                     @acme/everything
path:src/payments/*   #payments ana@example.org  # with a reason
tag.customer:acme     ana@example.org
tags.customer:other   ana@example.org

^[Docs][2] @docs @@maintainer
/docs/
/docs/api/ @api
with\\ blank/ @api
"""


def test_own_lines_and_those_of_codeowners_files() -> None:
    parsed = parse(RULES)
    assert not parsed.mistakes
    assert [(rule.line, rule.kind, rule.tag, rule.owners) for rule in parsed.rules] == [
        (2, "path", "", ("@acme/everything",)),
        (3, "path", "", ("#payments", "ana@example.org")),
        (4, "tag", "customer", ("ana@example.org",)),
        (5, "tag", "customer", ("ana@example.org",)),
        (8, "path", "", ("@docs", "@@maintainer")),
        (9, "path", "", ("@api",)),
        (10, "path", "", ("@api",)),
    ]
    assert parsed.rules[-1].test("with blank/a")


def test_comments_behind_owners_as_github_writes_them() -> None:
    text = "*.js @js-owner #This is an inline comment.\n*.py @py #payments #later: all\n*.c #c #d\n*.h @h # why\n"
    parsed = parse(text)
    assert not parsed.mistakes
    assert [rule.owners for rule in parsed.rules] == [
        ("@js-owner",),
        ("@py", "#payments"),
        ("#c", "#d"),
        ("@h",),
    ]
    # A missing @ is a mistake where that is no comment.
    found = parse("*.c #c bob\npath:*.c @a #c bob").mistakes
    assert [str(mistake)[:27] for mistake in found] == [
        "Line 1: “bob” is no owner: ",
        "Line 2: “bob” is no owner: ",
    ]


def test_mistakes_name_their_lines() -> None:
    text = "foo:bar @a\n!x @a\npath:x\nsrc/ bob\ntag:x @a\npath.x:y @a\n" + "x" * 2000
    found = {mistake.line: mistake.text for mistake in parse(text).mistakes}
    assert found.keys() == set(range(1, 8))
    assert "“foo:” is not known" in found[1]
    assert "“bob” is no owner" in found[4]
    assert parse("x" * (LONGEST + 1)).mistakes
    assert "more than" in str(parse("a @a\n" * (MOST_RULES + 1)).mistakes[0])


def test_the_time_grows_with_the_text() -> None:
    for line in (
        "*a*?" * 20 + " @a\n",
        "**/" * 30 + "x @a\n",
        "[a] " + "@a " * 30 + "\n",
        "\\" * 200 + " @a\n",
    ):
        assert_linear(lambda size, line=line: (line * size)[:size], parse, smallest=256, largest=1 << 15)
