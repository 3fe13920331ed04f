"""What can follow in a search text: keys, and values that a project has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from issues.search.find import Scope


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` replaces the characters from `start` to `end` of what was typed; `about` says what it is, for people."""

    text: str
    about: str
    start: int
    end: int


def suggest(text: str, cursor: int, scope: Scope) -> Sequence[Suggestion]:
    """At most ten suggestions for the term at `cursor` (an offset in characters), the most useful first."""
    raise NotImplementedError
