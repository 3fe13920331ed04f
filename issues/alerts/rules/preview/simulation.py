"""What a cooldown and bursts make of what happened. Pure; the numbers are those of issues.alerts.rules.bursts."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from issues.alerts.rules.bursts import CALM, MOST_WAIT, PERIOD, SINGLES, WAITS
from issues.alerts.rules.preview.happened import Happened
from issues.alerts.rules.values import TRIGGERS
from issues.models import News

#: What happens to one issue within this time has one cause: a monitor that fails creates its issue a moment later.
TOGETHER = timedelta(seconds=120)
# Single messages that are at most so old are not sent yet, and go into the message about the burst that begins.
_UNSENT = timedelta(seconds=2)
_RANK = {news: rank for rank, news in enumerate(TRIGGERS)}
_ONE_CAUSE = frozenset({News.NEW, News.REGRESSED, News.MONITOR_FAILED, News.MONITOR_RECOVERED})
_OF_A_FAILURE = frozenset({News.NEW, News.REGRESSED})


@dataclass(slots=True)
class Told:
    """One message: when it goes out, and what it tells; several things if it is about a burst."""

    at: datetime
    about: list[Happened] = field(default_factory=list)


def told(happened: Iterable[Happened], cooldown_minutes: int) -> tuple[list[Told], int]:
    """The messages to each destination, in the order in which they go out, and how many the cooldown held back."""
    loud, suppressed = _loud(happened, cooldown_minutes)
    return _collected(loud), suppressed


def _loud(happened: Iterable[Happened], cooldown_minutes: int) -> tuple[list[Happened], int]:
    """What the cooldown lets through, in order, each cause once."""
    cooldown = timedelta(minutes=cooldown_minutes)
    last: dict[tuple[str, News], datetime] = {}
    causes: dict[object, Happened] = {}
    held_back: dict[str, bool] = {}
    loud: list[Happened] = []
    suppressed = 0
    for each in sorted(happened, key=lambda each: (each.at, _RANK[each.news])):
        if each.news in _ONE_CAUSE and each.issue is not None:
            cause = causes.get(each.issue)
            if (
                cause is not None
                and _is_one_failure(cause.news, each.news)
                and each.at - cause.at <= TOGETHER
            ):
                if _RANK[each.news] < _RANK[cause.news] and loud and cause in loud[-50:]:
                    loud[len(loud) - 1 - loud[::-1].index(cause)] = each
                causes[each.issue] = min(cause, each, key=lambda one: _RANK[one.news])
                last[each.subject, each.news] = each.at
                continue
            causes[each.issue] = each
        key = each.subject, each.news
        before = last.get(key)
        silent = before is not None and each.at - before < cooldown and each.news != News.NEW
        if each.news == News.MONITOR_RECOVERED:
            silent = held_back.get(each.subject, silent)
        elif each.news == News.MONITOR_FAILED:
            held_back[each.subject] = silent
        if silent:
            suppressed += each.crossed
        elif each.crossed or (cooldown_minutes and before is not None):
            last[key] = each.at
            loud.append(each)
    return loud, suppressed


def _is_one_failure(first: News, second: News) -> bool:
    """Whether one is that a monitor failed, and the other what its failure made of its issue."""
    failed = News.MONITOR_FAILED
    return (first == failed and second in _OF_A_FAILURE) or (second == failed and first in _OF_A_FAILURE)


def _collected(loud: list[Happened]) -> list[Told]:
    """The messages: single ones, and ones about bursts."""
    messages: list[Told] = []
    singles: deque[Told] = deque()
    collecting: Told | None = None
    step = 0
    ends = None  # until when the burst goes on
    began = datetime.max
    for each in loud:
        if each.news == News.SPIKE:
            messages.append(Told(each.at, [each]))
            continue
        if collecting is not None and each.at >= collecting.at:
            step = min(step + 1, len(WAITS) - 1)
            ends = collecting.at + timedelta(seconds=WAITS[step])
            collecting = None
        if ends is not None and each.at >= ends:
            ends = None
        while singles and singles[0].at <= each.at - PERIOD:
            singles.popleft()
        if collecting is not None:
            collecting.about.append(each)
            if step == 0:
                calm = each.at + timedelta(seconds=CALM)
                collecting.at = max(collecting.at, min(calm, began + timedelta(seconds=MOST_WAIT)))
        elif ends is None and len(singles) < SINGLES:
            singles.append(Told(each.at, [each]))
            messages.append(singles[-1])
        else:
            began = each.at
            if ends is None:
                step = 0
            earliest = each.at + timedelta(seconds=WAITS[0])
            collecting = Told(earliest if ends is None else max(ends, earliest))
            if ends is None:
                _absorb(collecting, singles, messages, each.at)
            collecting.about.append(each)
            messages.append(collecting)
    return sorted(messages, key=lambda message: message.at)


def _absorb(collecting: Told, singles: deque[Told], messages: list[Told], at: datetime) -> None:
    """Put the single messages that are not sent yet into the one that begins to collect."""
    while singles and singles[-1].at >= at - _UNSENT:
        single = singles.pop()
        collecting.about[:0] = single.about
        messages.remove(single)
