"""Writes a query as text: what `issues.query.parsing.parse` reads again as the same query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from issues.query.syntax import Query, Term


@dataclass(frozen=True, slots=True)
class Chip:
    """One term as it is shown, in canonical words; `without` is the text of the query without it."""

    text: str
    without: str
    is_negated: bool


def term(key: str, *values: str, negated: bool = False) -> str:
    """The text of one condition with these exact values, quoted and escaped where that is needed: what a link leads to."""
    raise NotImplementedError


def to_text(query: Query) -> str:
    raise NotImplementedError


def term_text(one: Term) -> str:
    raise NotImplementedError


def chips(query: Query) -> Sequence[Chip]:
    raise NotImplementedError
