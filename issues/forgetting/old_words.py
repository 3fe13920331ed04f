"""Drops deleted words from the index of words. SQLite's FTS5 keeps what was deleted until it merges its parts."""

from __future__ import annotations

from django.db import connection

# Pages of the index that one part writes: some milliseconds.
_PAGES = 200


def drop(position: str) -> str | None:
    """Do a part of the work, from `position` on, in a transaction. Returns where the next begins; None: nothing is left."""
    if connection.vendor != "sqlite":
        return None  # PostgreSQL's index is of the rows, which VACUUM removes
    with connection.cursor() as cursor:
        before = _changes(cursor)
        # The negative number begins a merge of everything, the positive ones go on with it (SQLite, FTS5, "The 'merge' Command").
        pages = _PAGES if position else -_PAGES
        cursor.execute("INSERT INTO issues_words(issues_words, rank) VALUES ('merge', %s)", [pages])
        # FTS5's own: it has done nothing when there were less than two changes.
        is_done = _changes(cursor) - before < 2 and bool(position)
    return None if is_done else "merging"


def _changes(cursor: object) -> int:
    cursor.execute("SELECT total_changes()")  # type: ignore[attr-defined]
    return int(cursor.fetchone()[0])  # type: ignore[attr-defined]
