r"""What the text of an issue consists of: lines of words, each once, bounded. Pure.

A column of IssueText is empty, or a line end, and each line with a line end behind it: `\n charge card \n settle \n`. A line
is what issues.payload.words.part makes of one text. Lines of the column `types` begin with issues.payload.words.exact; in the column
`other` those of tags begin with `#`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from issues.payload import words
from issues.payload.searchable import (
    COLUMNS,
    FILES,
    FUNCTIONS,
    MODULES,
    OTHER,
    TAGS,
    TYPES,
    URLS,
)

#: In bytes: how much an issue has of each kind of text. What is more is left out.
LIMITS = {TYPES: 1024, FUNCTIONS: 3072, FILES: 2048, MODULES: 2048, URLS: 1024, OTHER: 3072, TAGS: 1024}
# Lines with numbers and ids take at most one of so many parts of it. Past that they lose these words: nearly each event of a
# message with the number of an order would have a new one.
_SHARE_OF_VARIABLE = 3
# A longer line loses its last words, and not all of them: the 2000 characters of a message fit, but not in scripts whose words are
# single letters of three bytes.
_LONGEST_LINE = {column: 2 * limit // 3 for column, limit in LIMITS.items()}
_TAG = "#"
# Texts up to so many characters are split once for all issues that have them.
_CACHED_LENGTH = 200


class Draft:
    """What an issue has, by the hashes of its lines, and what is to be added to it. `is_full`: something was left out.

    Hashes, because the text itself takes ten times the memory.
    """

    __slots__ = ("_before", "_known", "_used", "added", "fresh", "is_full")

    def __init__(self, known: Known) -> None:
        self._before = known
        self._known = known.lines
        self._used = dict(known.used)
        self.fresh: set[int] = set()
        self.added: dict[str, list[str]] = {}
        self.is_full = known.is_full

    def put(self, column: str, text: str) -> None:
        """Add a text to a column (or TAGS) unless the issue has it."""
        if not text:
            return
        line, plain, is_cut = _cached(column, text) if len(text) <= _CACHED_LENGTH else _lines(column, text)
        self.is_full |= is_cut
        if not line or self._has(column, line):
            return
        if plain != line:
            if self._take(_variable(column), line, LIMITS[column] // _SHARE_OF_VARIABLE):
                self._append(column, line)
                return
            self.is_full = True
            if not plain or self._has(column, plain):
                return
        self._append(column, plain)

    def put_line(self, column: str, line: str) -> None:
        """Add a line of another issue unless the issue has it."""
        if not self._has(column, line):
            self._append(column, line)

    def _has(self, column: str, line: str) -> bool:
        key = hash((column, line))
        return key in self._known or key in self.fresh

    def _append(self, column: str, line: str) -> None:
        if self._take(column, line, LIMITS[column]):
            self.added.setdefault(column, []).append(line)
            self.fresh.add(hash((column, line)))
        else:
            self.is_full = True

    def _take(self, kind: str, line: str, limit: int) -> bool:
        used = self._used.get(kind, 0) + _size(line)
        if used > limit:
            return False
        self._used[kind] = used
        return True

    def known(self) -> Known:
        """What the issue has once all is added."""
        if not self.fresh and self.is_full == self._before.is_full:
            return self._before
        return Known(self._known | self.fresh, self._used, self.is_full)

    def columns(self, before: Mapping[str, str]) -> dict[str, str]:
        """The columns that change, as they are with what is added to those of `before`."""
        made = {}
        for column in COLUMNS:
            lines = list(self.added.get(column, ()))
            if column == OTHER:
                lines += [_TAG + line for line in self.added.get(TAGS, ())]
            if lines:
                made[column] = (before.get(column) or "\n") + "".join(f"{line}\n" for line in lines)
        return made


class Known:
    """The lines that an issue has, by their hashes, and how many bytes of each kind."""

    __slots__ = ("is_full", "lines", "used")

    def __init__(
        self, lines: set[int] | None = None, used: dict[str, int] | None = None, is_full: bool = False
    ) -> None:
        self.lines = lines or set()
        self.used = used or {}
        self.is_full = is_full

    @classmethod
    def of(cls, columns: Mapping[str, str], is_full: bool) -> Known:
        """Of a row of IssueText."""
        known = cls(is_full=is_full)
        for column, line in lines_of(columns):
            known.lines.add(hash((column, line)))
            known.used[column] = known.used.get(column, 0) + _size(line)
            if _without_variable(line) != line:
                kind = _variable(column)
                known.used[kind] = known.used.get(kind, 0) + _size(line)
        return known


def lines_of(columns: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The lines of a row of IssueText, with their columns (or TAGS)."""
    for column in COLUMNS:
        for line in columns[column].split("\n"):
            if line.startswith(_TAG):
                yield TAGS, line[1:]
            elif line:
                yield column, line


def join(into: Mapping[str, str], others: Sequence[Mapping[str, str]], is_full: bool) -> Draft:
    """What the lines of `others` add to the row `into` of IssueText."""
    draft = Draft(Known.of(into, is_full))
    for other in others:
        for column, line in lines_of(other):
            draft.put_line(column, line)
    return draft


def _variable(column: str) -> str:
    return f"{column} with numbers"


def _size(line: str) -> int:
    return len(line) + 1 if line.isascii() else len(line.encode()) + 1


def _lines(column: str, text: str) -> tuple[str, str, bool]:
    """The line of a text, and the same without what differs from event to event; equal if nothing does. And whether words are
    left out because it is too long."""
    whole = words.part(text)
    mark = words.exact(text) if column == TYPES and whole else ""
    found = _cut(whole, _LONGEST_LINE[column] - len(mark.encode()))
    plain = _without_variable(found)
    if mark:
        return mark + found, mark + found if plain == found else plain, found != whole
    return found, plain, found != whole


def _cut(line: str, longest: int) -> str:
    """The first words of a line that has more bytes."""
    if _size(line) <= longest:
        return line
    start = line.encode()[: max(0, longest - 1)].decode(errors="ignore")
    kept = start.rpartition(" ")[0]
    return f"{kept} " if kept else ""


_cached = lru_cache(4096)(_lines)


def _without_variable(line: str) -> str:
    if not any(map(line.__contains__, "0123456789")):
        return line
    kept = [word for word in line.split() if not _is_variable(word)]
    return f" {' '.join(kept)} " if kept else ""


def _is_variable(word: str) -> bool:
    """Whether a word looks like a number or an id: 8812, 7f3a, 0193b1c2a7d5, but not utf8 or h2."""
    digits = sum(map(word.count, "0123456789"))
    if not digits:
        return False
    length = len(word)
    return 2 * digits > length or (length >= 4 and set(word) <= _HEX) or (length >= 8 and digits >= 2)


_HEX = frozenset("0123456789abcdef")
