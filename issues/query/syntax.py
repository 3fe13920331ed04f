"""What a search text is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

#: Longer texts are refused.
LONGEST = 500


class Operator(StrEnum):
    """How a value is compared."""

    EQUAL = "="
    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Place:
    """Characters of the text, from `start` to before `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Value:
    """One value as it was meant: without quotes and escapes. `is_quoted`: a phrase, in which `*` is only a character.

    `pieces` is `text` split at the stars that stand for any characters: one piece for a value without any.
    """

    text: str
    pieces: tuple[str, ...]
    is_quoted: bool = False
    operator: Operator = Operator.EQUAL

    @property
    def is_glob(self) -> bool:
        return len(self.pieces) > 1


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. All terms of a query must hold.

    `key` is the canonical name of issues.query.keys (`first-seen`, `user.email`, …), empty for free text, or the name of a tag, and
    then `is_tag` is true. Several `values` are any of: at least one. Terms are equal wherever they stand.
    """

    key: str
    values: tuple[Value, ...]
    is_negated: bool
    is_tag: bool
    place: Place = field(compare=False)


@dataclass(frozen=True, slots=True)
class Query:
    """A search text as it was understood: its terms in their order."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)
