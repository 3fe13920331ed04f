"""The current time, read in one function only, and its RFC 3339 form."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

#: No Rustrak ran before: a machine without a clock that keeps time begins in 1970 until it is set.
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
#: How far in the future a stored time may be that was the current one: clocks of machines differ, and are set back.
AHEAD = timedelta(days=1)


def now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """`moment` (aware) as `2026-11-23T19:04:11.123456Z`; the fraction only when there is one."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plausible(moment: datetime, now: datetime) -> bool:
    """Whether `moment` can have been the current time before `now` (both aware). True while `now` itself cannot be right."""
    return now < EARLIEST or EARLIEST <= moment <= now + AHEAD
