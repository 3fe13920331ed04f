"""Wall-clock times in people's time zones, on the days on which clocks change too. Pure.

A time that a day does not have (02:30 when the clock goes from 02:00 to 03:00) is the moment of the change. One that a
day has twice is the first of the two.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

_DAY = timedelta(days=1)


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """The names of all time zones that people can choose."""
    return frozenset(available_timezones() - {"localtime", "Factory", "posixrules"})


def zone(name: str) -> tzinfo:
    """The time zone of this name; UTC when there is none."""
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return UTC


def moment(day: date, at: time, where: tzinfo) -> datetime:
    """When the clocks of a time zone show `at` on `day`, in UTC."""
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


def quiet_until(now: datetime, begin: time | None, end: time | None, where: tzinfo) -> datetime | None:
    """When the quiet hours end in which `now` is, in UTC; None outside of them.

    They begin and end once a day, also where the clock is set back. `begin` after `end` includes midnight; equal or
    missing times are no quiet hours.
    """
    if begin is None or end is None or begin == end:
        return None
    today = now.astimezone(where).date()
    for day in (today - _DAY, today):
        last = day if begin < end else day + _DAY
        if moment(day, begin, where) <= now < (until := moment(last, end, where)):
            return until
    return None


def next_time(now: datetime, hour: int, weekday: int | None, where: tzinfo) -> datetime:
    """The first time after `now` at which it is this full hour there, of this weekday (0 is Monday) or of any; in UTC."""
    today = now.astimezone(where).date()
    for days in range(9):
        day = today + days * _DAY
        if weekday in (None, day.weekday()) and (found := moment(day, time(hour), where)) > now:
            return found
    raise AssertionError("a week has every weekday")


def last_time(now: datetime, hour: int, weekday: int | None, where: tzinfo) -> datetime:
    """The last such time that is not after `now`; in UTC."""
    today = now.astimezone(where).date()
    for days in range(-1, 9):
        day = today - days * _DAY
        if weekday in (None, day.weekday()) and (found := moment(day, time(hour), where)) <= now:
            return found
    raise AssertionError("a week has every weekday")
