"""Ends searches that take too long: what is searched for, and in what, is written by strangers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DatabaseError, OperationalError, connection, transaction

#: How long one search may take.
SECONDS = 5.0
# How many steps SQLite does between two looks at the clock.
_STEPS = 1_000
_NEVER = float("inf")
# When what is around this must end, on the clock of time.monotonic.
_end: ContextVar[float] = ContextVar("_end", default=_NEVER)


class TookTooLong(Exception):
    """The search was given up."""


@contextmanager
def limited(seconds: float | None = None) -> Iterator[None]:
    """Ends queries inside that take longer than `seconds` (SECONDS) together. Raises TookTooLong."""
    seconds = SECONDS if seconds is None else seconds
    if connection.vendor == "sqlite":
        with _sqlite_limited(seconds):
            yield
        return
    # A transaction around this one, as in tests, would keep what is set in it.
    is_nested = connection.in_atomic_block
    try:
        with transaction.atomic():
            with connection.execute_wrapper(_Together(seconds)):
                yield
            if is_nested:
                with connection.cursor() as cursor:
                    cursor.execute("SET LOCAL statement_timeout = DEFAULT")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != "57014":  # query_canceled
            raise
        raise TookTooLong from None


class _Together:
    """Gives each statement the time that those before it have left. PostgreSQL's own limit is for one statement."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._given = _NEVER

    def __call__(self, execute: Any, sql: str, *rest: Any) -> Any:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TookTooLong
        # To set it for each statement would take a round trip more for each.
        if left < 0.9 * self._given:
            self._given = left
            # On a cursor of the driver, which no wrapper sees.
            with connection.connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {max(1, round(left * 1000))}")
        return execute(sql, *rest)


@contextmanager
def _sqlite_limited(seconds: float) -> Iterator[None]:
    outer = _end.get()
    end = min(time.monotonic() + seconds, outer)
    connection.ensure_connection()
    connection.connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    before = _end.set(end)
    try:
        yield
    except DatabaseError as error:
        if str(error) != "interrupted":
            raise
        raise TookTooLong from None
    finally:
        _end.reset(before)
        again = None if outer == _NEVER else lambda: time.monotonic() > outer
        connection.connection.set_progress_handler(again, _STEPS if again else 0)
