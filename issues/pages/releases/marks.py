"""Marks of releases on the charts of pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from issues.releases.happened import Happened
from issues.render.charts.marks import MOST_NAMED, Mark
from issues.render.values import line
from rustrak.local_times import current

_HOUR, _DAY = 3600, 86_400


def by_hour(happened: Iterable[Happened], now: datetime, hours: int) -> list[Mark]:
    """On a chart with a bar for each of the last `hours`, the current one included."""
    return _marks(happened, now, hours, _HOUR, current.style().clock)


def by_day(happened: Iterable[Happened], now: datetime, days: int) -> list[Mark]:
    """On a chart with a bar for each of the last `days` (UTC), today included."""
    return _marks(happened, now, days, _DAY, "{:%-d %b}".format)


def _marks(
    happened: Iterable[Happened], now: datetime, bars: int, seconds: int, word: Callable[[datetime], str]
) -> list[Mark]:
    first = int(now.timestamp()) // seconds - bars + 1
    marks = []
    for one in happened:
        index = int(one.at.timestamp()) // seconds - first
        if 0 <= index < bars:
            marks.append(Mark(index, line(f"{word(one.at)} {one.version} {one.what}")))
    return marks


@dataclass(frozen=True, slots=True)
class Latest:
    """What is written below a chart: the latest, the latest first, and how many `more` there are."""

    shown: list[Happened]
    more: int


def latest(happened: Sequence[Happened]) -> Latest:
    return Latest(list(happened[::-1][:MOST_NAMED]), max(0, len(happened) - MOST_NAMED))
