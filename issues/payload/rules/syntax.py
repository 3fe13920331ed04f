"""What a fingerprint rule is, as it was written. Pure."""

from __future__ import annotations

from dataclasses import dataclass

#: In characters and lines; of one line, and of one pattern.
LONGEST_TEXT, MOST_RULES, LONGEST_LINE, LONGEST_PATTERN = 32 * 1024, 200, 2000, 250
MOST_MATCHERS, MOST_PARTS = 20, 20


@dataclass(frozen=True, slots=True)
class Matcher:
    """`key` is the name in issues.payload.rules.keys, of a tag `tags.NAME`. `negated`: it must not match."""

    key: str
    pattern: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `line` counts from 1, `text` is the line.

    An event that it takes is dropped, or gets `fingerprint` (None: its usual one), `title` (None: its usual one) and `level`,
    a number of issues.payload.fields (None: its own). Fingerprint and title may have variables.
    """

    line: int
    text: str
    matchers: tuple[Matcher, ...]
    fingerprint: tuple[str, ...] | None = None
    title: str | None = None
    level: int | None = None
    drop: bool = False


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why a line cannot be used. `line` and `column` count from 1; `text` is a sentence, `meant` what could be written instead."""

    line: int
    column: int
    text: str
    meant: str = ""

    def __str__(self) -> str:
        meant = f" Did you mean {self.meant}?" if self.meant else ""
        return f"Line {self.line}, column {self.column}: {self.text}{meant}"
