"""The current time, read in one function only, and its RFC 3339 form."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


def rfc3339(moment: datetime) -> str:
    """`moment` (aware) as `2026-11-23T19:04:11.123456Z`; the fraction only when there is one."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
