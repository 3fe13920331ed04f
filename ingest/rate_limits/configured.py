"""The rate limits that apply to a project, from the settings and from the project's own numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.conf import settings

from ingest.rate_limits.windows import HOUR, MINUTE, Exceeded, RateLimits


def limits_of(
    per_minute: int | None, per_hour: int | None, key_minute: int | None = None, key_hour: int | None = None
) -> RateLimits:
    """The limits of a project whose own limits the first two are (None: the installation's default for projects; 0: no limit),
    and those of the key that is used (None: no limit)."""
    return RateLimits(
        settings.MAX_EVENTS_PER_PROJECT_PER_MINUTE if per_minute is None else per_minute,
        settings.MAX_EVENTS_PER_PROJECT_PER_HOUR if per_hour is None else per_hour,
        settings.MAX_EVENTS_PER_MINUTE,
        settings.MAX_EVENTS_PER_HOUR,
        key_minute or 0,
        key_hour or 0,
    )


def sampling_problem(percent: int, per_hour: int | None) -> str:
    """Why noisy issues cannot be sampled above `percent` of a project's events per hour; empty if they can, or are not."""
    if percent and not limits_of(None, per_hour).project_hour:
        return "Set a limit of events per hour first."
    return ""


def still_exceeded(limits: RateLimits, *stored: tuple[datetime | None, str]) -> tuple[Exceeded, ...]:
    """The limits that the database says are used up, given as (until, Exceeded.name). A name of a limit that has been
    changed since is left out."""
    windows = [
        Exceeded("project", HOUR, limits.project_hour, 0),
        Exceeded("project", MINUTE, limits.project_minute, 0),
        Exceeded("installation", HOUR, limits.installation_hour, 0),
        Exceeded("installation", MINUTE, limits.installation_minute, 0),
    ]
    return tuple(
        replace(one, until=int(until.timestamp()))
        for until, name in stored
        for one in windows
        if until is not None and one.limit and one.name == name
    )
