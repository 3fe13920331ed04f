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
    """Some rows, newest first, and the query strings of the neighbouring pages (empty if there is none)."""

    items: list[Row]
    previous: str
    next: str


def paged(rows: QuerySet[Row], fields: Sequence[str], asked: QueryDict, size: int = SIZE) -> Paged[Row]:
    """The page that `cursor` or `before` of the query string `asked` names, highest `fields` first.

    An invalid cursor, or one of another sort order, gives the first page, so that old links keep working.
    """
    cursor, before = asked.get("cursor"), asked.get("before")
    try:
        if before:
            page = keyset.page(rows, fields, descending=False, cursor=before, limit=size)
            items = page.items[::-1]
            if page.has_more:
                return Paged(
                    items, _link(asked, "before", items[0], fields), _link(asked, "cursor", items[-1], fields)
                )
            cursor = None
        page = keyset.page(rows, fields, descending=True, cursor=cursor, limit=size)
    except keyset.BadCursor:
        cursor = None
        page = keyset.page(rows, fields, descending=True, cursor=None, limit=size)
    items = page.items
    return Paged(
        items,
        _link(asked, "before", items[0], fields) if cursor and items else "",
        _link(asked, "cursor", items[-1], fields) if page.has_more else "",
    )


def _link(asked: QueryDict, name: str, row: models.Model, fields: Sequence[str]) -> str:
    kept = [
        (key, value)
        for key, value in asked.items()
        if key not in ("cursor", "before") and isinstance(value, str)
    ]
    return "?" + urlencode([*kept, (name, keyset.cursor_of(row, fields, name == "cursor"))])
