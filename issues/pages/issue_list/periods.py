"""The periods that a list can be limited to, and how its charts divide them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from rustrak.lib import wording
from rustrak.local_times import current

PRESETS = ("24h", "14d", "30d", "90d")
_UNITS = {
    "h": ("hour", timedelta(hours=1)),
    "d": ("day", timedelta(days=1)),
    "w": ("week", timedelta(weeks=1)),
}
_NAME = re.compile(r"([1-9][0-9]{0,3})([hdw])", re.ASCII)
_LONGEST = timedelta(days=370)
# Longer periods are charted by day, then by week: a bar must be wide enough to be pointed at.
_HOURLY, _DAILY = timedelta(hours=48), timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Period:
    """The last hours, days or weeks. `name` is what the query string has: `24h`, `14d`, `2w`."""

    name: str
    label: str
    length: timedelta

    @property
    def unit(self) -> str:
        """What a bar of a chart stands for: hour, day or week."""
        return "hour" if self.length <= _HOURLY else "day" if self.length <= _DAILY else "week"

    @property
    def bars(self) -> int:
        """How many units the period touches, with the current one."""
        one = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}[self.unit]
        return max(1, -(-self.length // one))

    def bar_names(self, now: datetime) -> list[str]:
        """What each bar stands for, oldest first: `26 Nov 14:00` in the reader's zone; `26 Nov`, `week to 26 Nov` in UTC."""
        if self.unit == "hour":
            style = current.style()
            return [style.hour(now - timedelta(hours=back)) for back in reversed(range(self.bars))]
        if self.unit == "day":
            return [f"{now - timedelta(days=back):%-d %b}" for back in reversed(range(self.bars))]
        return [f"week to {now - timedelta(weeks=back):%-d %b}" for back in reversed(range(self.bars))]


#: What a trend covers where nothing else is chosen.
DAY = Period("24h", "24 hours", timedelta(hours=24))


def period(name: str) -> Period | None:
    """The period of that name; None for any other text, and for periods of more than a year."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    number, (noun, unit) = int(found[1]), _UNITS[found[2]]
    if number * unit > _LONGEST:
        return None
    return Period(name, wording.counted(number, noun), number * unit)
