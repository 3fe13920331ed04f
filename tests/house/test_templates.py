"""Templates and style sheets keep to the content security policy, to short lines, and to one wording and one rule each."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.template.loader import get_template

from tests.lib.sources import SOURCES, name, tree

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES = sorted((ROOT / "static/css").glob("*.css"))
SCRIPTS = sorted((ROOT / "static/js").glob("*.js"))
FORBIDDEN = {
    "an inline style": re.compile(r"""<[^>]*\sstyle\s*=""", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "an inline handler": re.compile(r"""<[a-z][^>]*\son[a-z]+\s*=""", re.I),
    "an inline script": re.compile(r"<script\b(?![^>]*\bsrc=)", re.I),
    "a script URL": re.compile(r"javascript:", re.I),
    "something from elsewhere": re.compile(r"""\b(src|href|action)\s*=\s*["']?(https?:)?//""", re.I),
}
# Mail programs read inline styles, and little else; no content security policy holds in them.
IN_MAILS = {"an inline style", "a style element"}
MAILS = ROOT / "templates/issues/alerts/mail"
LONGEST_LINE = 200
# Numbers, sizes, times and shares are worded by rustrak.templatetags.show alone.
OWN_WORDING = {
    "another library's filter": re.compile(
        r"\|\s*(filesizeformat|floatformat|intcomma|intword|naturaltime|timesince|timeuntil|date|time|stringformat)\b"
    ),
    "a library of its own": re.compile(r"{%\s*load\b[^%]*\b(humanize|l10n)\b"),
    "a percentage made by hand": re.compile(r"}}\s*(%|percent\b)"),
    "a size made by hand": re.compile(r"}}\s*([KMG]i?B|bytes?)\b"),
}
# 2,500 of them are for the rules, channels and history of alerts, 5,500 for lists and searches.
CSS_BYTES = 58_000
# Classes of an exception's depth, which a template puts together.
ELSEWHERE = {f"depth-{depth}" for depth in range(5)}


def test_the_patterns_find_what_they_forbid() -> None:
    bad = {
        "an inline style": '<p class="x" style="color:red">',
        "a style element": "<style>",
        "an inline handler": '<a href="/" onclick="go()">',
        "an inline script": "<script>",
        "a script URL": '<a href="javascript:go()">',
        "something from elsewhere": '<script src="//cdn.example.org/x.js">',
    }
    assert {name for name, text in bad.items() if FORBIDDEN[name].search(text)} == set(FORBIDDEN)
    worded = {
        "another library's filter": "{{ size|filesizeformat }}",
        "a library of its own": "{% load static humanize %}",
        "a percentage made by hand": "{{ share }} %",
        "a size made by hand": "<td>{{ size }} KiB</td>",
    }
    assert {name for name, text in worded.items() if OWN_WORDING[name].search(text)} == set(OWN_WORDING)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_a_template_is_sound(path: Path) -> None:
    text = path.read_text()
    allowed = IN_MAILS if path.is_relative_to(MAILS) else set()
    assert [name for name, pattern in FORBIDDEN.items() if pattern.search(text) and name not in allowed] == []
    assert "|safe" not in text or path.name == "_field.html"
    assert [line for line in text.splitlines() if len(line) > LONGEST_LINE] == []
    assert [name for name, pattern in OWN_WORDING.items() if pattern.search(text)] == []
    get_template(str(path.relative_to(ROOT / "templates")))


@pytest.mark.parametrize(
    "room",
    [
        "accounts/pages",
        "ingest/pages",
        "ingest/words",
        "ingest/templatetags",
        "issues/pages",
        "issues/pages/alerts",
    ],
)
def test_views_word_numbers_with_rustrak_lib_wording(room: str) -> None:
    for path in (ROOT / room).glob("*.py"):
        assert not re.search(r":,[.\d\w]*}|:\.\d%}|[KMG]i?B\b", path.read_text()), path.name


# `{{ one.at }}`, with or without filters. The filters of rustrak.templatetags.show that word times are `day` and `same_day`.
_PRINTED = re.compile(r"{{\s*(?:[\w.]+\.)?(\w+)\s*((?:\|[^}]*)?)}}")
_WORDED = re.compile(r"\|\s*(day|count)\b")


def _times() -> set[str]:
    """The names that only times have: fields of models, and attributes with such an annotation."""
    fields = {
        field.name
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.DateField)
    }
    annotated: dict[bool, set[str]] = {True: set(), False: set()}
    for path in SOURCES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                is_time = re.fullmatch(r"(datetime|date)( \| None)?", ast.unparse(node.annotation))
                annotated[is_time is not None].add(node.target.id)
    # Words such as `at` and `before` are also names of other things.
    return {each for each in fields | (annotated[True] - annotated[False]) if "_" in each}


def _bare_times(text: str, times: set[str]) -> list[str]:
    return [one[0] for one in _PRINTED.finditer(text) if one[1] in times and not _WORDED.search(one[2])]


def test_times_are_printed_in_the_readers_zone_alone() -> None:
    times = _times()
    assert {"last_seen", "created_at", "next_due_at"} <= times
    bad = "{{ issue.last_seen }}{{ created_at|default:'–' }}{{ crumb.at.isoformat }}{{ issue.last_seen|day }}"
    assert len(_bare_times(bad, times | {"isoformat"})) == 3
    # A mail is in the zone of the one person who gets it.
    found = {
        str(path.relative_to(ROOT)): bare
        for path in TEMPLATES
        if not path.is_relative_to(MAILS) and (bare := _bare_times(path.read_text(), times | {"isoformat"}))
    }
    assert found == {}


@pytest.mark.parametrize(
    "room", ["accounts/pages", "ingest/pages", "issues/pages", "issues/render", "issues/states"]
)
def test_views_word_times_with_rustrak_local_times(room: str) -> None:
    # Days of charts are those of UTC, as what is counted by day is; so is the text that people copy elsewhere.
    utc = {"ingest/pages/ledger.py", "issues/render/markdown.py", "issues/render/sections/breadcrumbs.py"}
    found = {
        name(path)
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"[{:]%H|%I|\bmoment_text\b|strftime\(", path.read_text())
    }
    assert (
        found - utc == {"issues/pages/people/choices_form.py"} & found
    )  # the value of a field for a time of day


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_a_style_sheet_loads_nothing_from_elsewhere(path: Path) -> None:
    assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", path.read_text())


def _rules(text: str) -> Iterator[tuple[tuple[str, ...], str, frozenset[str]]]:
    """Each rule of a style sheet: the at-rules it is in, its selector, its declarations."""
    inside: list[str] = []
    piece = ""
    for character in re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL):
        if character == "{":
            inside.append(" ".join(piece.split()))
        elif character == "}":
            if declarations := frozenset(" ".join(each.split()) for each in piece.split(";") if each.strip()):
                yield tuple(inside[:-1]), inside[-1], declarations
            inside.pop()
        elif character != ";" or inside:
            piece += character
            continue
        piece = ""


def _written_twice(texts: Iterable[str]) -> set[str]:
    """Selectors that have two rules, and selectors of which each has the same declarations (two or more) as another."""
    rules = [rule for text in texts for rule in _rules(text)]
    selectors = Counter((inside, selector) for inside, selector, _ in rules)
    blocks = Counter((inside, declared) for inside, _, declared in rules if len(declared) > 1)
    return {
        selector
        for inside, selector, declared in rules
        if selectors[inside, selector] > 1 or blocks[inside, declared] > 1
    }


def test_what_is_written_twice_is_found() -> None:
    assert _written_twice(["a { x: 1; y: 2; } b { x: 1; } @media m { a { x: 1; y: 2; } }"]) == set()
    assert _written_twice(["@layer l { a { x: 1; } }", "@layer l { a { y: 1; } }"]) == {"a"}
    assert _written_twice(["@layer l; a { x: 1; y: 2; }", "b { y: 2; x: 1 }"]) == {"a", "b"}


def test_style_sheets_are_small_and_write_no_rule_twice() -> None:
    assert sum(path.stat().st_size for path in STYLES) <= CSS_BYTES
    assert _written_twice(path.read_text() for path in STYLES) == set()


def test_style_sheets_have_no_class_that_no_page_has() -> None:
    pages = [
        path for app in ("templates", "static/js", "issues", "ingest") for path in (ROOT / app).rglob("*.*")
    ]
    used = set(
        re.findall(
            r"[\w-]+", " ".join(path.read_text() for path in pages if path.suffix in {".html", ".js", ".py"})
        )
    )
    classes = {
        name
        for path in STYLES
        for _, selector, _ in _rules(path.read_text())
        for name in re.findall(r"\.([a-z][\w-]*)", selector)
    }
    assert classes - used - ELSEWHERE == set()


def test_the_script_of_every_page_stays_small() -> None:
    assert (ROOT / "static/js/app.js").stat().st_size <= 6 * 1024


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_makes_no_code_from_text(path: Path) -> None:
    assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML", path.read_text())
