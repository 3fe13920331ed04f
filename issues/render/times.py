"""The many spellings of a moment in a payload, and spans of time in words.

Epoch seconds as number or digits, milliseconds by mistake, RFC 3339 with or without a zone (UTC then).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_FRACTION = re.compile(r"(\.\d{6})\d+")
_MILLISECONDS_FROM = 1e11


def moment(value: object) -> datetime | None:
    """`value` as an aware UTC datetime, or None when it names no moment."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()[:64]
        try:
            return _epoch(float(text)) if re.fullmatch(r"\d+(\.\d+)?", text) else _iso(text)
        except ValueError:
            return None
    return _epoch(value) if isinstance(value, int | float) else None


def _epoch(seconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(seconds / 1000 if abs(seconds) > _MILLISECONDS_FROM else seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _iso(text: str) -> datetime | None:
    found = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    try:
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def shifted(at: datetime | None, by: timedelta) -> datetime | None:
    """`at` on a clock that is right; as it is when that is no time any more."""
    try:
        return at and at + by
    except OverflowError:
        return at


def span(seconds: float) -> str:
    """A length of time in the two units that matter: `320 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, unit, smaller, name in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size:,} {unit}" + (f" {rest} {name}" if rest else "")
    return f"{whole} s"


def before(earlier: datetime, event: datetime) -> str:
    """How long before (`−4.2 s`) or after (`+1.0 s`) the event something happened."""
    seconds = (event - earlier).total_seconds()
    if abs(seconds) < 0.0005:
        return "0 ms"
    return f"−{span(seconds)}" if seconds > 0 else f"+{span(-seconds)}"
