"""Refuses to start with a database that Rustrak cannot use, with one sentence that says what helps.

A database that is only away is no reason to refuse: events are accepted, and everything else waits for it.
"""

from __future__ import annotations

import logging
import time

from django.db import DEFAULT_DB_ALIAS, Error, connections

from rustrak.lib.database import flaws, refusal
from rustrak.lib.database.sqlite3.base import DatabaseWrapper

log = logging.getLogger("rustrak.database")


def require(*, wait_seconds: float | None = None, migrating: bool = False) -> bool:
    """Whether the database can be used now; False when it is away, which is logged. Closes its connection.

    With `wait_seconds` this waits until it can be connected to, as long as a wait may help. Raises SystemExit with a
    sentence when it does not by then, or will not, or has a flaw; with `migrating` also for one that keeps tables from
    being made, and a missing SQLite file is created.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    until = time.monotonic() + (wait_seconds or 0.0)
    waiting = False
    try:
        while True:
            try:
                if migrating:
                    with DatabaseWrapper.creating():
                        connection.ensure_connection()
                connection.ensure_connection()
                break
            except Exception as error:  # the driver's, or Django's for a server that is too old
                passing = refusal.is_passing(error)
                if not passing or (wait_seconds is not None and time.monotonic() >= until):
                    raise SystemExit(f"Rustrak cannot start: {refusal.cannot_connect(error)}") from None
                if not waiting:
                    log.warning("%s", refusal.cannot_connect(error))
                    waiting = True
                if wait_seconds is None:
                    return False
                time.sleep(1)
        try:
            for flaw in flaws.find(migrating=migrating):
                raise SystemExit(f"Rustrak cannot start: {flaw}")
        except Error as error:
            if not refusal.is_passing(error):
                raise SystemExit(f"Rustrak cannot start: {refusal.cannot_use(error)}") from None
            log.warning("%s", refusal.cannot_use(error))
            return False
        return True
    finally:
        if not connection.in_atomic_block:  # as in tests
            connection.close()
