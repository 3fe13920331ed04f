"""Quiet hours and times of summaries in people's time zones, on the days on which clocks change too. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

from rustrak.local_times.zones import moment

_DAY = timedelta(days=1)


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
