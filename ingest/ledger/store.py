"""Adds to the ledger: how many items of a project had which outcome in which minute, and why.

Counts are added in the transaction that makes them true. After that only ingest.ledger.retention changes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ingest.item_types import category
from ingest.ledger.outcomes import LedgerKey, Outcome
from ingest.models import OutcomeCount
from rustrak.lib import bulk


def add(counts: Mapping[LedgerKey, int]) -> None:
    """Add `counts` in one statement, inside the caller's transaction.

    In the order of the keys: whoever locks several of these rows does so in the same order, so no two deadlock.
    """
    bulk.upsert(
        OutcomeCount,
        ["project", "minute", "category", "outcome", "reason", "quantity"],
        [
            (project_id, minute, category, str(outcome), str(reason), quantity)
            for (project_id, minute, category, outcome, reason), quantity in sorted(counts.items())
        ],
        unique=["project", "minute", "category", "outcome", "reason"],
        add="quantity",
    )


def add_evicted(project_id: int, reason: str, deleted: Mapping[str, int], *, now: datetime) -> None:
    """Count stored items that retention deletes: `deleted` is how many by item type.

    To be called inside the transaction that deletes them, which holds the project's lock.
    """
    minute = int(now.timestamp()) // 60
    add(
        {
            LedgerKey(project_id, minute, category(item_type), Outcome.EVICTED, reason): quantity
            for item_type, quantity in deleted.items()
            if quantity
        }
    )
