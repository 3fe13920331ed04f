"""JSON values as cells, rows and tables of a page. Whatever their type they are shown, escaped and within bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from issues.render.json_tokens import Token, repr_class, tokens
from issues.render.room import Room
from issues.render.values import FILTERED, LONGEST_TEXT, line, visible

MOST_ROWS = 200
_LONGEST_LINE = 88
# Longer values, in characters or lines, are behind a summary.
_FOLDED_CHARACTERS, _FOLDED_LINES = 320, 12


@dataclass(frozen=True)
class Value:
    """One JSON value to show. `html` is `text`, escaped and coloured.

    `kind` is its JSON type; `folded`: it is long, and hidden until the reader opens `preview`; `cut`: this is only its beginning, of
    `size` characters or members. `mark` says what was done to it before it was stored (issues.render.marks).
    """

    kind: str
    text: str
    html: SafeString
    preview: str = ""
    folded: bool = False
    cut: bool = False
    size: int = 0
    mark: str = ""


@dataclass(frozen=True)
class Field:
    """A name and its value: one row. `key` and `searched` are the tag that this is and its value as they are stored; empty for what
    is not searched for as a tag."""

    name: str
    value: Value
    key: str = ""
    searched: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under a title; `more` counts the rows that were left out."""

    title: str
    fields: tuple[Field, ...]
    more: int = 0


def is_empty(value: object) -> bool:
    """Whether there is nothing to show: null, empty text, an empty array or object."""
    return value is None or value == "" or value == [] or value == {}


def has_no_items(value: object) -> bool:
    """Whether a part that holds a list (docs/protocol.md, "Event payload") is empty in either of its forms."""
    return is_empty(value) or (isinstance(value, dict) and "values" in value and is_empty(value["values"]))


def kind_of(value: object) -> str:
    """The JSON type of `value`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list | tuple):
        return "array"
    return "string"


def show(
    value: object,
    *,
    quoted: bool = False,
    reprs: bool = False,
    limit: int = LONGEST_TEXT,
    room: Room | None = None,
) -> Value:
    """`value` ready for a table. Strings are shown bare, as JSON when `quoted`, as Python's repr() with `reprs`.

    At most `limit` characters of it are shown, and not more than there is `room` for.
    """
    kind = kind_of(value)
    if room is not None and room.characters < limit:
        limit, room.full = max(0, room.characters), True
    cut = False
    if kind == "string" and not quoted:
        raw = value if isinstance(value, str) else str(value)
        cut = len(raw) > limit
        written: list[Token] = [(repr_class(raw) if reprs else "", visible(raw[:limit]))]
    elif kind in ("object", "array"):
        written, long = tokens(value, min(limit, _LONGEST_LINE), indent=False, reprs=reprs)
        if long:
            written, cut = tokens(value, limit, indent=True, reprs=reprs)
    else:
        written, cut = tokens(value, limit, indent=False)
    text = "".join(part for _, part in written)
    folded = len(text) > _FOLDED_CHARACTERS or text.count("\n") >= _FOLDED_LINES
    html = _html(written)
    if room is not None:
        room.write(html)
    return Value(
        kind=kind,
        text=text,
        html=html,
        preview=" ".join(text[:400].split())[:120] if folded else "",
        folded=folded,
        cut=cut,
        size=len(value) if isinstance(value, str | list | dict) else 0,
        mark=getattr(value, "mark", ""),
    )


def _html(written: Iterable[Token]) -> SafeString:
    """Tokens as HTML. Everything is escaped first; only spans and marks of our own are added."""
    html = "".join(
        f'<span class="{css}">{escape(text)}</span>' if css else escape(text) for css, text in written
    )
    return mark_safe(html.replace(FILTERED, f'<mark class="filtered">{FILTERED}</mark>'))


def pairs(value: object, most: int = MOST_ROWS) -> list[tuple[str, Any]]:
    """The first `most` names and members of an object, of a list of two-element lists, or of a list (named by position)."""
    if isinstance(value, dict):
        return [(str(name), member) for name, member in islice(value.items(), most)]
    if isinstance(value, list):
        first = value[:most]
        if all(isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in first):
            return [(pair[0], pair[1]) for pair in first]
        return [(str(index), member) for index, member in enumerate(first)]
    return [] if value is None or value == "" else [("", value)]


def count_of(value: object) -> int:
    """How many rows `pairs` would give without a limit."""
    return len(value) if isinstance(value, dict | list) else len(pairs(value))


def counted_fields(
    value: object, *, room: Room, quoted: bool = False, reprs: bool = False, most: int = MOST_ROWS
) -> tuple[tuple[Field, ...], int]:
    """A row for each of `pairs(value)`, at most `most` and as many as there is `room` for; how many there are more."""
    found = []
    for name, member in pairs(value, most):
        if not room.row():
            break
        found.append(Field(line(name, 120), show(member, quoted=quoted, reprs=reprs, room=room)))
    return tuple(found), count_of(value) - len(found)


def fields(value: object, *, room: Room, most: int = MOST_ROWS) -> tuple[Field, ...]:
    """The rows of `counted_fields`, where nothing says how many there are more."""
    found, more = counted_fields(value, room=room, most=most)
    room.full = room.full or more > 0
    return found


def table(title: str, value: object, *, room: Room, most: int = MOST_ROWS) -> Table:
    """`counted_fields` under a title."""
    return Table(title, *counted_fields(value, room=room, most=most))


def rows(values: Iterable[tuple[object, object]], *, room: Room, most: int = MOST_ROWS) -> tuple[Field, ...]:
    """A row for each name and value, at most `most` and as many as there is `room` for."""
    found: list[Field] = []
    for name, value in values:
        if len(found) >= most:
            room.full = True
            break
        if not room.row():
            break
        found.append(Field(line(name), show(value, room=room)))
    return tuple(found)


def formatted(name: str, value: object, form: Callable[[Any], str]) -> Field:
    """A row whose value is worded by `form`; the value as it is where `form` raises because of its type or size."""
    try:
        return Field(name, show(form(value)))
    except (ValueError, TypeError, OverflowError, ArithmeticError):
        return Field(name, show(value))
