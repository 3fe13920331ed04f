"""How somebody reads times: the zone, the order of a date's parts, 12 or 24 hours. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from rustrak.lib import wording

#: The forms that people can choose from, with the words of the choice.
FORMS = (
    ("day", "27 Nov 2026 14:05"),
    ("month", "Nov 27, 2026 14:05"),
    ("iso", "2026-11-27 14:05"),
    ("day12", "27 Nov 2026 2:05 pm"),
    ("month12", "Nov 27, 2026 2:05 pm"),
)


@dataclass(frozen=True, slots=True)
class Style:
    """A time zone, and one of FORMS; another form is read as the first. All methods take aware times."""

    zone: tzinfo = UTC
    form: str = "day"

    @property
    def is_utc(self) -> bool:
        return self.zone is UTC

    @property
    def zone_name(self) -> str:
        """`Europe/Berlin`, `UTC`."""
        return str(self.zone)

    def at(self, moment: datetime) -> datetime:
        """`moment` in the zone; in UTC at the ends of the calendar, where the zone's time would not be a date."""
        try:
            return moment.astimezone(self.zone)
        except OverflowError:
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment

    def day(self, moment: date) -> str:
        """`27 Nov 2026`, `Nov 27, 2026`, `2026-11-27`. A date that is not a datetime is taken as it is."""
        return self._day(self.at(moment) if isinstance(moment, datetime) else moment)

    def moment(self, moment: datetime) -> str:
        """`27 Nov 2026 15:05:09 UTC+1`."""
        at = self.at(moment)
        return f"{self._day(at)} {self._clock(at, seconds=True)} {offset(at)}"

    def both(self, moment: datetime) -> str:
        """The moment, and in brackets the same in UTC where that differs: `27 Nov 2026 15:05:09 UTC+1 (… 14:05:09 UTC)`."""
        if self.is_utc:
            return self.moment(moment)
        return f"{self.moment(moment)} ({self.in_utc(moment)})"

    def in_utc(self, moment: datetime) -> str:
        """As `moment`, in UTC."""
        return Style(UTC, self.form).moment(moment)

    def hour(self, moment: datetime) -> str:
        """The beginning of the hour of UTC that `moment` is in: `27 Nov 15:00`; `27 Nov 19:30` in India."""
        at = self.at(moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0))
        day = self._day(at).replace(f", {at.year}", "").replace(f" {at.year}", "")
        return f"{day} {self._clock(at)}"

    def clock(self, moment: datetime) -> str:
        """`15:05`, `3:05 pm`."""
        return self._clock(self.at(moment))

    def precise(self, moment: datetime) -> str:
        """The time of day to the millisecond: `15:05:09.250`."""
        at = self.at(moment)
        return self._clock(at, seconds=True, milliseconds=True)

    def _day(self, at: date) -> str:
        if self.form == "iso":
            return f"{at.year:04}-{at.month:02}-{at.day:02}"
        if self.form.startswith("month"):
            return f"{wording.MONTHS[at.month - 1]} {at.day}, {at.year}"
        return wording.day_text(at)

    def _clock(self, at: datetime, *, seconds: bool = False, milliseconds: bool = False) -> str:
        rest = f":{at.minute:02}" + (f":{at.second:02}" if seconds else "")
        rest += f".{at.microsecond // 1000:03}" if milliseconds else ""
        if not self.form.endswith("12"):
            return f"{at.hour:02}{rest}"
        return f"{(at.hour - 1) % 12 + 1}{rest} {'am' if at.hour < 12 else 'pm'}"


def offset(at: datetime) -> str:
    """How an aware time differs from UTC: `UTC`, `UTC+1`, `UTC-3:30`."""
    difference = at.utcoffset()
    minutes = 0 if difference is None else round(difference.total_seconds() / 60)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
