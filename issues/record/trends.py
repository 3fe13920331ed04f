"""How many events an issue has lately, and usually, as numbers that need no refreshing. Pure.

An event counts less the older it is: half after each half-life. Instead of making all numbers smaller as time goes by, each
event gets a weight that grows with the time of its arrival, 2 ** (half-lives since 1970), and the logarithm of the sum of the
weights is stored. So the order of two issues is the same at any time, and an event changes only the row of its own issue.

Events count as if they had arrived at the beginning of their hour: then a number can be made again from the counts per hour,
and is the same whatever the order of the events. See docs/decisions/0035-trends-and-people.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log2

#: The half-lives of Issue.trend and of Issue.usual.
RECENT, LONG = timedelta(hours=12), timedelta(days=7)
#: The number of an issue without events. Those of issues with events are higher, as the hours since 1970 are.
NONE = 0.0
_HOUR = timedelta(hours=1)
# Counts with more bits than this are shown as this many: a clock that was wrong may have made a number far too high.
_MOST_BITS = 62.0


def added(before: float, hour: int, count: int, half_life: timedelta) -> float:
    """The number of an issue with `before` after `count` more events of an hour, as whole hours since 1970-01-01T00:00Z."""
    if count <= 0:
        return before
    # An hour before the first one is a clock that is wrong.
    return joined(before, max(1, hour) * (_HOUR / half_life) + log2(count))


def joined(one: float, other: float) -> float:
    """The number of two issues together."""
    if other > one:
        one, other = other, one
    # 2.0 ** x is 0 where it is too small for a float, so the distance may be of any size.
    return one if other <= NONE else one + log2(1.0 + 2.0 ** (other - one))


def refill(hours: Iterable[tuple[int, int]], half_life: timedelta) -> float:
    """The number of an issue with so many events in these hours: (hour as in `added`, count)."""
    number = NONE
    for hour, count in hours:
        number = added(number, hour, count, half_life)
    return number


def events_of(number: float, now: datetime, half_life: timedelta) -> float:
    """About how many events a number stands for: each counted half for every half-life of its age."""
    if number <= NONE:
        return 0.0
    return float(2.0 ** min(number - _age(now, half_life), _MOST_BITS))


@dataclass(frozen=True, slots=True)
class Escalating:
    """What the issues that escalate have in common, in numbers that a database compares.

    An issue escalates if `trend >= least_trend`, `trend - usual >= least_difference` and it is from before `known_before`.
    """

    least_trend: float
    least_difference: float
    known_before: datetime


#: An issue escalates when it lately has so many events, each weighted by its age, and so many times as many as is usual; one that is
#: younger than this has no usual.
ESCALATING_EVENTS, ESCALATING_TIMES, ESCALATING_AGE = 10, 4, timedelta(days=1)


def escalating(now: datetime) -> Escalating:
    """The issues that have far more events lately than usually."""
    recent, long = _age(now, RECENT), _age(now, LONG)
    # At a steady rate the two sums are as the half-lives are.
    steady = log2(RECENT / LONG)
    return Escalating(
        least_trend=recent + log2(ESCALATING_EVENTS),
        least_difference=recent - long + steady + log2(ESCALATING_TIMES),
        known_before=now - ESCALATING_AGE,
    )


def is_escalating(trend: float, usual: float, first_seen: datetime, now: datetime) -> bool:
    """Whether an issue with these numbers, first seen then, escalates."""
    limits = escalating(now)
    return (
        trend >= limits.least_trend
        and trend - usual >= limits.least_difference
        and first_seen <= limits.known_before
    )


def at_least(events: float, now: datetime, half_life: timedelta) -> float:
    """The lowest number that stands for so many `events` (more than 0) at `now`."""
    return max(NONE, _age(now, half_life) + log2(events))


def _age(now: datetime, half_life: timedelta) -> float:
    """Half-lives since 1970."""
    return now.timestamp() / half_life.total_seconds()
