"""What is wrong with a search text, and where."""

from __future__ import annotations

from dataclasses import dataclass

from issues.query.syntax import Place


@dataclass(frozen=True, slots=True)
class Mistake:
    """`message` is a sentence for people; `place` is what it is about. `suggestions` are texts that could be meant in its place."""

    message: str
    place: Place
    suggestions: tuple[str, ...] = ()
