"""Connections of a process that serves pages: its threads share them, and nobody waits for long."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connections

from rustrak.lib.database.postgresql.base import LOCK_SECONDS, MUST_YIELD, SHARED
from rustrak.lib.database.sqlite3.base import hurry

#: How long a page, a form or an API call waits for a lock.
PAGE_LOCK_SECONDS = 5


def prepare(most: int, must_yield: Callable[[], bool]) -> None:
    """Have this process use at most `most` connections to PostgreSQL, none of them while `must_yield()`; and no statement
    wait for a lock longer than PAGE_LOCK_SECONDS. To be called before the first connection is made."""
    options = connections.settings["default"]["OPTIONS"]
    if connections["default"].vendor == "postgresql":
        options.update({SHARED: most, MUST_YIELD: must_yield, LOCK_SECONDS: PAGE_LOCK_SECONDS})
    else:
        options["timeout"] = PAGE_LOCK_SECONDS
        hurry()
