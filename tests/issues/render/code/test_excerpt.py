from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.render.code.excerpt import marked_excerpt
from issues.render.code.languages import LANGUAGES
from issues.render.code.scanner import marked
from tests.lib.growth import assert_linear

TAG = re.compile(r"<[^>]*>")


def kinds(text: str, name: str) -> str:
    """For each line the class of its first token that is not a space: c, s, k, n, m, or - for none."""
    found = []
    for line in marked_excerpt(text, name):
        match = re.match(r'\s*(?:<span class="(\w)">)?', line)
        found.append((match and match[1]) or "-")
    return "".join(found)


@pytest.mark.parametrize(
    ("name", "text", "first"),
    [
        # A block comment that began above.
        ("javascript", " * Adds one's items.\n * @return {x}\n */\nfunction add() {", "ccck"),
        ("java", "   don't stop here\n   */\n  return 1;", "cck"),
        ("go", "the rest of it. */\nfunc main() {", "ck"),
        ("php", " * it's\n */\nreturn 1;", "cck"),
        ("rust", "  it's */\nfn main() {}", "ck"),
        ("c", "*/\nint x;", "ck"),
        ("html", "a comment -->\n<b>", "ck"),
        # No comment ends here.
        ("javascript", "glob('**/*.js');\nreturn 'a';", "-k"),
        ("javascript", "return '**/*.js'; /* a */\nreturn 1;", "kk"),
        ("javascript", "const r = /a*/;\nreturn 1;", "kk"),
        # A docstring that began above.
        ("python", "    Adds it's items.\n    \"\"\"\n    return 1", "ssk"),
        ("python", '    The total."""\n    return 1', "sk"),
        ("python", "text\n'''\ndef f():\n    '''doc'''", "ssks"),
        ("python", '"""\nimport os', "sk"),
        ("kotlin", 'SELECT 1\n""".trim()\nreturn 1', "ssk"),
        ("elixir", '  it\'s said\n  """\n  def add(a) do', "ssk"),
        # A docstring that begins here.
        ("python", 'def f():\n    """\n    Adds it\'s items.', "kss"),
        ("python", 'def f(\n    a,\n) -> int:\n    """\n    Adds', "k--ss"),
        ("python", 'def f():\n    """Adds."""\n    return 1', "ksk"),
        ("python", 'x = """\ntext', "-s"),
        ("python", 'return f"""\ntext', "ks"),
        ("python", 'run(\n    """\n    SELECT', "-ss"),
        ("python", 'class A:\n    """doc\n    more', "kss"),
        # A template literal that began above, and such that begin here.
        ("javascript", "  SELECT it\n`;\nreturn 1;", "ssk"),
        ("typescript", "  WHERE a = ${b}`, [c]);\nreturn 1;", "sk"),
        ("javascript", "const q = `\n  SELECT", "ks"),
        ("javascript", "const q = sql`\n  SELECT", "ks"),
        ("javascript", "f(`a`, `b`);\nreturn 1;", "-k"),
        ("go", "type A struct {\n  B string `json:\"b\"`\n  C int", "k--"),
        # A quote that has no end does not colour what follows.
        ("ruby", "a = don't\ndef add", "-k"),
        ("php", "<p>don't</p>\nreturn 1;", "-k"),
        ("rust", 'x "\nfn main() {}', "-k"),
    ],
)  # fmt: skip
def test_a_part_of_a_file(name: str, text: str, first: str) -> None:
    assert kinds(text, name) == first


def test_a_cut_line_colours_no_other() -> None:
    for cut in (
        "{snip} 'it`s /* cut {snip}", "{snip}`", "const a = `cut {snip}", "/* cut {snip}", "{snip} */ x", "'{snip}",
        "x" * 130 + " = `cut...", "x" * 130 + "/* cut…",
    ):  # fmt: skip
        lines = marked_excerpt(f"return 1;\n{cut}\nreturn 2;\nreturn 3;", "javascript")
        assert [lines[0], *lines[2:]] == [
            marked(f"return {number};", LANGUAGES["javascript"])[0] for number in (1, 2, 3)
        ]
    (line,) = marked_excerpt("{snip} return 1; {snip}", "javascript")
    assert line == (
        '<span class="c">{snip}</span> <span class="k">return</span> <span class="m">1</span>; <span class="c">{snip}</span>'
    )


def test_whole_text_is_as_it_was() -> None:
    text = "/* a\n b */\nconst x = `a\n b`;\n// it's\nreturn 'x';"
    assert marked_excerpt(text, "javascript") == marked(text, LANGUAGES["javascript"])
    text = 'def f():\n    """doc\n    more\n    """\n    return "x"'
    assert marked_excerpt(text, "python") == marked(text, LANGUAGES["python"])


@given(
    st.text(alphabet="\"'`\\/*#@${}<>=-: \nab1.\ud800é{snip}", max_size=80),
    st.sampled_from(sorted(LANGUAGES)),
)
def test_no_character_is_lost(text: str, name: str) -> None:
    lines = marked_excerpt(text, name)
    assert unescape("\n".join(TAG.sub("", line) for line in lines)) == text
    assert all(line.count("<span") == line.count("</span>") for line in lines)


PIECES = [
    "{snip}\n",
    "`",
    '"""',
    "'''",
    "*/",
    "\n",
    " ",
    "#",
    "'\n",
    '"\n',
    "\n`\n",
    "a `",
    '"""\n',
    "*/ {snip}\n",
    "(",
    "styled",
    "def f",
]


@pytest.mark.parametrize("name", ["python", "javascript", "php", "ruby", "go", "html"])
def test_time_is_linear_in_any_text(name: str) -> None:
    assert_linear(
        lambda size: [piece * size for piece in PIECES],
        lambda texts: [marked_excerpt(text, name) for text in texts],
        smallest=128,
        largest=4_096,
    )
