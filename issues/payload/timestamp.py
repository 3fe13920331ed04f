"""Reads when an event happened: every form of a time, and clocks that are wrong. Pure.

Source: docs/protocol.md, "Event payload", timestamp and clock drift.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from issues.payload.notes import Notes, What, short

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
    found = moment(value)
    if found is None:
        notes.add("timestamp", What.BAD_TIME, short(value))
        return received_at
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


def moment(value: Any) -> datetime | None:
    """`value` as an aware datetime in UTC; None when it is not a time.

    It may be epoch seconds or milliseconds, as a number or as digits, or ISO 8601 with a time of day; without a zone
    it is UTC.
    """
    try:
        if isinstance(value, str):
            # The usual form first: a regular expression for all forms costs more than reading it.
            if len(value) >= 19 and value[13] == ":" and value[16] == ":":
                return _utc(datetime.fromisoformat(value.upper()))
            value = value.strip()
            if len(value) > _LONGEST:
                return None
            if not _number(value):
                return _utc(datetime.fromisoformat(value.upper())) if len(value) > 10 else None
            value = float(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000 if abs(value) > _LARGEST_SECONDS else value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _utc(found: datetime) -> datetime:
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
