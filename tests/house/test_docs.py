"""Documents cannot rot: what code, templates and documents cite exists, and the table of settings is the code's.

The checks are in tests/lib/citations.py and tests/lib/settings_table.py. Each is shown to fail on a made-up text first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from tests.lib import citations, settings_table
from tests.lib import facts as reading
from tests.lib.facts import Facts, Texts

ROOT = Path(__file__).parents[2]
Check = Callable[[Texts, Facts], list[str]]

# Names that are defined elsewhere and that our texts mention.
FOREIGN = {"MINIDUMP_SYSTEM_INFO"}
# Files with examples of bad citations, which the checks must skip.
EXAMPLES = {"tests/house/test_docs.py", "tests/lib/citations.py"}


@cache
def facts() -> Facts:
    makefile = (ROOT / "Makefile").read_text()
    variables = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)*\b", makefile))
    settings = settings_table.read((ROOT / "rustrak/settings.py").read_text())
    return Facts.of(ROOT, _commands(), frozenset({*variables, *settings, *FOREIGN}))


def _commands() -> dict[str, frozenset[str]]:
    """The options of each command; Django's own are known by name, ours with what they add."""
    return {
        name: frozenset(
            option
            for action in load_command_class(app, name).create_parser("manage.py", name)._actions
            for option in action.option_strings
        )
        for name, app in get_commands().items()
        if isinstance(app, str)
    } | {"help": frozenset()}


@cache
def documents() -> Texts:
    """The pages in docs, and those in the root directory."""
    names = reading.listed(ROOT)
    return {
        name: (ROOT / name).read_text()
        for name in names
        if name.endswith(".md") and (name.startswith("docs/") or "/" not in name)
    }


@cache
def prose() -> Texts:
    """Documents, and the comments and docstrings of all our Python."""
    sources = _sources()
    return {**documents(), **{name: reading.prose(text) for name, text in sources.items()}}


@cache
def everything() -> Texts:
    """What people and operators read: also the strings in our Python, templates, scripts, and the files beside them."""
    others = {
        name: (ROOT / name).read_text()
        for name in reading.listed(ROOT)
        if name.endswith((".html", ".txt", ".js", ".css")) and name.startswith(("templates/", "static/"))
        or name in {"Makefile", ".ci/run", "pyproject.toml"}
    }  # fmt: skip
    strings = {f"{name} (strings)": reading.strings(text) for name, text in _sources().items()}
    return {
        **prose(),
        **others,
        **{name: text for name, text in strings.items() if not name.startswith("tests/")},
    }


@cache
def _sources() -> Texts:
    return {
        name: (ROOT / name).read_text()
        for name in reading.listed(ROOT)
        if name.endswith(".py") and "/migrations/" not in name and name not in EXAMPLES
    }


# Each check with a text that it must refuse, what it says of it, and a text that it must let pass.
MADE_UP = Facts(
    files=frozenset(
        {
            "docs/page.md",
            "docs/guide.md",
            "docs",
            "ingest/edge/intake.py",
            "ingest/edge",
            "docs/decisions/0001-why.md",
        }
    ),
    headings={"docs/guide.md": ("Limits",)},
    anchors={"docs/guide.md": frozenset({"2-limits"})},
    commands={"retain": frozenset({"--once"})},
    targets=frozenset({"run"}),
    names=frozenset({"MAX_BYTES"}),
    modules={"ingest/edge/intake.py": frozenset({"Intake", "Intake.close", "app"})},
)
REFUSED = [
    (citations.paths, "see ingest/edge/outlet.py", "there is no ingest/edge/outlet.py"),
    (citations.paths, "see ingest/egde/", "there is no ingest/egde/"),
    (citations.documents, "see docs/guild.md", "there is no document docs/guild.md"),
    (citations.documents, "see guide.md, \"Limits\"", "there is no document guide.md; write its path"),
    (citations.cited_headings, 'see docs/guide.md, "Quotas"', 'docs/guide.md has no heading "Quotas"'),
    (citations.cited_headings, "see docs/guide.md, 2.1", "cites section 2.1 of docs/guide.md; cite the heading"),
    (citations.cited_headings, "docs/guide.md, section 2", "cites section 2 of docs/guide.md; cite the heading"),
    (citations.decisions, "why: docs/decisions/0002", "there is no decision 0002"),
    (citations.decisions, "see decision 0003", "there is no decision 0003"),
    (citations.commands, "run manage.py retian", "there is no command manage.py retian"),
    (citations.commands, "`manage.py retain --twice`", "manage.py retain has no option --twice"),
    (citations.targets, "`make rum`", "the Makefile has no target rum"),
    (citations.targets, "```sh\nA=1 make fly  # away\n```", "the Makefile has no target fly"),
    (citations.names, "set MAX_BITES to 1", "nothing is called MAX_BITES"),
    (citations.modules, "see ingest.edge.outlet", "nothing is at ingest.edge.outlet"),
    (citations.modules, "see ingest.edge.intake.Outtake", "nothing is at ingest.edge.intake.Outtake"),
    (citations.modules, "see ingest.edge.intake.Intake.open", "nothing is at ingest.edge.intake.Intake.open"),
    (citations.functions, "| `ingest/edge/intake.py` | `open()` |", "ingest/edge/intake.py has no open()"),
    (citations.links, "[limits](guild.md)", "links to guild.md, which does not exist"),
    (citations.links, "[limits](guide.md#quotas)", "docs/guide.md has no heading of this anchor"),
    (citations.links, "[limits](#quotas)", "docs/page.md has no heading of this anchor"),
]  # fmt: skip
ACCEPTED = [
    (citations.paths, "ingest/edge/intake.py, ingest/edge/ and /api/projects/ are fine, so is ingest/<name>.py"),
    (citations.documents, "docs/guide.md"),
    (citations.cited_headings, 'docs/guide.md, "limits" and docs/guide.md. 4 more'),
    (citations.decisions, "docs/decisions/0001 and decision 0001"),
    (citations.commands, "`manage.py retain --once`, and `manage.py` alone"),
    (citations.targets, "`make run`, which does not make trouble"),
    (citations.names, "MAX_BYTES, MAX_BYTES_FILE, `MAX_*`, $MAX_BITES"),
    (citations.modules, "ingest.edge.intake.Intake.close and ingest.edge; not a.ingest.x"),
    (citations.functions, "`ingest/edge/intake.py` has `app()` and `Intake.close()`.\n\nElsewhere there is `open()`."),
    (citations.links, "[a](guide.md) [b](guide.md#2-limits) [c](https://example.org/guild.md)"),
]  # fmt: skip


@pytest.mark.parametrize(("check", "text", "problem"), REFUSED)
def test_a_check_refuses_what_leads_nowhere(check: Check, text: str, problem: str) -> None:
    found = check({"docs/page.md" if check is citations.links else "some.py": text}, MADE_UP)
    assert len(found) == 1
    assert problem in found[0]


@pytest.mark.parametrize(("check", "text"), ACCEPTED)
def test_a_check_lets_pass_what_resolves(check: Check, text: str) -> None:
    assert check({"docs/page.md": text}, MADE_UP) == []


def test_prose_is_comments_and_docstrings() -> None:
    source = '"""See\ndocs/a.md."""\nx = 1  # one\n# two (docs/b.md,\n# "Heading")\nname = "docs/c.md"\n'
    assert reading.prose(source).splitlines() == ['one two (docs/b.md, "Heading")', "See docs/a.md."]
    assert reading.strings(source) == "docs/c.md"


def test_headings_lose_their_number_and_keep_it_in_the_anchor() -> None:
    text = "# Page\n\n```sh\n# not a heading\n```\n\n## 2. Item types\n### Who, what?\n"
    assert reading.headings(text) == ["Page", "Item types", "Who, what?"]
    assert reading.anchors(text) == ["page", "2-item-types", "who-what"]


def _none(problems: list[str]) -> None:
    assert not problems, "\n" + "\n".join(problems)


def test_paths_exist() -> None:
    _none(citations.paths(prose(), facts()))


def test_documents_exist() -> None:
    _none(citations.documents(everything(), facts()))


def test_headings_exist() -> None:
    _none(citations.cited_headings(everything(), facts()))


def test_decisions_exist() -> None:
    _none(citations.decisions(everything(), facts()))


def test_decisions_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in (ROOT / "docs/decisions").glob("*.md"))
    assert [name[:4] for name in names] == [f"{number:04}" for number in range(1, len(names) + 1)]
    for name in names:
        first = (ROOT / "docs/decisions" / name).read_text().splitlines()[0]
        assert first.startswith(f"# {int(name[:4])}. "), f"{name} begins with {first!r}"


def test_commands_and_their_options_exist() -> None:
    _none(citations.commands(everything(), facts()))


def test_make_targets_exist() -> None:
    _none(citations.targets(everything(), facts()))


def test_names_in_capitals_exist() -> None:
    _none(citations.names(prose(), facts()))


def test_modules_exist() -> None:
    _none(citations.modules(prose(), facts()))


def test_functions_are_in_the_file_that_the_documents_name() -> None:
    _none(citations.functions(documents(), facts()))


def test_links_lead_somewhere() -> None:
    _none(citations.links(documents(), facts()))


SETTINGS = """
_MIB = 1024 * 1024
PORT = _setting("PORT", 8000, _number(1), "8000")
HOST = _setting("HOST", "127.0.0.1", str, "0.0.0.0")
LIMIT = _setting("LIMIT", 20 * _MIB, _number(), "1")
FSYNC = _setting("FSYNC", True, _boolean, "true")
NETWORKS = _setting("NETWORKS", [], _networks, "10.0.0.0/8")
"""
TABLE = """## Settings

| name | default | meaning |
|---|---|---|
| `HOST`, `PORT` | `127.0.0.1`, `8000` | where |
| `LIMIT` | 20 MiB | how much |
| `FSYNC` | `true` | whether |
| `NETWORKS` | – | who |

## Next

| `OTHER` | 1 | no setting |
"""


def test_a_table_of_settings_that_is_right() -> None:
    assert settings_table.differences(SETTINGS, TABLE) == []


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("| `LIMIT` | 20 MiB | how much |\n", "", "LIMIT is read in settings.py and missing in the table"),
        ("| `FSYNC`", "| `SYNC` | `true` | x |\n| `FSYNC`", "SYNC is in the table and not read in settings.py"),
        ("20 MiB", "30 MiB", "LIMIT: the default is 20480 KiB or 20 MiB or 20971520 or `20971520`, and '30 MiB'"),
        ("`8000`", "`8001`", "PORT: the default is"),
        ("`true`", "`false`", "FSYNC: the default is `true`, and '`false`'"),
        ("| – |", "| none |", "NETWORKS: the default is –, and 'none'"),
    ],
)  # fmt: skip
def test_a_table_of_settings_that_is_wrong(before: str, after: str, problem: str) -> None:
    assert before in TABLE
    found = settings_table.differences(SETTINGS, TABLE.replace(before, after))
    assert len(found) == 1
    assert problem in found[0]


def test_a_default_that_is_computed_must_be_worded() -> None:
    source = SETTINGS.replace("8000, _number", "free_port(), _number")
    assert "worded in WORDED" in settings_table.differences(source, TABLE)[0]


def test_the_table_of_settings_is_what_the_code_reads() -> None:
    source = (ROOT / "rustrak/settings.py").read_text()
    assert len(settings_table.read(source)) > 30
    _none(settings_table.differences(source, (ROOT / "docs/operations.md").read_text()))


def test_every_column_of_a_table_has_a_name() -> None:
    """The documents are pages of Rustrak: people who do not see a table hear the names of its columns."""
    nameless = {
        f"{path.name}: {head}"
        for path in (ROOT / "docs").rglob("*.md")
        for head, rule in pairwise(path.read_text().splitlines())
        if re.fullmatch(r"\|(?: *:?-+:? *\|)+", rule) and re.search(r"\|\s*\|", head)
    }
    assert nameless == set()
