"""When an event happened: every form of a time, and clocks that are wrong. Pure.

Source of the rules: docs/protocol.md, "Event payload", timestamp and clock drift.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from issues.payload.notes import Notes, What, short

# Sentry's: a clock this far off is corrected by `sent_at`; an event further ahead or behind gets its arrival time.
_DRIFT = timedelta(minutes=55)
_AHEAD = timedelta(minutes=1)
_BEHIND = timedelta(days=90)


def timestamp(value: Any, received_at: datetime, sent_at: datetime | None, notes: Notes) -> datetime:
    """The time an event says, in UTC, as far as it can be true; else `received_at`. `sent_at` is the client's clock."""
    if value is None:
        return received_at
    try:
        moment = read(value)
    except (ValueError, OverflowError, OSError):
        notes.add("timestamp", What.BAD_TIME, short(value))
        return received_at
    if sent_at is not None and abs(drift := received_at - sent_at) >= _DRIFT:
        notes.add("timestamp", What.CLOCK_DRIFT, str(round(drift.total_seconds())))
        try:
            moment += drift
        except OverflowError:
            return received_at
    if moment - received_at > _AHEAD:
        notes.add("timestamp", What.IN_FUTURE, str(round((moment - received_at).total_seconds())))
        return received_at
    if received_at - moment > _BEHIND:
        notes.add("timestamp", What.TOO_OLD, short(value))
        return received_at
    return moment


def read(value: Any) -> datetime:
    """A time as an aware datetime in UTC: epoch seconds, or RFC 3339 with or without a zone.

    Raises ValueError, OverflowError or OSError.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value, UTC)
    if not isinstance(value, str) or len(value) < 19 or value[13] != ":" or value[16] != ":":
        raise ValueError("no time")
    moment = datetime.fromisoformat(value.upper())
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
