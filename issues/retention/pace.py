"""How much is deleted at a time: the digest waits while a portion is."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db.models import QuerySet

# As much as goes within SECONDS, for a digest never to wait for 50 ms; the pause lets it in.
SECONDS = 0.015
PAUSE = 0.02
LEAST = 5


class Pace:
    """The size of the next portion, from how long the last ones took: `first` to begin with, never more than `most`."""

    def __init__(self, first: int, most: int) -> None:
        self.size = first
        self._most = most
        self._since = 0.0

    def take(self, delete: Callable[[], int]) -> int:
        """Has `delete` delete a portion, then waits a moment; how many that were, as `delete` says."""
        self.held()
        deleted = delete()
        spent = time.perf_counter() - self._since
        fitting = int(deleted * SECONDS / max(spent, 0.0001))
        # One that was quick by chance does not make the next one much larger.
        self.size = max(LEAST, min(self._most, 2 * self.size, fitting))
        time.sleep(PAUSE)
        return deleted

    def held(self) -> None:
        """What a digest would wait for is held from now on: not what `delete` itself waited."""
        self._since = time.perf_counter()


def in_portions(rows: QuerySet[Any], pace: Pace, delete: Callable[[list[Any]], int]) -> int:
    """Have `delete` delete `rows` by their primary keys, a portion at a time; how many, as it says."""
    deleted = 0
    while portion := list(rows.values_list("pk", flat=True)[: pace.size]):
        deleted += pace.take(partial(delete, portion))
    return deleted
