"""Sizes, durations, times, numbers and shares as text for people: one wording for pages, logs and commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime

_SIZE_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB")
# Length in seconds, its unit, and the smaller unit that is shown beside it.
_DURATION_UNITS = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# A time of up to this many days ago is shown relative to now.
_RELATIVE_DAYS = 7


def number(value: float) -> str:
    """`1204` as `1,204`; a fraction keeps at most one decimal."""
    return f"{value:,}" if isinstance(value, int) else _decimal(value)


def short_number(value: int) -> str:
    """`1,204`; from 100,000 on `120k`, `1.2M`. Rounds down: the text never says more than there are."""
    if value < 100_000:
        return f"{value:,}"
    if value < 1_000_000:
        return f"{value // 1000}k"
    tenths = value // 100_000
    return f"{tenths // 10:,}.{tenths % 10}M"


def counted(value: int, noun: str, plural: str = "") -> str:
    """`1 event`, `1,204 events`; `plural` where it is not the noun with an s."""
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


def size(count: float) -> str:
    """Bytes as `1 byte`, `512 bytes`, `4.6 KiB`, `20 MiB`. `count` is at least 0; units are powers of 1024."""
    if round(count) < 1024:
        return counted(round(count), "byte")
    power = 1
    while round(count := count / 1024, 1) >= 1024 and power < len(_SIZE_UNITS):
        power += 1
    return f"{_decimal(count)} {_SIZE_UNITS[power - 1]}"


def duration(seconds: float) -> str:
    """A length of time in at most two units: `320 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`.

    `seconds` is finite; below zero the text starts with a minus sign.
    """
    if seconds < 0:
        return f"−{duration(-seconds)}"
    milliseconds = seconds * 1000
    if milliseconds < 9.95:
        return f"{_decimal(milliseconds)} ms"
    if milliseconds < 999.5:
        return f"{milliseconds:.0f} ms"
    if seconds < 59.95:
        return f"{_decimal(seconds)} s"
    whole = round(seconds)
    for length, unit, part, name in _DURATION_UNITS:
        if whole >= length:
            rest = whole % length // part
            return f"{whole // length:,} {unit}" + (f" {rest} {name}" if rest else "")
    raise AssertionError("60 seconds and more are at least a minute")


def percent(part: int, total: int) -> str:
    """`part` of `total` in whole percent, rounded down: `<1%` for anything above nothing, `100%` only for all."""
    if total <= 0 or part <= 0:
        return "0%"
    whole = 100 * part // total
    return f"{whole:,}%" if whole else "<1%"


def shares(counts: Sequence[int]) -> list[str]:
    """Each of `counts` as a share of their sum, so that the texts add up to 100: `34%`, `33%`, `33%`.

    Whole percent by the largest remainder: a larger count never has a smaller share, the first of equal counts has the
    larger one. `<1%` for anything above nothing, which together take the place of at least 1%, so that `100%` is said
    only of everything. `0%` for 0 and less, and for all when the sum is 0.
    """
    counts = [max(0, count) for count in counts]
    total = sum(counts)
    large = [at for at, count in enumerate(counts) if count and 100 * count >= total]
    small = sum(count for count in counts if 100 * count < total)
    wholes = {at: 100 * counts[at] // total for at in large}
    remainders = [(100 * counts[at] % total, counts[at], -at) for at in large]
    for_small = 0
    if small:
        for_small = max(1, 100 * small // total)
        remainders += [(100 * small % total, small, 1)] if 100 * small > total else []
    left = 100 - for_small - sum(wholes.values())
    for _remainder, _count, minus_at in sorted(remainders, reverse=True)[:left]:
        if -minus_at in wholes:
            wholes[-minus_at] += 1
    return [f"{wholes[at]}%" if at in wholes else "<1%" if count else "0%" for at, count in enumerate(counts)]


def percent_without(part: int, total: int) -> str:
    """The share of `total` that is not `part`, rounded down to two decimals: `100%` only where `part` is 0.

    A dash when `total` is 0.
    """
    if total <= 0:
        return "–"
    hundredths = 10_000 * max(0, total - max(0, part)) // total
    if hundredths % 100 == 0:
        return f"{hundredths // 100}%"
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def day_text(day: date) -> str:
    """`12 Nov 2026`."""
    # Pages have hundreds of times, and strftime takes ten times as long.
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def moment_text(moment: datetime) -> str:
    """`12 Nov 2026 09:05:00 UTC`."""
    at = moment.astimezone(UTC)
    return f"{day_text(at)} {at.hour:02}:{at.minute:02}:{at.second:02} UTC"


def ago_text(moment: datetime, now: datetime, day: Callable[[datetime], str] | None = None) -> str:
    """`moment` as seen from `now` (both aware): `just now`, `2 min ago`, `3 h ago`, `4 d ago`, `12 Nov 2026`.

    `day` words the date of what is longer ago; without it the date is the one in UTC.
    """
    seconds = int((now - moment).total_seconds())
    if -60 <= seconds < 60:
        return "just now"
    if 0 < seconds < 3600:
        return f"{seconds // 60} min ago"
    if 0 < seconds < 86400:
        return f"{seconds // 3600} h ago"
    if 0 < seconds < _RELATIVE_DAYS * 86400:
        return f"{seconds // 86400} d ago"
    return day(moment) if day else day_text(moment.astimezone(UTC))


def due_text(moment: datetime, now: datetime) -> str:
    """When something is due, as seen from `now`: `now`, `in 5 min`, `in 3 h`, `in 2 d`; `3 min ago` once it is past."""
    seconds = int((moment - now).total_seconds())
    distance = abs(seconds)
    if distance < 60:
        return "now"
    if distance < 3600:
        text = f"{distance // 60} min"
    elif distance < 2 * 86400:
        text = f"{distance // 3600} h"
    else:
        text = f"{number(distance // 86400)} d"
    return f"in {text}" if seconds > 0 else f"{text} ago"


def _decimal(value: float) -> str:
    """With one decimal, unless that is 0."""
    return f"{value:,.1f}".removesuffix(".0")
