"""Keyset paging: the rows after a place, found by an index and not by counting off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet

from rustrak.lib import clock
from rustrak.lib.cursor import BadCursor, decode, encode

__all__ = ["BadCursor", "Page", "cursor_of", "page"]

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list; `next_cursor` leads to the following ones and is None on the last page."""

    items: list[Row]
    next_cursor: str | None

    @property
    def has_more(self) -> bool:
        return self.next_cursor is not None


def page(
    rows: QuerySet[Row], fields: Sequence[str], *, descending: bool, cursor: str | None, limit: int
) -> Page[Row]:
    """At most `limit` of `rows` after `cursor` (from the start without one), ordered by `fields`.

    `fields` are columns of the model that are never null; together they are unique (end with `id`), and all run
    in the same direction. A cursor belongs to its fields and direction: raises BadCursor for any other.
    """
    if cursor:
        rows = rows.filter(_after(rows.model, fields, descending, cursor))
    found = list(rows.order_by(*(f"-{name}" if descending else name for name in fields))[: limit + 1])
    more = len(found) > limit
    items = found[:limit]
    return Page(items, cursor_of(items[-1], fields, descending) if more else None)


def _list_name(fields: Sequence[str], descending: bool) -> str:
    return ("-" if descending else "+") + ",".join(fields)


def cursor_of(row: models.Model, fields: Sequence[str], descending: bool) -> str:
    """The cursor that leads to what follows `row`; with `descending` turned around, to what stands before it."""
    values = (_plain(getattr(row, name)) for name in fields)
    return encode((_list_name(fields, descending), *values))


def _plain(value: Any) -> str | int:
    if isinstance(value, datetime):
        return clock.rfc3339(value)
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, str | int):
        return value
    raise TypeError(f"a list cannot be ordered by a {type(value).__name__}")


def _after(model: type[models.Model], fields: Sequence[str], descending: bool, text: str) -> Q:
    values = decode(text)
    if len(values) != 1 + len(fields) or values[0] != _list_name(fields, descending):
        raise BadCursor("of another list")
    beyond = "lt" if descending else "gt"
    after = Q(pk__in=[])
    for field, value in reversed(
        [(field, _value(model, field, part)) for field, part in zip(fields, values[1:], strict=True)]
    ):
        # Says "field <= value" once for all ties, so that the index is entered at the right place.
        after = Q(**{f"{field}__{beyond}e": value}) & (Q(**{f"{field}__{beyond}": value}) | after)
    return after


def _value(model: type[models.Model], field: str, plain: str | int) -> Any:
    column = model._meta.get_field(field)
    wanted = int if isinstance(column, models.IntegerField) else str
    if not isinstance(plain, wanted) or not isinstance(column, models.Field):
        raise BadCursor("a value of the wrong type")
    try:
        value = column.to_python(plain)
        # Comes back with its zone, or the look-up would guess one.
        return value.astimezone(UTC) if isinstance(value, datetime) else value
    except (ValidationError, ValueError, OverflowError):
        raise BadCursor("a value that is none") from None
