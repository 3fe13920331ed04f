"""Writes a JSON value for people, within a number of characters, as tokens that can be coloured.

Unlike a JSON encoder it stops in the middle, shows marks (issues.render.marks), and can write Python's reprs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from issues.render.values import number, visible

#: A CSS class (a name, s string, m number, k constant, c remark, or empty) and its text.
Token = tuple[str, str]

DEEPEST = 12


def tokens(value: object, room: int, *, indent: bool, reprs: bool = False) -> tuple[list[Token], bool]:
    """The JSON of `value` in at most `room` characters, and whether that cut it.

    `indent` puts every member on a line of its own; `reprs` says that strings are Python's repr() of a value.
    """
    writer = _Writer(room, indent, reprs)
    try:
        writer.write(value)
    except _Full:
        return writer.tokens, True
    return writer.tokens, False


def indented(value: object, room: int) -> tuple[str, bool]:
    """Indented JSON as text, and whether `room` characters cut it."""
    found, cut = tokens(value, room, indent=True)
    return "".join(text for _, text in found), cut


class _Full(Exception):
    """There is no room left."""


class _Writer:
    def __init__(self, room: int, indent: bool, reprs: bool) -> None:
        self.room, self.indent, self.reprs = room, indent, reprs
        self.tokens: list[Token] = []

    def put(self, css: str, text: str) -> None:
        if len(text) > self.room:
            self.tokens.append((css, text[: self.room]))
            self.room = 0
            raise _Full
        self.room -= len(text)
        self.tokens.append((css, text))

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
            self.put(*((repr_class(text), _one_line(text)) if self.reprs else ("s", _quoted(text))))
        elif value is None or isinstance(value, bool):
            self.put("k", "null" if value is None else "true" if value else "false")
        else:
            self.put("m", number(value) if isinstance(value, int | float) else visible(str(value)))

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


def repr_class(text: str) -> str:
    """The CSS class of Python's repr() of a value."""
    if text[:1] in ("'", '"') or text[:2] in ("b'", 'b"'):
        return "s"
    if text in ("None", "True", "False"):
        return "k"
    return "m" if len(text) < 400 and _REPR_NUMBER.fullmatch(text) else ""
