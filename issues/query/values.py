"""Reads the values whose form is known: levels, states, numbers, durations and dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from issues.query.keys import LEVELS, OTHER_LEVELS, OTHER_STATES, STATES, Kind
from issues.query.syntax import Operator, Value

_NUMBER = re.compile(r"[0-9]{1,18}")
_DURATION = re.compile(r"(?P<sign>[+-]?)(?P<number>[0-9]{1,6})(?P<unit>[smhdw])", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_LONGEST = timedelta(days=36525)
_DATE = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<minute>[0-9]{2}:[0-9]{2})(?P<second>:[0-9]{2}(?:\.[0-9]{1,6})?)?(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` to before `end`; None: without a bound."""

    start: datetime | None
    end: datetime | None


class WrongValue(ValueError):
    """`str()` says what is wrong, as a sentence for people."""


def canonical(kind: Kind, value: Value) -> Value:
    """`value` as it is meant, in canonical words, for a key of one of `keys.CHECKED`. Raises WrongValue."""
    if kind is Kind.STATE:
        return _plain(_state(value.text))
    if kind is Kind.LEVEL:
        return _plain(_level(value.text), value.operator)
    if kind is Kind.NUMBER:
        if not _NUMBER.fullmatch(value.text):
            raise WrongValue(f"“{_short(value.text)}” is not a whole number.")
        return _plain(str(int(value.text)), value.operator)
    return _time(value)


def number(value: Value) -> int:
    """The number of a value of a key of Kind.NUMBER."""
    return int(value.text)


def interval(value: Value, now: datetime) -> Interval:
    """When something was that `value`, of a key of Kind.TIME, is true of. Dates are in UTC, and a day is the whole of it."""
    if found := _DURATION.fullmatch(value.text):
        at = now - _length(found)
        return (
            Interval(at, None) if value.operator in (Operator.LESS, Operator.AT_MOST) else Interval(None, at)
        )
    start, end = _span(value.text)
    return {
        Operator.EQUAL: Interval(start, end),
        Operator.LESS: Interval(None, start),
        Operator.AT_MOST: Interval(None, end),
        Operator.MORE: Interval(end, None),
        Operator.AT_LEAST: Interval(start, None),
    }[value.operator]


def _plain(text: str, operator: Operator = Operator.EQUAL) -> Value:
    return Value(text, (text,), operator=operator)


def _state(text: str) -> str:
    name = text.lower().replace("-", "_")
    name = OTHER_STATES.get(name, name)
    if name not in STATES:
        raise WrongValue(f"There is no state “{_short(text)}”. The states are {_listed(STATES)}.")
    return name


def _level(text: str) -> str:
    name = text.lower()
    name = OTHER_LEVELS.get(name, name)
    if name not in LEVELS:
        raise WrongValue(f"There is no level “{_short(text)}”. The levels are {_listed(LEVELS)}.")
    return name


def _time(value: Value) -> Value:
    """As in Sentry, `-24h` is within the last 24 hours, and `+24h` is longer ago; a duration alone is the first."""
    if found := _DURATION.fullmatch(value.text):
        operator = value.operator
        if found["sign"] and operator is not Operator.EQUAL:
            raise WrongValue(f"Write {operator}{found['number']}{found['unit']}, without “{found['sign']}”.")
        if operator is Operator.EQUAL:
            operator = Operator.MORE if found["sign"] == "+" else Operator.LESS
        if _length(found) > _LONGEST:
            raise WrongValue("A duration is at most 100 years.")
        return _plain(f"{int(found['number'])}{found['unit'].lower()}", operator)
    _span(value.text)
    return _plain(value.text.upper().replace(" ", "T"), value.operator)


def _length(duration: re.Match[str]) -> timedelta:
    return timedelta(seconds=int(duration["number"]) * _SECONDS[duration["unit"].lower()])


def _span(text: str) -> tuple[datetime, datetime]:
    """The beginning and the end of the day, minute or second that `text` names."""
    found = _DATE.fullmatch(text)
    if not found:
        raise WrongValue(
            f"“{_short(text)}” is neither a duration, as 30m, 24h, 2d or 1w, nor a date, as 2026-11-01 or 2026-11-01T10:00."
        )
    try:
        start = datetime.fromisoformat(text.upper())
        if start.tzinfo is None:
            start = start.replace(tzinfo=UTC)
        start = start.astimezone(UTC)
        length = (
            timedelta(seconds=1) if found["second"] else timedelta(minutes=1 if found["minute"] else 24 * 60)
        )
        return start, start + length
    except (ValueError, OverflowError):
        raise WrongValue(f"There is no date “{_short(text)}”.") from None


def _listed(names: tuple[str, ...] | dict[str, str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}…"
