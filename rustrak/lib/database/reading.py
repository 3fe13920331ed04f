"""Reads the rows of a statement as values of Python, sooner than Django converts them on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection


def rows(cursor: Any, fields: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What a statement has returned, whose columns are of these fields."""
    found: list[tuple[Any, ...]] = cursor.fetchall()
    return found if connection.vendor == "postgresql" or not found else read(found, fields)


def read(rows: list[tuple[Any, ...]], fields: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Rows as SQLite returns them, with the values that Python has of these fields."""
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    for index, field in enumerate(fields):
        if read := _READ.get(field.get_internal_type()):
            columns[index] = each(read, columns[index])
    return list(zip(*columns, strict=True))


def each(adapt: Callable[[Any], Any], column: Iterable[Any]) -> list[Any]:
    """`column` converted. Neighbouring rows often have the same object, such as an issue's id: it is converted once."""
    made: list[Any] = []
    last = form = None
    for value in column:
        if value is not last:
            last, form = value, None if value is None else adapt(value)
        made.append(form)
    return made


def _read_time(stored: str) -> datetime:
    return datetime.fromisoformat(f"{stored}+00:00")


_READ: dict[str, Callable[[Any], Any]] = {"UUIDField": UUID, "DateTimeField": _read_time}
