"""Lines of a script whose first position in the source map repeats the one before it, at the end of an earlier line.

symbolic keeps a position once, for all that follows in the same line. So it has nothing for the beginning of such lines.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence

import orjson

_MAPPINGS = re.compile(rb'"mappings"\s{0,100}:\s{0,100}"')
# The first segment of a line, which moves its column only. Source: the source map format, "Mappings structure".
_REPEAT = re.compile(rb";([g-z0-9+/]{0,5}[A-Za-f])AAA(?:[A-Za-z0-9+/]{1,14})?(?=[,;\"])")
_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_VALUES = {digit: value for value, digit in enumerate(_DIGITS)}
# A larger map with sections is not read once more.
_MOST_WITH_SECTIONS = 16 << 20
_MOST_LINES = 1_000_000


class Repeats:
    """The lines, and the columns of their first positions, both from 1."""

    def __init__(self, found: Iterator[tuple[int, int]]) -> None:
        self._lines, self._columns = array("I"), array("I")
        for line, column in found:
            self._lines.append(line)
            self._columns.append(column)
        #: What it takes, in bytes.
        self.size = 8 * len(self._lines)

    def has(self, line: int, column: int) -> bool:
        """Whether the position at `column` of `line` may be the last of the lines before."""
        at = bisect_left(self._lines, line)
        return at < len(self._lines) and self._lines[at] == line and self._columns[at] <= column


def of(data: bytes) -> Repeats:
    """Of the JSON of a source map that symbolic can read."""
    if b'"sections"' in data:
        return Repeats(iter(_in_sections(data)))
    found = _MAPPINGS.search(data)
    return Repeats(_lines(data, found.end(), 1)) if found else Repeats(iter(()))


def _lines(data: bytes, start: int, line: int) -> Iterator[tuple[int, int]]:
    end = data.find(b'"', start)
    end = len(data) if end < 0 else end + 1
    counted = start
    for count, found in enumerate(_REPEAT.finditer(data, start, end)):
        at = found.start() + 1
        line += data.count(b";", counted, at)
        counted = at
        if not 0 < line < 1 << 32 or count >= _MOST_LINES:
            return
        yield line, _column(found[1]) + 1


def _column(digits: bytes) -> int:
    value = 0
    for place, digit in enumerate(digits):
        value |= (_VALUES[digit] & 31) << (5 * place)
    # The lowest bit is the sign; no line begins before its first column.
    return value >> 1


def _in_sections(data: bytes) -> Sequence[tuple[int, int]]:
    if len(data) > _MOST_WITH_SECTIONS:
        return ()
    lines: list[tuple[int, int]] = []
    try:
        for section in orjson.loads(data)["sections"]:
            mappings = section["map"]["mappings"].encode()
            lines += _lines(mappings + b'"', 0, int(section["offset"]["line"]) + 1)
    except (KeyError, TypeError, AttributeError, ValueError):
        return ()
    return sorted(lines)
