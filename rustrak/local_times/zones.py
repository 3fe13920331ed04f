"""Time zones by their names, and wall-clock times in them on the days on which clocks change too. Pure.

A time that a day does not have (02:30 when the clock goes from 02:00 to 03:00) is the moment of the change. One that a
day has twice is the first of the two.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

#: The names of continents and oceans by which the time zone database orders places.
_REGIONS = frozenset(
    {
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    }
)


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """The names of all time zones that there are."""
    return frozenset(available_timezones() - {"localtime", "Factory", "posixrules"})


@lru_cache(maxsize=1)
def places() -> tuple[str, ...]:
    """The names to choose from: UTC, then those of places, by name."""
    return ("UTC", *sorted(name for name in names() if name.split("/")[0] in _REGIONS))


def zone(name: str) -> tzinfo:
    """The time zone of this name; UTC when there is none."""
    return known(name) or UTC


def known(name: str) -> tzinfo | None:
    """The time zone of this name, which may be any text; None when there is none."""
    if name == "UTC":
        return UTC
    # Only a name on the list is looked for among the files of the database.
    if name not in names():
        return None
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return None


def moment(day: date, at: time, where: tzinfo) -> datetime:
    """When the clocks of a time zone show `at` on `day`, in UTC. Raises OverflowError at the ends of the calendar."""
    naive = datetime.combine(day, at)
    found = naive.replace(tzinfo=where, fold=0).astimezone(UTC)
    if found.astimezone(where).replace(tzinfo=None) == naive:
        return found
    # The day has no such time. Both readings of it enclose the change of the clock.
    low, high = naive.replace(tzinfo=where, fold=1).astimezone(UTC), found
    before = low.astimezone(where).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(where).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
