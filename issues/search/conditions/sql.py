"""Conditions that Django has no look-ups for, the same on both databases."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection
from django.db.models import BigAutoField, CharField, Exists, Lookup, OuterRef, Q, QuerySet, TextField

from issues.query.syntax import Operator, Value

# More values than this are passed as one parameter.
_LISTED = 100
COMPARED = {
    Operator.EQUAL: "exact",
    Operator.LESS: "lt",
    Operator.AT_MOST: "lte",
    Operator.MORE: "gt",
    Operator.AT_LEAST: "gte",
}
NOTHING = Q(pk__in=())


def belongs(rows: QuerySet[Any], issue: str = "grouping__issue") -> Q:
    """A condition on Issue: one of `rows` is about it; `issue` is their column that says which, by default that of what is counted.

    SQLite finds the rows once and keeps them in order. PostgreSQL chooses a way by itself, but for NOT IN it has only a slow
    one as soon as there are many rows.
    """
    if connection.vendor == "sqlite":
        return Q(pk__in=rows.values(issue))
    return Q(Exists(rows.filter(**{issue: OuterRef("pk")})))


def among(column: str, values: Collection[str]) -> Q:
    """`column` is one of `values`, however many they are."""
    if len(values) > _LISTED:
        return Q(**{f"{column}__among": json.dumps(list(values))})
    return Q(**{f"{column}__in": list(values)})


def like(pieces: Sequence[str]) -> str:
    """A pattern for `column__like`: the pieces with anything between them, and nothing before and after them."""
    return "%".join(_escaped(piece) for piece in pieces)


def _escaped(piece: str) -> str:
    return piece.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def matches(column: str, values: Sequence[Value]) -> Q:
    """`column` is one of the values, or matches one that is a glob. Case matters."""
    found = Q()
    if exact := [value.text for value in values if not value.is_glob]:
        found = among(column, exact)
    for value in values:
        if value.is_glob:
            found |= Q(**{f"{column}__pieces": value.pieces})
    return found


class _OfText(Lookup):
    """A comparison of a column of text with one parameter."""

    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        left, parameters = self.process_lhs(compiler, connection)
        sql, value = self.compared(left, connection.vendor)
        return sql, (*parameters, value)

    def compared(self, left: str, vendor: str) -> tuple[str, Any]:
        raise NotImplementedError  # pragma: no cover


class _Like(_OfText):
    """The column matches a pattern of `like`. SQLite ignores the case of ASCII letters, so the texts must be folded."""

    lookup_name = "like"

    def compared(self, left: str, vendor: str) -> tuple[str, Any]:
        return f"{left} LIKE %s ESCAPE '\\'", self.rhs


class _LineLike(_OfText):
    """A line of the column matches a pattern of `like`."""

    lookup_name = "line_like"

    def compared(self, left: str, vendor: str) -> tuple[str, Any]:
        if vendor != "sqlite":
            lines = f"unnest(string_to_array({left}, chr(10)))"
            return f"EXISTS (SELECT 1 FROM {lines} AS line WHERE line LIKE %s ESCAPE '\\')", self.rhs  # noqa: S608
        # A JSON array of the lines. Without backslashes, one before an `n` is a line end.
        quoted = f"""replace(json_quote(replace({left}, '\\', '/')), '\\n', '","')"""
        lines = f"json_each('[' || {quoted} || ']') AS line"
        sql = f"EXISTS (SELECT 1 FROM {lines} WHERE line.value LIKE %s ESCAPE '\\')"  # noqa: S608
        return sql, self.rhs.replace("\\\\", "/")


class _Holds(_OfText):
    """The column has this in it, case included. Faster than LIKE."""

    lookup_name = "holds"

    def compared(self, left: str, vendor: str) -> tuple[str, Any]:
        return f"{'instr' if vendor == 'sqlite' else 'strpos'}({left}, %s) > 0", self.rhs


class _Pieces(_OfText):
    """The column has these pieces with anything between them. Case matters, on SQLite too."""

    lookup_name = "pieces"

    def compared(self, left: str, vendor: str) -> tuple[str, Any]:
        if vendor == "sqlite":
            return f"{left} GLOB %s", "*".join(_glob_escaped(piece) for piece in self.rhs)
        return f"{left} LIKE %s ESCAPE '\\'", like(self.rhs)


def _glob_escaped(piece: str) -> str:
    return piece.replace("[", "[[]").replace("*", "[*]").replace("?", "[?]")


class _Among(_OfText):
    """The column is one of the values, which are a JSON array."""

    lookup_name = "among"

    def compared(self, left: str, vendor: str) -> tuple[str, Any]:
        rows = "json_each(%s)" if vendor == "sqlite" else "json_array_elements_text(%s::json) AS each(value)"
        return f"{left} IN (SELECT value FROM {rows})", self.rhs  # noqa: S608


class _KeyAmong(_Among):
    """The primary key is one of many. It is compared row by row: SQLite would rather look up each of the keys for each row of another table."""

    def compared(self, left: str, vendor: str) -> tuple[str, Any]:
        return super().compared(f"+{left}" if vendor == "sqlite" else left, vendor)


BigAutoField.register_lookup(_KeyAmong)
for _lookup in (_Like, _LineLike, _Holds, _Pieces, _Among):
    CharField.register_lookup(_lookup)
    TextField.register_lookup(_lookup)
