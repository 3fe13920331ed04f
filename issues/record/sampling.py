"""Which events of a noisy issue are stored. Pure.

Optional per project: past `budget` events in a clock hour an issue's further events are counted, and one in N is stored,
with N doubling each time as many again have come: a flood of any size leaves about budget × log2 events.
"""

from __future__ import annotations

from dataclasses import dataclass

# However loud an issue is, one event in so many is stored.
MOST = 1024


@dataclass(frozen=True, slots=True)
class Rule:
    """`budget`: how many events of one issue are all stored in a clock hour, at least 1."""

    budget: int

    def rate(self, number: int) -> int:
        """One in how many events is stored at the hour's `number`-th event (from 1) of an issue."""
        times = (number - 1) // max(1, self.budget)
        return min(MOST, 1 << times.bit_length()) if times else 1

    def stored(self, number: int) -> int:
        """How many events this one stands for when it is stored; 0 when it is only counted."""
        rate = self.rate(number)
        return rate if number % rate == 0 or rate == 1 else 0


def rule(percent: int, hourly_limit: int) -> Rule | None:
    """The rule of a project with this noisy_issue_percent and limit per hour; None when nothing is sampled."""
    if not percent or not hourly_limit:
        return None
    return Rule(max(1, hourly_limit * percent // 100))
