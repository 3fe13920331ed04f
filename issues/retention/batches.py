"""The retention engine: deletes rows in small batches, with a pause after each of them.

The digest waits for the lock that a batch holds: the project's lock, on SQLite the whole database's. So a batch is only
as large as can be deleted within SECONDS, and the pause after it lets the digest in.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet

from issues.lock import lock_project

# In seconds. The digest may wait for 50 ms at most, and a batch can take much longer than the one before it.
SECONDS = 0.015
PAUSE = 0.02
# Rows in the smallest batch.
SMALLEST = 5

#: Why the rows of a project are deleted: the ledger's reasons for what is evicted.
TOO_OLD, TOO_MANY, TOO_MANY_BYTES = "too_old", "too_many", "too_many_bytes"
#: Called with (project id, reason, number of deleted items by type) in the transaction that deletes them.
OnEvicted = Callable[[int, str, Mapping[str, int]], None]


def ignore_eviction(project_id: int, reason: str, deleted: Mapping[str, int]) -> None:
    """The OnEvicted of callers that count nothing."""


@dataclass(frozen=True, slots=True)
class RowsToDelete:
    """Some rows to delete, and how.

    `next_keys(size)` returns the primary keys of the next rows to delete, at most `size`; none when all are deleted.
    `delete(keys)` deletes these rows inside the batch's transaction, and returns how many items of each type it deleted.
    With a `project_id` the batch holds the project's lock; with a `reason` too, `on_evicted` is called.
    """

    next_keys: Callable[[int], Sequence[Any]]
    delete: Callable[[Sequence[Any]], Mapping[str, int]]
    project_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """How long one kind of row is kept: `expired(now)` yields the rows to delete, in the order of deletion.

    Each of its RowsToDelete is deleted before the generator continues. Batches have `first_batch` rows to begin with, and
    never more than `largest_batch`.
    """

    name: str
    expired: Callable[[datetime], Iterable[RowsToDelete]]
    first_batch: int = 100
    largest_batch: int = 2000


class Pace:
    """The size of the next batch, from how long the last one took: `first` to begin with, never more than `largest`."""

    def __init__(self, first: int, largest: int) -> None:
        self.size = first
        self._largest = largest
        self._started = 0.0

    def start(self) -> None:
        """Start the clock; called when the batch holds its lock, so that waiting for it does not count."""
        self._started = time.perf_counter()

    def finish(self, deleted: int) -> None:
        """Stop the clock after a batch of `deleted` rows, choose the next size, and pause."""
        spent = time.perf_counter() - self._started
        fitting = int(deleted * SECONDS / max(spent, 0.0001))
        # At most double: a batch that was fast by chance must not make the next one much too large.
        self.size = max(SMALLEST, min(self._largest, 2 * self.size, fitting))
        time.sleep(PAUSE)


def enforce(policy: RetentionPolicy, now: datetime, on_evicted: OnEvicted = ignore_eviction) -> int:
    """Delete what the policy no longer keeps at `now`. Returns the number of rows."""
    pace = Pace(policy.first_batch, policy.largest_batch)
    return sum(delete(rows, pace, on_evicted) for rows in policy.expired(now))


def delete(rows: RowsToDelete, pace: Pace, on_evicted: OnEvicted = ignore_eviction) -> int:
    """Delete `rows`, each batch in a transaction of its own. Returns the number of rows."""
    total = 0
    while keys := rows.next_keys(pace.size):
        with transaction.atomic():
            if rows.project_id is not None:
                lock_project(rows.project_id)
            pace.start()
            deleted = rows.delete(keys)
            if rows.project_id is not None and rows.reason:
                on_evicted(rows.project_id, rows.reason, deleted)
        pace.finish(len(keys))
        total += len(keys)
    return total


def delete_rows(batch: QuerySet[Any, Any]) -> int:
    """Delete the rows of a queryset. Returns how many."""
    return batch.delete()[0]


def rows_of(
    rows: QuerySet[Any, Any],
    item_type: str = "row",
    delete_batch: Callable[[QuerySet[Any, Any]], int] = delete_rows,
    *,
    project_id: int | None = None,
    reason: str = "",
) -> RowsToDelete:
    """The rows of a queryset, in its order. `delete_batch` deletes a queryset of some of them and returns how many."""

    def next_keys(size: int) -> list[Any]:
        return list(rows.values_list("pk", flat=True)[:size])

    return RowsToDelete(next_keys, by_key(rows.model, item_type, delete_batch), project_id, reason)


def by_key(
    model: type[Model],
    item_type: str = "row",
    delete_batch: Callable[[QuerySet[Any, Any]], int] = delete_rows,
) -> Callable[[Sequence[Any]], Mapping[str, int]]:
    """A RowsToDelete.delete for one model. `delete_batch` is given a queryset of the rows with the keys."""

    def delete(keys: Sequence[Any]) -> dict[str, int]:
        # Not the default manager: Issue's leaves out what is being deleted.
        return {item_type: delete_batch(model._base_manager.filter(pk__in=keys))}

    return delete
