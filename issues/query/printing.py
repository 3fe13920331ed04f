"""Writes a query as text: what `issues.query.parsing.parse` reads again as the same query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from issues.query import quoting
from issues.query.keys import COMPARED, Kind, known
from issues.query.naming import is_plain_tag
from issues.query.syntax import Operator, Place, Query, Term, Value

_KEYWORDS = frozenset({"me", "latest", "nobody", "none", "anybody"})


@dataclass(frozen=True, slots=True)
class Chip:
    """One term as it is shown, in canonical words; `without` is the text of the query without it."""

    text: str
    without: str
    is_negated: bool


def term(key: str, *values: str, negated: bool = False, is_tag: bool = False) -> str:
    """The text of one condition with these exact values, quoted and escaped where that is needed: what a link leads to.

    An empty `key` is free text: `values` is one phrase. With `is_tag` a key of the grammar, as `level`, is the tag of that name. An empty
    value means issues without the key.
    """
    if not key and not any(values):
        return ""
    found = None if is_tag else known(key)
    name = found.name if found else key
    if not all(values):
        return term_text(Term("has", (_exact(Kind.NAME, name),), not negated, False, Place(0, 0)))
    kind = Kind.WORDS if not key else found.kind if found else Kind.NAME
    exact = tuple(_exact(kind, value) for value in values)
    return term_text(Term(name, exact, negated, bool(key) and found is None, Place(0, 0)))


def tag_text(name: str) -> str:
    """How the tag `name` is written before the colon: in `tags[…]` or quotes where that is needed."""
    return _tag(name, is_bare=True)


def value_text(key: str, value: str) -> str:
    """How exactly `value` is written after the colon of `key`, which is a key of the grammar or a tag."""
    found = known(key)
    return _value(_exact(found.kind if found else Kind.NAME, value), is_compared=False)


def to_text(query: Query) -> str:
    return " ".join(term_text(one) for one in query.terms)


def term_text(one: Term) -> str:
    sign = "-" if one.is_negated else ""
    if not one.key:
        return sign + _value(one.values[0], is_compared=False)
    # Of all values that may stand in a list, only these would be read differently without one.
    special = (":", "//", "[", "\\") if one.is_tag else (":", "//", "[")
    is_bare = all(value.is_quoted or not value.text.startswith(special) for value in one.values)
    found = None if one.is_tag else known(one.key)
    is_compared = found is not None and found.kind in COMPARED
    values = ",".join(_value(value, is_compared) for value in one.values)
    if len(one.values) > 1 or (not is_bare and (not one.is_tag or one.values[0].text.startswith("["))):
        values = f"[{values}]"
    return f"{sign}{_tag(one.key, is_bare) if one.is_tag else one.key}:{values}"


def chips(query: Query) -> Sequence[Chip]:
    return [
        Chip(term_text(one), to_text(Query(query.terms[:at] + query.terms[at + 1 :])), one.is_negated)
        for at, one in enumerate(query.terms)
    ]


def _exact(kind: Kind, text: str) -> Value:
    is_plain = quoting.is_plain(text) and kind is not Kind.WORDS and text.lower() not in _KEYWORDS
    return Value(text, (text,), is_quoted=not is_plain)


def _value(value: Value, is_compared: bool) -> str:
    text = quoting.quoted(value.text) if value.is_quoted else value.text
    if value.operator is Operator.EQUAL:
        # An operator of its own keeps one that the text begins with from being read as one.
        return f"={text}" if is_compared and text.startswith(("<", ">", "=")) else text
    return f"{value.operator}{text}"


def _tag(name: str, is_bare: bool) -> str:
    if is_bare and is_plain_tag(name):
        return name
    if "]" in name or any(char.isspace() for char in name):
        return quoting.quoted(name)
    return f"tags[{name}]"
