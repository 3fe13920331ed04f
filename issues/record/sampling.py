"""Which events of a noisy issue are stored. Pure; optional per project (docs/operations.md, "Limits").

Of the events that an issue has in a clock hour the first `budget` are all stored. Of the next `budget` every second one
is, of the next 2 × `budget` every fourth, and so on: a flood of n budgets stores about log2(n) budgets.
"""

from __future__ import annotations

from dataclasses import dataclass

# At least one event in this many is stored, however many there are.
MAX_RATE = 1024


@dataclass(frozen=True, slots=True)
class SamplingRule:
    """`budget` is how many events of one issue are all stored in a clock hour, at least 1."""

    budget: int

    def rate(self, number: int) -> int:
        """N where one in N events is stored, at an issue's `number`-th event of the hour (from 1)."""
        times = (number - 1) // max(1, self.budget)
        return min(MAX_RATE, 1 << times.bit_length()) if times else 1

    def stored(self, number: int) -> int:
        """How many events the issue's `number`-th event of the hour stands for; 0 when it is only counted."""
        rate = self.rate(number)
        return rate if number % rate == 0 or rate == 1 else 0


def rule(percent: int, hourly_limit: int) -> SamplingRule | None:
    """The rule of a project with these settings; None when it samples nothing.

    The budget is `percent` (Project.noisy_issue_percent) of `hourly_limit` (events per hour; 0 is no limit).
    """
    if not percent or not hourly_limit:
        return None
    return SamplingRule(max(1, hourly_limit * percent // 100))
