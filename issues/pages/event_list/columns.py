"""The columns of the list of events that one can choose, and the texts of their cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from issues.models import Event
from issues.payload.user import Identity
from issues.query import printing
from issues.render.values import line, visible
from issues.search.events.facts import Facts

#: More columns nobody reads; longer names are no tags.
MOST, LONGEST_NAME = 12, 200
LONGEST_CELL = 200
DEFAULT = ("release", "environment")
_TAG, _VARIABLE = "tag:", "var:"


@dataclass(frozen=True, slots=True)
class Cell:
    """`text` is shown; `term` is the condition that finds events with this value, empty where there is none."""

    text: str = ""
    term: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `name` is that in the query string, before it is quoted; `needs_payload`: its cells need Facts."""

    name: str
    label: str
    needs_payload: bool
    cell: Callable[[Event, Facts | None], Cell]

    @property
    def parameter(self) -> str:
        """The name as it stands in the query string, where a comma divides columns."""
        return quote(self.name, safe=":/@ ")


def _of_row(read: Callable[[Event], str], key: str) -> Callable[[Event, Facts | None], Cell]:
    def cell(event: Event, facts: Facts | None) -> Cell:
        return _cell(read(event), key)

    return cell


def _of_payload(read: Callable[[Facts], Sequence[str]], key: str) -> Callable[[Event, Facts | None], Cell]:
    def cell(event: Event, facts: Facts | None) -> Cell:
        found = read(facts) if facts else ()
        return _cell(found[0], key) if found else Cell()

    return cell


def _cell(value: str, key: str, *, is_tag: bool = False) -> Cell:
    return Cell(line(value, LONGEST_CELL), printing.term(key, value, is_tag=is_tag)) if value else Cell()


def _user(event: Event, facts: Facts | None) -> Cell:
    if facts is None or (who := facts.who) is None:
        return Cell()
    return next((_cell(value, key) for key, read in _NAMES if (value := read(who))), Cell())


# The most telling name first, as issues.people.met.shown.
_NAMES: tuple[tuple[str, Callable[[Identity], str]], ...] = (
    ("user.email", lambda who: who.email),
    ("user.username", lambda who: who.username),
    ("user.id", lambda who: who.id),
    ("user.ip", lambda who: who.ip_address),
)


KNOWN = {
    "user": Column("user", "User", True, _user),
    "release": Column("release", "Release", False, _of_row(lambda event: event.release, "release")),
    "environment": Column(
        "environment", "Environment", False, _of_row(lambda event: event.environment, "environment")
    ),
    "url": Column("url", "URL", True, _of_payload(lambda facts: facts.urls, "url")),
    "transaction": Column(
        "transaction", "Transaction", True, _of_payload(lambda facts: facts.transactions, "transaction")
    ),
    "message": Column("message", "Message", True, _of_payload(lambda facts: facts.messages, "message")),
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """Columns, at most MOST; the names that are no column, made visible; and how many columns were left out."""

    columns: Sequence[Column] = ()
    unknown: Sequence[str] = ()
    left_out: int = 0


def chosen(asked: Iterable[str]) -> Chosen:
    """What parameters of the query string name, each column once."""
    names = [unquote(name).strip() for each in asked for name in each.split(",")]
    found = {name: column_of(name) for name in dict.fromkeys(names) if name}
    columns = [column for column in found.values() if column]
    unknown = [line(name, 40) for name, column in found.items() if column is None]
    return Chosen(columns[:MOST], unknown[:MOST], max(0, len(columns) - MOST))


def column_of(name: str) -> Column | None:
    """The column called `name`: one of KNOWN, `tag:` and the key of a tag, or `var:` and the name of a variable."""
    if name in KNOWN:
        return KNOWN[name]
    name = name.replace("\0", "")
    for prefix, make in ((_TAG, _tag), (_VARIABLE, _variable)):
        rest = name.removeprefix(prefix)
        if rest and rest != name and len(rest) <= LONGEST_NAME:
            return make(name, rest)
    return None


def _tag(name: str, key: str) -> Column:
    def cell(event: Event, facts: Facts | None) -> Cell:
        return _cell(facts.tags.get(key, ""), key, is_tag=True) if facts else Cell()

    return Column(name, line(key, 40), True, cell)


def _variable(name: str, variable: str) -> Column:
    def cell(event: Event, facts: Facts | None) -> Cell:
        value = facts.variable(variable) if facts else None
        return Cell(line(value, LONGEST_CELL)) if value is not None else Cell()

    return Column(name, f"{line(variable, 40)} (variable)", True, cell)


def tag_columns(keys: Iterable[str]) -> list[Column]:
    """The columns of these tags, for the form; those that have columns of their own are left out."""
    return [
        column
        for key in keys
        if key not in ("level", *KNOWN) and visible(key) == key and (column := column_of(f"{_TAG}{key}"))
    ]


def variable_columns(names: Iterable[str]) -> list[Column]:
    return [column for name in names if (column := column_of(f"{_VARIABLE}{name}"))]
