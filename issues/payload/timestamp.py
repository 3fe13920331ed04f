"""Reads when an event happened: every form of a time, and clocks that are wrong. Pure.

Source: docs/protocol.md, "Event payload", timestamp and clock drift.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from issues.payload.notes import Notes, What, short
from rustrak.lib import clock

# Sentry's: a clock this far off is corrected by `sent_at`; an event further ahead or behind gets its time of arrival.
_DRIFT = timedelta(minutes=55)
_AHEAD = timedelta(minutes=1)
_BEHIND = timedelta(days=90)
# Larger numbers are milliseconds: in seconds they would be after the year 5138, in milliseconds after March 1973.
_LARGEST_SECONDS = 1e11
_LONGEST = 64
_number = re.compile(r"\d+(?:\.\d+)?").fullmatch


def happened_at(value: Any, received_at: datetime, sent_at: datetime | None, notes: Notes) -> datetime:
    """The `timestamp` of an event in UTC, or `received_at` where it cannot be true. `sent_at` is the client's clock."""
    if value is None:
        return received_at
    found = exact(value)
    if found is None:
        notes.add("timestamp", What.BAD_TIME, short(value))
        return received_at
    if received_at < clock.EARLIEST <= found:
        # The server's clock is not set yet.
        return found
    if sent_at is not None and abs(drift := received_at - sent_at) >= _DRIFT:
        notes.add("timestamp", What.CLOCK_DRIFT, str(round(drift.total_seconds())))
        try:
            found += drift
        except OverflowError:
            return received_at
    if found - received_at > _AHEAD:
        notes.add("timestamp", What.IN_FUTURE, str(round((found - received_at).total_seconds())))
        return received_at
    if received_at - found > _BEHIND:
        notes.add("timestamp", What.TOO_OLD, short(value))
        return received_at
    return found


def exact(value: Any) -> datetime | None:
    """`value` as an aware datetime in UTC; None when it is not a time that an SDK may send for an event.

    It is epoch seconds as a number, or RFC 3339; without a zone it is UTC.
    """
    try:
        if isinstance(value, str):
            if len(value) < 19 or value[13] != ":" or value[16] != ":":
                return None
            return _utc(datetime.fromisoformat(value.upper()))
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def moment(value: Any) -> datetime | None:
    """A time inside an event, such as a breadcrumb's, as an aware datetime in UTC; None when it is not a time.

    Besides what `exact` reads it may be epoch milliseconds, digits in a string, or any ISO 8601 with a time of day.
    """
    if isinstance(value, str):
        if (found := exact(value)) is not None:
            return found
        value = value.strip()
        if len(value) > _LONGEST:
            return None
        if not _number(value):
            try:
                return _utc(datetime.fromisoformat(value.upper())) if len(value) > 10 else None
            except (ValueError, OverflowError):
                return None
        value = float(value)
    if isinstance(value, int | float) and abs(value) > _LARGEST_SECONDS:
        value = value / 1000 if isinstance(value, float) or abs(value) < _LARGEST_SECONDS**2 else None
    return exact(value)


def _utc(found: datetime) -> datetime:
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
