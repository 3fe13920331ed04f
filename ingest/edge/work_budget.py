"""Bounds how much decoding one project's key may cause, by bytes: what a sender sends must be worth what it costs.

A few hundred compressed bytes can stand for 100 MB, and some bytes are read by loops in Python. Both are counted in the
same units: one for each decoded byte, SLOW for each byte that is read slowly. For each byte that was sent WORTH units
are free. A project's debt shrinks by RATE units a second; while it is above the burst, its requests are refused with 429.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from ingest.edge.errors import TooMuchWork

MIB = 1024 * 1024
# SDKs send JSON, which compression makes 4 to 12 times smaller: what they send is hardly ever counted.
WORTH = 8
# Decoding takes 0.2 to 2 ns per byte and what is read slowly about 100 ns: a fifth of a core at most.
RATE = 64 * MIB
SLOW = 32
# The least burst: 256 MiB decoded, or 8 MiB read slowly.
BURST = 256 * MIB
# Projects in the table before those that have no debt any more are removed from it.
MOST_PROJECTS = 1000


class WorkBudget:
    """The debts of all projects in one process. `burst` is in units, `clock` returns seconds."""

    def __init__(self, burst: int = BURST, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = max(burst, BURST)
        self._clock = clock
        # project -> (its debt in units, when that was)
        self._debts: dict[int, tuple[float, float]] = {}

    def check(self, project_id: int) -> None:
        """Raise TooMuchWork while the project's debt is above the burst."""
        if project_id in self._debts:
            self._refuse_above(self._debt(project_id))

    def spend(self, project_id: int, units: int) -> None:
        """Add `units` to the project's debt. Raises TooMuchWork, and adds nothing, if it is above the burst already."""
        debt = self._debt(project_id)
        self._refuse_above(debt)
        if project_id not in self._debts and len(self._debts) >= MOST_PROJECTS:
            self._debts = {one: self._debts[one] for one in self._debts if self._debt(one)}
        self._debts[project_id] = (debt + units, self._clock())

    def _debt(self, project_id: int) -> float:
        debt, at = self._debts.get(project_id, (0.0, 0.0))
        return max(0.0, debt - (self._clock() - at) * RATE) if debt else 0.0

    def _refuse_above(self, debt: float) -> None:
        if debt > self._burst:
            raise TooMuchWork(math.ceil((debt - self._burst) / RATE))
