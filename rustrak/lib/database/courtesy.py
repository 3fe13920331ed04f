"""Writes that may be left out: reading must not wait for the lock that they need, or fail because of them."""

from __future__ import annotations

from collections.abc import Callable

from django.db import DEFAULT_DB_ALIAS, Error, connections, transaction

from rustrak.lib.database import trouble

_LOCK_MS = 50


def write_if_free(write: Callable[[], object]) -> bool:
    """Call `write` in a transaction and return True, unless somebody else holds a lock that it needs, or the database can
    only be read. Other errors are raised."""
    connection = connections[DEFAULT_DB_ALIAS]
    is_sqlite = connection.vendor == "sqlite"
    usual = 0
    try:
        if is_sqlite:
            with connection.cursor() as cursor:
                (usual,) = cursor.execute("PRAGMA busy_timeout").fetchone()
                cursor.execute("PRAGMA busy_timeout=0")
        with transaction.atomic():
            if not is_sqlite:
                with connection.cursor() as cursor:
                    cursor.execute(f"SET LOCAL lock_timeout = {_LOCK_MS}")
            write()
    except Error as error:
        if not (trouble.is_locked(error) or trouble.is_read_only(error)):
            raise
        return False
    finally:
        if usual and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout={usual}")
    return True
