"""docs/threats.md says where each bound is and which test proves it: both exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.lib.facts import defined

ROOT = Path(__file__).parents[2]
PAGE = "docs/threats.md"
SECTIONS = ("Time", "Memory", "Bytes at rest", "People", "Files", "Records and logs")
HEAD = ["who sends what", "bound", "where", "test"]
_SPAN = re.compile(r"`([^`]+)`")


def tables(page: str) -> dict[str, list[list[str]]]:
    """The rows of the tables of bounds, by the heading above each. A table of bounds begins with HEAD."""
    found: dict[str, list[list[str]]] = {}
    for part in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        lines = [line for line in part.splitlines() if line.startswith("|")]
        rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
        if rows and rows[0] == HEAD:
            found[part.splitlines()[0]] = rows[2:]
    return found


@cache
def names(file: str) -> frozenset[str]:
    """What `file` defines; of a file that is not Python, its words."""
    text = (ROOT / file).read_text()
    return defined(text) if file.endswith(".py") else frozenset(re.findall(r"[\w.-]+", text))


def problems(row: list[str]) -> Iterator[str]:
    """What does not exist of a row, or is missing in it."""
    if len(row) != len(HEAD) or not all(row):
        yield f"needs {len(HEAD)} cells: {row}"
        return
    what, _, where, test = row
    places = _SPAN.findall(where)
    if not places:
        yield f"{what}: says not where"
    for place in places:
        file, colon, symbols = place.partition(": ")
        if not colon:
            yield f"{what}: {place} is not `file: symbol`"
        elif not (ROOT / file).is_file():
            yield f"{what}: there is no {file}"
        else:
            yield from (
                f"{what}: {file} has no {one}" for one in symbols.split(", ") if one not in names(file)
            )
    tests = _SPAN.findall(test)
    if not tests:
        yield f"{what}: names no test"
    for one in tests:
        file, colon, name = one.partition("::")
        if not colon or not (ROOT / file).is_file():
            yield f"{what}: there is no test file {file}"
        elif name not in names(file):
            yield f"{what}: {file} has no {name}"


@pytest.mark.parametrize(
    ("where", "test", "problem"),
    [
        ("`ingest/edge/outlet.py: app`", "`tests/house/test_threats.py::tables`", "no ingest/edge/outlet.py"),
        ("`ingest/edge/intake.py: Outtake`", "`tests/house/test_threats.py::tables`", "has no Outtake"),
        ("`ingest/edge/intake.py`", "`tests/house/test_threats.py::tables`", "is not `file: symbol`"),
        ("the edge", "`tests/house/test_threats.py::tables`", "says not where"),
        ("`ingest/edge/intake.py: Intake.close, app`", "`tests/house/test_threats.py::test_it`", "has no test_it"),
        ("`ingest/edge/intake.py: app`", "`tests/house/test_threat.py::tables`", "no test file"),
        ("`ingest/edge/intake.py: app`", "none", "names no test"),
    ],
)  # fmt: skip
def test_a_row_that_leads_nowhere_is_found(where: str, test: str, problem: str) -> None:
    found = list(problems(["who", "what", where, test]))
    assert len(found) == 1
    assert problem in found[0]


def test_every_section_has_its_bounds() -> None:
    found = tables((ROOT / PAGE).read_text())
    assert tuple(found) == SECTIONS
    assert all(found.values())


def test_every_bound_and_its_test_exist() -> None:
    found = [
        f"{section}: {problem}"
        for section, rows in tables((ROOT / PAGE).read_text()).items()
        for row in rows
        for problem in problems(row)
    ]
    assert not found, "\n" + "\n".join(found)
