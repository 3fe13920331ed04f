"""The lock of a project: one transaction at a time writes to it, so numbers have no gaps and counts are exact."""

from __future__ import annotations

from django.db import connection

# "rust": separates our advisory locks from those of other programs that use the same database.
_NAMESPACE, _OF_ALERTS, _OF_ARTIFACTS = 0x72757374, 0x72757375, 0x72757376


def lock_project(project_id: int) -> None:
    """Wait for the project's lock and hold it until the transaction ends. Raises RuntimeError outside a transaction.

    Whoever changes a project's issues or events must hold it. Several projects must be locked in ascending order.
    SQLite needs no other lock than its immediate transaction (docs/decisions/0002).
    """
    if not connection.in_atomic_block:
        raise RuntimeError("lock_project must be called inside a transaction")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_NAMESPACE, project_id & 0x7FFFFFFF])


def try_lock_alerts(project_id: int) -> bool:
    """Hold the project's alerts until the transaction ends, if no other `deliver` holds them; whether it is so now.

    Digests do not wait for it.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [_OF_ALERTS, project_id & 0x7FFFFFFF])
            return bool(cursor.fetchone()[0])
    return True


def lock_artifacts(project_id: int) -> None:
    """Hold the project's uploaded files and artifacts until the transaction ends: none is deleted that another transaction has just found.

    Digests do not wait for it. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("lock_artifacts must be called inside a transaction")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_OF_ARTIFACTS, project_id & 0x7FFFFFFF])
