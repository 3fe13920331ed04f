"""When a job is due. Pure.

A crontab line means what Debian's cron makes of it (cronsim): a job at a fixed hour that the clock skips in spring runs
right after the gap, and once where the hour comes twice. An interval counts from the latest check-in: minutes and
hours as elapsed time, days and longer on the wall clock of the monitor's time zone, a month's end staying one.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

CRONTAB, INTERVAL = "crontab", "interval"
LONGEST_TEXT = 200
# Minutes in each unit, roughly where the calendar decides.
_MINUTES = {
    "minute": 1, "hour": 60, "day": 1440, "week": 10_080, "month": 43_200, "year": 525_600,
}  # fmt: skip
_LONGEST_MINUTES = 10 * _MINUTES["year"]
_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
# A job whose clock is a little fast answers the due time just ahead, not the one before.
_EARLY = timedelta(seconds=60)


class BadSchedule(ValueError):
    """No schedule that can be followed; the message says why, for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule that is known to be good: made by `read`. `text` is a crontab line, or "<number> <unit>"."""

    type: str
    text: str
    timezone: str

    def after(self, moment: datetime) -> datetime:
        """The first due time after `moment` (aware), in UTC; of an interval, one interval later."""
        if self.type == INTERVAL:
            return _add(moment, self.text, self.timezone, 1)
        return _crontab_after(self.text, self.timezone, moment)

    def expected(self, check_in: datetime) -> datetime:
        """When the next check-in is due, given one at `check_in`.

        A check-in up to a minute (or a quarter of the period) early stands for the due time it came before.
        """
        first = self.after(check_in)
        if self.type == INTERVAL:
            return first
        second = self.after(first)
        return second if first - check_in <= min(_EARLY, (second - first) / 4) else first

    def later(self, due: datetime, than: datetime) -> datetime:
        """The first due time after both `due`, itself one, and `than`: what came between is passed over."""
        if self.type == CRONTAB:
            return self.after(max(due, than))
        low, high = 0, 1
        while _add(due, self.text, self.timezone, high) <= than:
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            if _add(due, self.text, self.timezone, middle) <= than:
                low = middle
            else:
                high = middle
        return _add(due, self.text, self.timezone, high)

    def config(self) -> dict[str, str | int]:
        """The `schedule` of a monitor_config that asks for it."""
        if self.type == CRONTAB:
            return {"type": CRONTAB, "value": self.text}
        number, unit = self.text.split(" ")
        return {"type": INTERVAL, "value": int(number), "unit": unit}

    def words(self) -> str:
        """As one says it: "every 10 minutes", "at 02:00 every day (Europe/Berlin)"."""
        if self.type == INTERVAL:
            number, unit = self.text.split(" ")
            return f"every {unit}" if number == "1" else f"every {int(number):,} {unit}s"
        said = CronSim(_plain(self.text), datetime.now(UTC)).explain()
        return f"{said[:1].lower()}{said[1:]} ({self.timezone})"


def read(type_: Any, value: Any, unit: Any = None, timezone: Any = None) -> Schedule:
    """The schedule of a monitor_config, whatever the types. Raises BadSchedule, never anything else."""
    zone = _zone_name(timezone)
    if type_ == CRONTAB:
        if not isinstance(value, str) or not value.strip():
            raise BadSchedule("a crontab schedule needs a line such as 0 3 * * *")
        text = " ".join(value.split())
        if len(text) > LONGEST_TEXT:
            raise BadSchedule(f"a crontab line of more than {LONGEST_TEXT} characters")
        _check_crontab(text, zone)
        return Schedule(CRONTAB, text, zone)
    if type_ == INTERVAL:
        return Schedule(INTERVAL, _interval(value, unit), zone)
    raise BadSchedule("the type of a schedule is crontab or interval")


@lru_cache(maxsize=1024)
def stored(type_: str, text: str, timezone: str) -> Schedule | None:
    """The schedule as a Monitor keeps it; None when it has none, or one that is not understood any more."""
    value, _, unit = text.partition(" ")
    try:
        if type_ == INTERVAL:
            return read(type_, int(value) if value.isdecimal() else value, unit, timezone)
        return read(type_, text, None, timezone)
    except BadSchedule:
        return None


def _zone_name(timezone: Any) -> str:
    if timezone is None or timezone == "":
        return "UTC"
    if not isinstance(timezone, str) or len(timezone) > 64:
        raise BadSchedule("the time zone is not a name such as Europe/Berlin")
    try:
        ZoneInfo(timezone)
    except (LookupError, ValueError, OSError):
        raise BadSchedule(f"the time zone {timezone!r} is not known here") from None
    return timezone


def _plain(line: str) -> str:
    return _NICKNAMES.get(line.lower(), line)


def _check_crontab(line: str, zone: str) -> None:
    if len(_plain(line).split(" ")) != 5:
        raise BadSchedule(f"the crontab line {line!r} has not five fields")
    try:
        _crontab_after(line, zone, datetime(2024, 1, 1, tzinfo=UTC))
    except (CronSimError, ValueError, TypeError, AssertionError) as error:
        raise BadSchedule(f"the crontab line {line!r} cannot be read: {error}") from None
    except StopIteration:
        raise BadSchedule(f"the crontab line {line!r} never comes due") from None


def _crontab_after(line: str, zone: str, moment: datetime) -> datetime:
    tz = UTC if zone == "UTC" else ZoneInfo(zone)
    return next(CronSim(_plain(line), moment.astimezone(tz))).astimezone(UTC)


def _interval(value: Any, unit: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadSchedule("an interval needs a whole number of at least 1")
    name = unit.strip().lower().removesuffix("s") if isinstance(unit, str) else ""
    if name not in _MINUTES:
        raise BadSchedule("the unit of an interval is minute, hour, day, week, month or year")
    if value * _MINUTES[name] > _LONGEST_MINUTES:
        raise BadSchedule("an interval of more than ten years")
    return f"{value} {name}"


def _add(moment: datetime, interval: str, zone: str, times: int) -> datetime:
    """`moment` and `times` intervals, in UTC."""
    number, unit = interval.split(" ")
    count = int(number) * times
    if unit in ("minute", "hour"):
        return moment.astimezone(UTC) + timedelta(minutes=count * _MINUTES[unit])
    local = moment.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))
    if unit in ("day", "week"):
        return (local + timedelta(minutes=count * _MINUTES[unit])).astimezone(UTC)
    months = local.month - 1 + count * (12 if unit == "year" else 1)
    year, month = local.year + months // 12, months % 12 + 1
    day = min(local.day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(UTC)
