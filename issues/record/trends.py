"""How many events an issue has lately, compared with what is usual, as numbers that need no refreshing. Pure.

An event counts less the older it is: half after HALF_LIFE. Instead of making all numbers smaller as time goes by, each event is
given the weight 2 ** (its age in half-lives since EPOCH, negative), and the logarithm of the sum is stored. The order of two issues is then
the same at any time, and an event changes only the row of its own issue. See docs/decisions/0035.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
#: Of Issue.trend and of Issue.usual.
RECENT, LONG = timedelta(hours=12), timedelta(days=7)


def added(before: float, at: datetime, count: int, half_life: timedelta) -> float:
    """The number of an issue with `before` (0.0: no event yet) after `count` more events that arrived `at`."""
    raise NotImplementedError


def joined(one: float, other: float) -> float:
    """The number of two issues together."""
    raise NotImplementedError


def events_of(number: float, now: datetime, half_life: timedelta) -> float:
    """About how many events a number stands for: each counted half for every half-life of its age."""
    raise NotImplementedError
