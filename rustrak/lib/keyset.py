"""Keyset pagination: the rows after a given row, found by an index instead of an offset."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, QuerySet

from rustrak.lib import clock
from rustrak.lib.cursor import BadCursor, decode, encode

__all__ = ["BadCursor", "Page", "cursor_of", "following", "page"]

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list. `next_cursor` leads to the following page and is None on the last one."""

    items: list[Row]
    next_cursor: str | None

    @property
    def has_more(self) -> bool:
        return self.next_cursor is not None


def page(
    rows: QuerySet[Row],
    fields: Sequence[str],
    *,
    descending: bool,
    cursor: str | None,
    limit: int,
    load: QuerySet[Row] | None = None,
) -> Page[Row]:
    """At most `limit` of `rows` after `cursor`, as `following` orders them. One query.

    With `load`, only the ids are read from `rows`, which an index may have, and the rows of the page from `load`, which has
    the joins and columns that they are shown with, and what `fields` needs. Raises BadCursor as `following` does.
    """
    chosen = following(rows, fields, descending=descending, cursor=cursor)[: limit + 1]
    if load is None:
        found = list(chosen)
    else:
        found = list(load.filter(pk__in=chosen.values("pk")).order_by(*_order(fields, descending)))
    more = len(found) > limit
    items = found[:limit]
    return Page(items, cursor_of(items[-1], fields, descending) if more else None)


def following(
    rows: QuerySet[Row], fields: Sequence[str], *, descending: bool, cursor: str | None
) -> QuerySet[Row]:
    """The `rows` after `cursor`, or all without one, ordered by `fields`.

    `fields` are columns of the model or annotations of `rows` that are never null, unique together (the last one is `id`)
    and all sorted in the same direction. Raises BadCursor for a cursor that was made for other fields or the other direction.
    """
    if cursor:
        rows = rows.filter(_after(rows, fields, descending, cursor))
    return rows.order_by(*_order(fields, descending))


def _order(fields: Sequence[str], descending: bool) -> list[str]:
    return [f"-{name}" if descending else name for name in fields]


def _list_name(fields: Sequence[str], descending: bool) -> str:
    return ("-" if descending else "+") + ",".join(fields)


def cursor_of(row: models.Model, fields: Sequence[str], descending: bool) -> str:
    """The cursor for the rows that follow `row`; with the opposite `descending`, for those that precede it."""
    values = (_plain(getattr(row, name)) for name in fields)
    return encode((_list_name(fields, descending), *values))


def _plain(value: Any) -> str | int:
    if isinstance(value, datetime):
        return clock.rfc3339(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return repr(value)
    raise TypeError(f"a list cannot be ordered by a {type(value).__name__}")


def _after(rows: QuerySet[Row], fields: Sequence[str], descending: bool, text: str) -> Q:
    values = decode(text)
    if len(values) != 1 + len(fields) or values[0] != _list_name(fields, descending):
        raise BadCursor("belongs to another list")
    beyond = "lt" if descending else "gt"
    after = Q(pk__in=[])
    for field, value in reversed(
        [(field, _value(rows, field, part)) for field, part in zip(fields, values[1:], strict=True)]
    ):
        # Repeats "field >= value" for all ties, so that the database can start in the index at the right row.
        after = Q(**{f"{field}__{beyond}e": value}) & (Q(**{f"{field}__{beyond}": value}) | after)
    return after


def _value(rows: QuerySet[Row], field: str, plain: str | int) -> Any:
    annotated = rows.query.annotations.get(field)
    column = annotated.output_field if annotated is not None else rows.model._meta.get_field(field)
    wanted = int if isinstance(column, models.IntegerField) else str
    if not isinstance(plain, wanted) or not isinstance(column, models.Field):
        raise BadCursor("has a value of the wrong type")
    try:
        value = column.to_python(plain)
        if isinstance(value, float) and not math.isfinite(value):
            raise BadCursor("has an invalid value")
        # Comes back with its zone, or the look-up would guess one.
        return value.astimezone(UTC) if isinstance(value, datetime) else value
    except (ValidationError, ValueError, OverflowError):
        raise BadCursor("has an invalid value") from None
