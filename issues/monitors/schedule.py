"""When a monitored job is due. Pure.

Crontab lines follow Debian's cron (cronsim): a job at a fixed hour that is skipped in spring runs right after the
gap, and once when the hour is repeated in autumn. Intervals start at the latest check-in: minutes and hours are
elapsed time; days and longer units follow the wall clock of the monitor's time zone, and a day past a month's end
becomes its last day.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

CRONTAB, INTERVAL = "crontab", "interval"
MAX_TEXT_LENGTH = 200
# Minutes in each unit; months and years are approximate.
_MINUTES = {
    "minute": 1, "hour": 60, "day": 1440, "week": 10_080, "month": 43_200, "year": 525_600,
}  # fmt: skip
_MAX_MINUTES = 10 * _MINUTES["year"]
_NICKNAMES = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
# A check-in this early counts for the due time after it: the job's clock is a little fast.
_EARLY = timedelta(seconds=60)


class BadSchedule(ValueError):
    """The schedule cannot be used; the message tells the person who wrote it why."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A valid schedule, made by `read`. `type` is CRONTAB or INTERVAL; `text` a crontab line or "<number> <unit>"."""

    type: str
    text: str
    timezone: str

    def after(self, moment: datetime) -> datetime:
        """The first due time after `moment` (aware), in UTC. Of an interval it is one interval later."""
        if self.type == INTERVAL:
            return _add(moment, self.text, self.timezone, 1)
        return _crontab_after(self.text, self.timezone, moment)

    def expected(self, check_in: datetime) -> datetime:
        """When the next check-in is due after one at `check_in`.

        A check-in that is up to a minute early (or a quarter of the period, if shorter) counts for the due time after
        it.
        """
        first = self.after(check_in)
        if self.type == INTERVAL:
            return first
        second = self.after(first)
        return second if first - check_in <= min(_EARLY, (second - first) / 4) else first

    def later(self, due: datetime, than: datetime) -> datetime:
        """The first due time after both `due` (a due time) and `than`; those in between are skipped."""
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
        """This schedule as the `schedule` of a monitor_config."""
        if self.type == CRONTAB:
            return {"type": CRONTAB, "value": self.text}
        number, unit = self.text.split(" ")
        return {"type": INTERVAL, "value": int(number), "unit": unit}

    def local_text(self, moment: datetime) -> str:
        """`moment` in the schedule's time zone, such as `2026-03-10 03:00:00 CET (Europe/Berlin)`."""
        text = f"{moment.astimezone(_zone(self.timezone)):%Y-%m-%d %H:%M:%S %Z}"
        return text if text.endswith(f" {self.timezone}") else f"{text} ({self.timezone})"

    def words(self) -> str:
        """The schedule in words, such as "every 10 minutes" or "at 02:00 every day (Europe/Berlin)"."""
        if self.type == INTERVAL:
            number, unit = self.text.split(" ")
            return f"every {unit}" if number == "1" else f"every {int(number):,} {unit}s"
        words = CronSim(_plain(self.text), datetime.now(UTC)).explain()
        return f"{words[:1].lower()}{words[1:]} ({self.timezone})"


def read(type_: Any, value: Any, unit: Any = None, timezone: Any = None) -> Schedule:
    """The schedule of a monitor_config, whose values may have any type. Raises only BadSchedule."""
    zone = _zone_name(timezone)
    if type_ == CRONTAB:
        if not isinstance(value, str) or not value.strip():
            raise BadSchedule("a crontab schedule needs a line such as 0 3 * * *")
        text = " ".join(value.split())
        if len(text) > MAX_TEXT_LENGTH:
            raise BadSchedule(f"the crontab line has more than {MAX_TEXT_LENGTH} characters")
        _check_crontab(text, zone)
        return Schedule(CRONTAB, text, zone)
    if type_ == INTERVAL:
        return Schedule(INTERVAL, _interval(value, unit), zone)
    raise BadSchedule("the type of a schedule must be crontab or interval")


@lru_cache(maxsize=1024)
def stored(type_: str, text: str, timezone: str) -> Schedule | None:
    """The schedule in a Monitor's columns; None when it has none, or one that this version cannot read."""
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
        raise BadSchedule(f"the time zone {timezone!r} is unknown") from None
    return timezone


def _plain(line: str) -> str:
    return _NICKNAMES.get(line.lower(), line)


def _check_crontab(line: str, zone: str) -> None:
    if len(_plain(line).split(" ")) != 5:
        raise BadSchedule(f"the crontab line {line!r} does not have five fields")
    try:
        _crontab_after(line, zone, datetime(2024, 1, 1, tzinfo=UTC))
    except (CronSimError, ValueError, TypeError, AssertionError) as error:
        raise BadSchedule(f"the crontab line {line!r} cannot be read: {error}") from None
    except StopIteration:
        raise BadSchedule(f"the crontab line {line!r} is never due") from None


def _crontab_after(line: str, zone: str, moment: datetime) -> datetime:
    return next(CronSim(_plain(line), moment.astimezone(_zone(zone)))).astimezone(UTC)


def zone(name: str) -> tzinfo:
    """The time zone of this name; UTC when there is none."""
    try:
        return _zone(name)
    except (LookupError, ValueError, OSError):
        return UTC


def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)


def _interval(value: Any, unit: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadSchedule("an interval needs a whole number of at least 1")
    name = unit.strip().lower().removesuffix("s") if isinstance(unit, str) else ""
    if name not in _MINUTES:
        raise BadSchedule("the unit of an interval must be minute, hour, day, week, month or year")
    if value * _MINUTES[name] > _MAX_MINUTES:
        raise BadSchedule("the interval is longer than ten years")
    return f"{value} {name}"


def _add(moment: datetime, interval: str, zone: str, times: int) -> datetime:
    """`moment` plus `times` intervals, in UTC."""
    number, unit = interval.split(" ")
    count = int(number) * times
    if unit in ("minute", "hour"):
        return moment.astimezone(UTC) + timedelta(minutes=count * _MINUTES[unit])
    local = moment.astimezone(_zone(zone))
    if unit in ("day", "week"):
        return (local + timedelta(minutes=count * _MINUTES[unit])).astimezone(UTC)
    months = local.month - 1 + count * (12 if unit == "year" else 1)
    year, month = local.year + months // 12, months % 12 + 1
    day = min(local.day, calendar.monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day).astimezone(UTC)
