"""Lines of source text, cut to what can be shown."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from issues.symbols.answers import Unreadable
from issues.symbols.child.contents import Contents, only

MOST_BYTES = 64 << 20
#: Characters of a line.
MOST_LINE = 1000
_BEFORE = 300
_CUT = "…"
_MOST_REASON = 200
# Of a script with more lines nothing is remembered: it was not minified.
_MOST_LENGTHS = 100_000


def load(files: Sequence[Contents | None], question: dict[str, Any]) -> tuple[bytes, int]:
    """Of a text. Raises Unreadable."""
    file = only(files)
    data = file.read(MOST_BYTES)
    if b"\0" in data[:4096]:
        raise Unreadable("It is not a text.")
    # An empty value would be taken for one that is not kept.
    return data or b"\n", len(data) + 64


def answer(data: bytes, question: dict[str, Any]) -> list[Any] | None:
    """The lines before, at and after `line`, up to `context` each; None where there is no such line."""
    return excerpt(data, question["line"], question["context"])


def excerpt(data: bytes, line: int, context: int) -> list[Any] | None:
    """As `answer`, of any text."""
    if line < 1:
        return None
    first = max(1, line - context)
    start = 0
    for _ in range(first - 1):
        start = data.find(b"\n", start) + 1
        if not start:
            return None
    found: list[str] = []
    for _ in range(line + context + 1 - first):
        if start >= len(data):
            break
        end = data.find(b"\n", start)
        end = len(data) if end < 0 else end
        part = data[start : min(end, start + 4 * MOST_LINE + 4)]
        found.append(cut(part.decode("utf-8", "replace")))
        start = end + 1
    at = line - first
    return [found[:at], found[at], found[at + 1 :]] if at < len(found) else None


def cut(line: str) -> str:
    """A line without its end, cut to MOST_LINE characters."""
    line = line.rstrip("\r\n")
    return line if len(line) <= MOST_LINE else line[: MOST_LINE - 1] + _CUT


def cut_around(line: str, at: int, *, is_part: bool = False) -> str:
    """As `cut`, keeping what is around the character `at`. `is_part`: the line began before."""
    line = line.rstrip("\r\n")
    if len(line) <= MOST_LINE and not is_part:
        return line
    start = max(0, min(at - _BEFORE, len(line) - MOST_LINE + 2))
    if start == 0 and not is_part:
        return cut(line)
    end = start + MOST_LINE - 2
    return _CUT + line[start:end] + (_CUT if end < len(line) else "")


def lengths(script: bytes) -> Sequence[int]:
    """The length of each line in units of UTF-16, which columns count; empty when the script is, or has very many lines."""
    if not script or script.count(b"\n") > _MOST_LENGTHS:
        return ()
    lines = script.split(b"\n")
    return array("Q", (len(line) if line.isascii() else _units(line) for line in lines))


def one_line(message: str) -> str:
    """A message of symbolic's, as a part of a sentence: its first line, cut, without control characters."""
    line = message.split("\n", 1)[0][: 4 * _MOST_REASON]
    line = "".join(character for character in line if character.isprintable()).strip().rstrip(".")
    return line if len(line) <= _MOST_REASON else line[: _MOST_REASON - 1] + _CUT


def _units(line: bytes) -> int:
    return len(line.decode("utf-8", "replace").encode("utf-16-le")) // 2
