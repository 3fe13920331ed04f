"""Any JSON value as something to read: the one place where text is made safe to look at.

A payload may hold anything anywhere, so every renderer takes its values through here. Nothing raises, nothing is
taken at its word: control and bidi characters become visible, huge and deep values are cut and say so.
What must be shown of a payload is listed in docs/protocol.md, section 2.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

FOLD_CHARACTERS = 320
FOLD_LINES = 12
CUT_CHARACTERS = 4_000
ONE_LINE = 88
DEEPEST = 12
MOST_FIELDS = 200
FILTERED = "[Filtered]"

# C0 and C1 controls but tab and newline; bidi controls; invisible and line-separating characters; surrogates.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]"
)


def _name_character(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"⟨U+{code:04X}⟩"


def visible(text: str) -> str:
    """`text` with every character that hides or reorders others replaced by a visible name of it."""
    return _UNSEEN.sub(_name_character, text.replace("\r\n", "\n"))


@dataclass(frozen=True)
class Value:
    """One JSON value to show. `html` is `text`, escaped, with its tokens marked.

    `kind` is its JSON type; `folded` says it is long and belongs behind a summary (`preview`); `cut` says that only
    a beginning of it is here. `mark` says what was done to it before it came here (issues.render.marks).
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
    """A name and its value, one row of a table."""

    name: str
    value: Value
    note: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under a title; `more` counts the rows that were left out."""

    title: str
    fields: tuple[Field, ...]
    more: int = 0
    note: str = ""


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


def number(value: int | float) -> str:
    """A number as it was written, also those that JSON has no word for."""
    if isinstance(value, float):
        if math.isfinite(value):
            return repr(value)
        return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
    try:
        return str(value)
    except ValueError:  # past sys.int_info.str_digits_check_threshold
        return hex(value)


def scalar(value: object) -> str:
    """A string, number or boolean as visible text; empty for null. Objects and arrays become their JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number(value)
    return compact(value)


def line(value: object, limit: int = 200) -> str:
    """`scalar` on one line and at most `limit` characters, with `…` where it was cut."""
    text = " ".join(scalar(value[: limit * 4] if isinstance(value, str) else value).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def mapping(value: object) -> dict[str, Any]:
    """`value` if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A list as it is, or the `values` of an object; a lone object is a list of one. Anything else is empty."""
    if isinstance(value, dict):
        inner = value.get("values")
        return inner if isinstance(inner, list) else ([value] if value and "values" not in value else [])
    return value if isinstance(value, list) else []


def string(value: object) -> str:
    """A string that is not blank, made visible; empty for everything else."""
    return visible(value) if isinstance(value, str) and value.strip() else ""


def whole_number(value: object) -> int | None:
    """An integer, also when it came as a float or as digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, str) and len(value) < 12 and value.strip().isascii() and value.strip().isdigit():
        return int(value)
    return None


class _Full(Exception):
    """The writer has no room left."""


class _Writer:
    """Writes JSON as tokens, within a number of characters; with `reprs` strings are Python's repr() already."""

    def __init__(self, room: int, indent: bool, reprs: bool = False) -> None:
        self.room, self.indent, self.reprs = room, indent, reprs
        self.tokens: list[tuple[str, str]] = []

    def put(self, kind: str, text: str) -> None:
        if len(text) > self.room:
            self.tokens.append((kind, text[: self.room]))
            self.room = 0
            raise _Full
        self.room -= len(text)
        self.tokens.append((kind, text))

    def write(self, value: object, depth: int = 0) -> None:
        self._write(value, depth)
        if depth and (mark := getattr(value, "mark", "")):
            self.put("c", f" ⟨{mark}⟩")

    def _write(self, value: object, depth: int) -> None:
        if isinstance(value, dict):
            self._members("{", "}", ((key, member) for key, member in value.items()), len(value), depth)
        elif isinstance(value, list | tuple):
            self._members("[", "]", ((None, member) for member in value), len(value), depth)
        elif isinstance(value, str):
            text = value[: self.room + 1]
            self.put(*((_repr_token(text), _one_line(text)) if self.reprs else ("s", _quoted(text))))
        elif isinstance(value, bool) or value is None:
            self.put("k", "null" if value is None else scalar(value))
        else:
            self.put("m", scalar(value))

    def _members(
        self, left: str, right: str, members: Iterable[tuple[object, object]], count: int, depth: int
    ) -> None:
        if not count or depth >= DEEPEST:
            self.put("", left + (f" … {count} deeper " if count else "") + right)
            return
        self.put("", left)
        for index, (key, member) in enumerate(members):
            if index:
                self.put("", "," if self.indent else ", ")
            if self.indent:
                self.put("", "\n" + "  " * (depth + 1))
            if key is not None:
                name = str(key)[: self.room + 1]
                self.put("a", f"'{_one_line(name)}'" if self.reprs else _quoted(name))
                self.put("", ": ")
            self.write(member, depth + 1)
        self.put("", ("\n" + "  " * depth if self.indent else "") + right)


_ESCAPES = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"})


def _quoted(text: str) -> str:
    return f'"{visible(text.translate(_ESCAPES))}"'


def _one_line(text: str) -> str:
    return visible(text.replace("\n", "\\n"))


_REPR_NUMBER = re.compile(r"-?\d[\d_]*(\.\d+)?(e[+-]?\d+)?j?", re.IGNORECASE)


def _repr_token(text: str) -> str:
    """The token class of Python's repr() of a value."""
    if text[:1] in ("'", '"') or text[:2] in ("b'", 'b"'):
        return "s"
    if text in ("None", "True", "False"):
        return "k"
    return "m" if len(text) < 400 and _REPR_NUMBER.fullmatch(text) else ""


def _written(
    value: object, room: int, indent: bool, reprs: bool = False
) -> tuple[list[tuple[str, str]], bool]:
    writer = _Writer(room, indent, reprs)
    try:
        writer.write(value)
    except _Full:
        return writer.tokens, True
    return writer.tokens, False


def compact(value: object, limit: int = CUT_CHARACTERS) -> str:
    """JSON on one line, at most `limit` characters."""
    return "".join(text for _, text in _written(value, limit, indent=False)[0])


def pretty(value: object, limit: int) -> tuple[str, bool]:
    """Indented JSON, at most `limit` characters, and whether that cut it."""
    tokens, cut = _written(value, limit, indent=True)
    return "".join(text for _, text in tokens), cut


def _marked(tokens: Iterable[tuple[str, str]]) -> SafeString:
    """Tokens as HTML. Everything is escaped first; only spans and marks of our own are added."""
    html = "".join(
        f'<span class="{kind}">{escape(text)}</span>' if kind else escape(text) for kind, text in tokens
    )
    return mark_safe(html.replace(FILTERED, f'<mark class="filtered">{FILTERED}</mark>'))


def show(value: object, *, quoted: bool = False, reprs: bool = False, limit: int = CUT_CHARACTERS) -> Value:
    """`value` ready for a table. Strings are shown bare, as JSON when `quoted`, as Python's when they are `reprs`."""
    kind = kind_of(value)
    cut = False
    if kind == "string" and not quoted:
        raw = value if isinstance(value, str) else str(value)
        cut = len(raw) > limit
        tokens = [(_repr_token(raw) if reprs else "", visible(raw[:limit]))]
    elif kind in ("object", "array"):
        tokens, long = _written(value, ONE_LINE, indent=False, reprs=reprs)
        if long:
            tokens, cut = _written(value, limit, indent=True, reprs=reprs)
    else:
        tokens, cut = _written(value, limit, indent=False)
    text = "".join(part for _, part in tokens)
    folded = len(text) > FOLD_CHARACTERS or text.count("\n") >= FOLD_LINES
    return Value(
        kind=kind,
        text=text,
        html=_marked(tokens),
        preview=" ".join(text[:400].split())[:120] if folded else "",
        folded=folded,
        cut=cut,
        size=len(value) if isinstance(value, str | list | dict) else 0,
        mark=getattr(value, "mark", ""),
    )


def fields(
    value: object, *, quoted: bool = False, reprs: bool = False, most: int = MOST_FIELDS
) -> tuple[Field, ...]:
    """The rows of an object, a list of pairs, or a list; one nameless row for anything else that is there."""
    return tuple(
        Field(line(name, 120), show(member, quoted=quoted, reprs=reprs))
        for name, member in pairs(value)[:most]
    )


def table(
    title: str, value: object, *, quoted: bool = False, most: int = MOST_FIELDS, note: str = ""
) -> Table:
    """`fields` under a title, with the number of rows that did not fit."""
    return Table(title, fields(value, quoted=quoted, most=most), max(0, len(pairs(value)) - most), note)


def pairs(value: object) -> list[tuple[str, Any]]:
    """Names and members of an object, of a list of two-element lists, or of a list (named by position)."""
    if isinstance(value, dict):
        return [(str(name), member) for name, member in value.items()]
    if isinstance(value, list):
        if value and all(
            isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in value
        ):
            return [(pair[0], pair[1]) for pair in value]
        return [(str(index), member) for index, member in enumerate(value)]
    return [] if value is None or value == "" else [("", value)]


def formatted(name: str, value: object, form: Callable[[Any], str]) -> Field:
    """A row whose value is shown through `form`; as it is when `form` cannot read it."""
    try:
        return Field(name, show(form(value)))
    except (ValueError, TypeError, OverflowError, ArithmeticError):
        return Field(name, show(value))


def web_address(value: object) -> str:
    """`value` when it is an http or https address that may become a link, else empty."""
    text = value.strip() if isinstance(value, str) else ""
    return text if re.match(r"https?://[^\s\\]", text, re.IGNORECASE) and not _UNSEEN.search(text) else ""
