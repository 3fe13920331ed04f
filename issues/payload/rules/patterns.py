"""Patterns of fingerprint rules: `*` any text, `?` one character, `[abc]` and `[!a-z]` one of a set, `{a,b}` one of several
texts; a backslash takes the special meaning of the next character away. Pure.

A part between two `*` is looked for from where the part before it ended and never again, so no part backtracks.
rustrak.lib.text.globs has no sets, and no case.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

#: A pattern with more alternatives in braces is a mistake.
MOST_ALTERNATIVES = 16
#: In characters, of the texts that patterns are compared with.
LONGEST = 4096
_token = re.compile(
    r"\\(?P<escaped>.)|(?P<star>\*+)|(?P<any>\?)|\[(?P<set>[!^]?\]?[^\]\n]*)\]|(?P<plain>.)", re.DOTALL
)


class BadPattern(ValueError):
    """The message is a sentence for people."""


class Glob:
    """A pattern that is compared with the whole of a text. Without case the texts must be casefolded already.

    `literal` is the longest text that everything it matches contains; empty where there is none.
    """

    __slots__ = ("_ways", "literal")

    def __init__(self, pattern: str, *, ignore_case: bool = False) -> None:
        self._ways = tuple(_Way(way.casefold() if ignore_case else way) for way in alternatives(pattern))
        self.literal = self._ways[0].literal if len(self._ways) == 1 else ""

    def match(self, text: str) -> bool:
        """Whether the whole of `text` matches."""
        return any(way.match(text) for way in self._ways)


class PathGlob:
    """A pattern of paths with slashes. With a slash in it `*` stops at slashes, and `**` is any number of whole folders;
    without one it is compared with the whole path, `*` being any text, and with the name at its end."""

    __slots__ = ("_ways", "literal")

    def __init__(self, pattern: str, *, ignore_case: bool = True) -> None:
        self.literal = ""
        found: list[Callable[[str], bool]] = []
        literals: list[str] = []
        for way in alternatives(pattern):
            if "/" not in way:
                glob = _Way(way.casefold() if ignore_case else way)
                found.append(lambda path, glob=glob: glob.match(path) or glob.match(path.rpartition("/")[2]))  # type: ignore[misc]
                literals.append(glob.literal)
                continue
            parts = way.split("/")
            if any("**" in part and part != "**" for part in parts):
                raise BadPattern("** must stand alone between slashes, as in **/cart/*.py.")
            folders = _Folders(
                [None if part == "**" else _Way(part.casefold() if ignore_case else part) for part in parts]
            )
            found.append(folders.match)
            literals.append(folders.literal)
        self._ways = tuple(found)
        if len(literals) == 1:
            self.literal = literals[0]

    def match(self, path: str) -> bool:
        """Whether the whole of `path` matches."""
        return any(way(path) for way in self._ways)


class _Folders:
    """The parts between slashes; None is any number of them."""

    def __init__(self, parts: list[_Way | None]) -> None:
        self._runs: list[list[_Way]] = [[]]
        for part in parts:
            if part is None:
                self._runs.append([])
            else:
                self._runs[-1].append(part)
        self.literal: str = max((part.literal for part in parts if part), key=len, default="")

    def match(self, path: str) -> bool:
        names = path.split("/")
        first, *rest = self._runs
        if not rest:
            return len(names) == len(first) and _at(first, names, 0)
        last = rest.pop()
        end = len(names) - len(last)
        if end < len(first) or not (_at(first, names, 0) and _at(last, names, end)):
            return False
        at = len(first)
        for run in rest:
            while not _at(run, names, at):
                at += 1
                if at + len(run) > end:
                    return False
            at += len(run)
        return at <= end


def _at(run: list[_Way], names: list[str], at: int) -> bool:
    return at + len(run) <= len(names) and all(
        part.match(names[at + index]) for index, part in enumerate(run)
    )


class _Way:
    """A pattern without braces: what a text begins with, what follows anywhere in this order, and what it ends with."""

    __slots__ = ("_first", "_last", "_middle", "literal")

    def __init__(self, pattern: str) -> None:
        parts: list[list[tuple[bool, str]]] = [[]]
        for match in _token.finditer(pattern):
            kind = match.lastgroup
            if kind == "star":
                parts.append([])
            elif kind == "any":
                parts[-1].append((False, "."))
            elif kind == "set":
                parts[-1].append((False, _set(match["set"])))
            else:
                parts[-1].append((True, match["escaped"] or match["plain"]))
        compiled = [_Part(part) for part in parts]
        self._first = compiled[0]
        self._middle = compiled[1:-1]
        self._last = compiled[-1] if len(compiled) > 1 else None
        self.literal: str = max((part.literal for part in compiled), key=len)

    def match(self, text: str) -> bool:
        first, last = self._first, self._last
        if last is None:
            return first.length == len(text) and first.is_at(text, 0)
        at, end = first.length, len(text) - last.length
        if at > end or not (first.is_at(text, 0) and last.is_at(text, end)):
            return False
        for part in self._middle:
            found = part.find(text, at, end)
            if found < 0:
                return False
            at = found + part.length
        return at <= end


class _Part:
    """A part of a pattern without `*`, which matches texts of one length; `literal` is the longest text in it."""

    __slots__ = ("_fixed", "_plain", "length", "literal")

    def __init__(self, tokens: list[tuple[bool, str]]) -> None:
        self.length = len(tokens)
        is_plain = all(plain for plain, _ in tokens)
        self._plain = "".join(text for _, text in tokens) if is_plain else None
        runs = "".join(text if plain else "\0" for plain, text in tokens).split("\0")
        self.literal: str = max(runs, key=len)
        self._fixed = None
        if self._plain is None:
            self._fixed = re.compile(
                "".join(re.escape(text) if plain else text for plain, text in tokens), re.DOTALL
            )

    def is_at(self, text: str, at: int) -> bool:
        if self._plain is not None:
            return text.startswith(self._plain, at)
        return self._fixed is not None and self._fixed.match(text, at) is not None

    def find(self, text: str, at: int, end: int) -> int:
        if self._plain is not None:
            return text.find(self._plain, at, end)
        match = self._fixed.search(text, at, end) if self._fixed is not None else None
        return -1 if match is None else match.start()


def _set(inner: str) -> str:
    """An expression for one character of a set: `a-z`, `!…` and `^…` mean what they mean in shells."""
    negated = inner[:1] in ("!", "^")
    inner = inner[negated:]
    if not inner:
        raise BadPattern("[] is a set without characters; write \\[ for a bracket.")
    pieces = []
    at = 0
    while at < len(inner):
        if inner[at + 1 : at + 2] == "-" and at + 2 < len(inner):
            low, high = inner[at], inner[at + 2]
            if low > high:
                raise BadPattern(f"[{low}-{high}] has its ends in the wrong order.")
            pieces.append(f"{re.escape(low)}-{re.escape(high)}")
            at += 3
        else:
            pieces.append(re.escape(inner[at]))
            at += 1
    return f"[{'^' if negated else ''}{''.join(pieces)}]"


@lru_cache(maxsize=1024)
def alternatives(pattern: str) -> tuple[str, ...]:
    """The patterns without braces that `pattern` stands for. Braces without a comma between them are plain text.

    Raises BadPattern for more than MOST_ALTERNATIVES.
    """
    ways = [""]
    at = 0
    while at < len(pattern):
        if pattern[at] == "\\" and at + 1 < len(pattern):
            piece, at = [pattern[at : at + 2]], at + 2
        elif pattern[at] == "{" and (end := pattern.find("}", at)) > 0 and "," in pattern[at:end]:
            piece, at = pattern[at + 1 : end].split(","), end + 1
        else:
            piece, at = [pattern[at]], at + 1
        ways = [way + each for way in ways for each in piece]
        if len(ways) > MOST_ALTERNATIVES:
            raise BadPattern(f"Braces may stand for {MOST_ALTERNATIVES} texts at most.")
    return tuple(ways)
