"""Quotes of the grammar: between `"` and `"`, or as phones write them between `“` and `”`, in which `\\"` is a quote and `\\\\` a backslash."""

from __future__ import annotations

import re

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"', re.DOTALL)
_CURLY = re.compile("[“„]([^“”]*+)[“”]")
_ESCAPED = re.compile(r'\\(["\\])')
# In a list, a comma and a bracket end a value.
_NEEDS_QUOTES = re.compile(r'[\s,\]*]|\A(?:["“„\[:<>=]|//)|\A\Z')


def read(text: str, at: int) -> tuple[str, int] | None:
    """What the quotes that begin at `at` contain, and where they end; None where none begin, or they do not end."""
    if curly := _CURLY.match(text, at):
        return curly[1], curly.end()
    found = _QUOTED.match(text, at)
    return (_ESCAPED.sub(r"\1", found[1]), found.end()) if found else None


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def is_plain(text: str) -> bool:
    """Whether `text` means the same without quotes, as a value of any key."""
    return not _NEEDS_QUOTES.search(text)
