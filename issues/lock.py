"""One writer per project at a time: what keeps numbers gapless and counts exact."""

from __future__ import annotations

from django.db import connection

# "rust": keeps our advisory locks apart from those of other programs in the same database.
_NAMESPACE = 0x72757374


def lock_project(project_id: int) -> None:
    """Wait for, and hold until the transaction ends, the right to change a project's issues and events.

    Lock several projects in ascending order. On SQLite the immediate transaction is this lock already.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("a project is locked for a transaction, and none is open")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_NAMESPACE, project_id & 0x7FFFFFFF])
