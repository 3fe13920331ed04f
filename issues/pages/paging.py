"""Keyset paging for long lists: a page of rows, with links to the pages before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from django.db import models
from django.db.models import QuerySet
from django.http import QueryDict

from rustrak.lib import keyset

SIZE = 50

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True)
class Paged(Generic[Row]):
    """Some rows in their order, and the query strings of the neighbouring pages (empty if there is none)."""

    items: list[Row]
    previous: str
    next: str


def paged(
    rows: QuerySet[Row],
    fields: Sequence[str],
    asked: QueryDict,
    size: int = SIZE,
    *,
    descending: bool = True,
    load: QuerySet[Row] | None = None,
) -> Paged[Row]:
    """The page that `cursor` or `before` of the query string `asked` names, highest `fields` first, or with `descending`
    false the lowest. With `load` the rows are read from it (rustrak.lib.keyset).

    An invalid cursor, or one of another sort order, gives the first page, so that old links keep working.
    """
    cursor, before = asked.get("cursor"), asked.get("before")

    def link(name: str, row: Row) -> str:
        return _link(asked, name, keyset.cursor_of(row, fields, (name == "cursor") == descending))

    try:
        if before:
            page = keyset.page(rows, fields, descending=not descending, cursor=before, limit=size, load=load)
            items = page.items[::-1]
            if page.has_more:
                return Paged(items, link("before", items[0]), link("cursor", items[-1]))
            cursor = None
        page = keyset.page(rows, fields, descending=descending, cursor=cursor, limit=size, load=load)
    except keyset.BadCursor:
        cursor = None
        page = keyset.page(rows, fields, descending=descending, cursor=None, limit=size, load=load)
    items = page.items
    return Paged(
        items,
        link("before", items[0]) if cursor and items else "",
        link("cursor", items[-1]) if page.has_more else "",
    )


def _link(asked: QueryDict, name: str, cursor: str) -> str:
    kept = [
        (key, value)
        for key, value in asked.items()
        if key not in ("cursor", "before") and isinstance(value, str)
    ]
    return "?" + urlencode([*kept, (name, cursor)])
