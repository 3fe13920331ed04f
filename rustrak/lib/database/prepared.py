"""Queries of the ORM whose SQL is made once: to make it takes the ORM longer than the database takes to answer, and a digest asks
the same few questions for each batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from rustrak.lib.database import reading

Value = int | str | UUID
# The numbers of values for which the SQL is remembered.
_MOST = 256


class Prepared:
    """A query of columns, in which values may stand wherever the ORM makes parameters of them.

    `build` makes the `values_list` from a list of values. It is called once for each number of values of each type, with
    values that stand for those of `fetch`, so it must not look at them.
    """

    def __init__(self, build: Callable[[list[Any]], QuerySet[Any, Any]]) -> None:
        self._build = build
        self._made: dict[tuple[object, ...], tuple[str, list[tuple[int | None, Any]], list[Any]]] = {}

    def fetch(self, values: Sequence[Value]) -> list[tuple[Any, ...]]:
        """The rows, with the values that Python has of their columns."""
        key = (connection.vendor, *map(type, values))
        made = self._made.get(key)
        if made is None:
            if len(self._made) >= _MOST:
                self._made.clear()
            made = self._made[key] = self._compiled(values)
        sql, parameters, fields = made
        with connection.cursor() as cursor:
            cursor.execute(sql, [own if at is None else _adapted(values[at]) for at, own in parameters])
            return reading.rows(cursor, fields)

    def _compiled(self, values: Sequence[Value]) -> tuple[str, list[tuple[int | None, Any]], list[Any]]:
        """The SQL; for each parameter the index of its value, or its own; and the fields of the columns."""
        marks = [_mark(type(value), index) for index, value in enumerate(values)]
        places = {_adapted(mark): index for index, mark in enumerate(marks)}
        compiler = self._build(marks).query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        found = [(places.get(each), each) for each in parameters]
        return sql, found, [column.output_field for column, _, _ in compiler.select]


def _mark(kind: type[Value], index: int) -> Value:
    """A value that stands for another one, and is found again among the parameters."""
    if kind is UUID:
        return UUID(int=index)
    if kind is str:
        return f"value {index}"
    # The ORM makes no SQL for numbers that a column cannot have.
    return 2_000_000_000 + index


def _adapted(value: Value) -> Any:
    """As Django passes it to the database."""
    return value.hex if isinstance(value, UUID) and connection.vendor != "postgresql" else value
