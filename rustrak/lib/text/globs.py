"""Matches texts against patterns with `*` (any text) and `?` (any character), ignoring case. Pure.

Nothing else is special. A part between two `*` is looked for from where the part before it ended, and never again, so no
part backtracks. A part with `?` is looked for at all places of the text at once, with one number whose bits are the
places: at each place in turn, 200 patterns of `?` would take 0.2 s for a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: How many characters of a text are looked at.
TEXT_LIMIT = 8192


class Globs:
    """A set of patterns; false if it is empty."""

    def __init__(self, patterns: Iterable[str]) -> None:
        globs = {pattern.casefold() for pattern in patterns}
        self._exact = frozenset(glob for glob in globs if not _special(glob))
        self._others = tuple(_Glob(glob) for glob in sorted(globs - self._exact))

    def __bool__(self) -> bool:
        return bool(self._exact or self._others)

    def match(self, text: str) -> bool:
        """Whether one of the patterns matches the whole of `text`. Nothing matches an empty text."""
        if not text:
            return False
        # Some characters become several.
        text = text[:TEXT_LIMIT].casefold()[:TEXT_LIMIT]
        if text in self._exact:
            return True
        places = _Places(text)
        return any(glob.match(text, places) for glob in self._others)


class _Places:
    """Where a character stands in a text: bit i is set where it is the i-th one."""

    def __init__(self, text: str) -> None:
        self._text = text
        # Only of characters that were asked for: a text may have thousands of different ones.
        self._of: dict[str, int] = {}

    def of(self, character: str) -> int:
        found = self._of.get(character)
        if found is None:
            bits = bytearray(len(self._text) // 8 + 1)
            at = self._text.find(character)
            while at >= 0:
                bits[at >> 3] |= 1 << (at & 7)
                at = self._text.find(character, at + 1)
            found = self._of[character] = int.from_bytes(bits, "little")
        return found


class _Part:
    """A part of a pattern without `*`."""

    def __init__(self, part: str) -> None:
        self.length = len(part)
        self._literal = None if "?" in part else part
        self._characters = [(at, character) for at, character in enumerate(part) if character != "?"]
        self._fixed = re.compile("".join("." if char == "?" else re.escape(char) for char in part), re.DOTALL)

    def is_at(self, text: str, at: int) -> bool:
        """Whether the part is at this index of the text."""
        return self._fixed.match(text, at) is not None

    def find(self, text: str, places: _Places, at: int) -> int:
        """The first index from `at` on where the part is; -1 if there is none."""
        if self._literal is not None:
            return text.find(self._literal, at)
        if at + self.length > len(text):
            return -1
        found = (1 << (len(text) - self.length + 1)) - (1 << at)
        for offset, character in self._characters:
            found &= places.of(character) >> offset
            if not found:
                return -1
        return (found & -found).bit_length() - 1


class _Glob:
    """One pattern: what the text must start with, what must follow anywhere in this order, and what it must end with."""

    def __init__(self, glob: str) -> None:
        first, *rest = re.split(r"\*+", glob)
        self._first = _Part(first)
        self._middle = tuple(_Part(part) for part in rest[:-1])
        self._last = _Part(rest[-1]) if rest else None

    def match(self, text: str, places: _Places) -> bool:
        if self._last is None:
            return self._first.length == len(text) and self._first.is_at(text, 0)
        if not self._first.is_at(text, 0):
            return False
        at, end = self._first.length, len(text) - self._last.length
        for part in self._middle:
            found = part.find(text, places, at)
            if found < 0:
                return False
            at = found + part.length
        return at <= end and self._last.is_at(text, end)


def _special(glob: str) -> bool:
    return "*" in glob or "?" in glob
