"""Times in an event: moved to a corrected clock, and how far apart two of them are."""

from __future__ import annotations

from datetime import datetime, timedelta

from rustrak.lib import wording


def shifted(at: datetime | None, by: timedelta) -> datetime | None:
    """`at` moved by `by`; unchanged where the result is not a date."""
    try:
        return at and at + by
    except OverflowError:
        return at


def before(earlier: datetime, event: datetime) -> str:
    """How long before (`−4.2 s`) or after (`+1.2 s`) the event something happened."""
    seconds = (event - earlier).total_seconds()
    if abs(seconds) < 0.0005:
        return "0 ms"
    return wording.duration(-seconds) if seconds > 0 else f"+{wording.duration(-seconds)}"
