"""Reads the JSON of a `check_in` item. Pure; whatever the item contains, only UnusableCheckIn is raised.

The rules are those of docs/protocol.md, "Check-ins": the nil id stands for the latest run in progress; environments
have at most 64 characters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from issues.monitors import names, schedule
from issues.monitors.schedule import BadSchedule, Schedule
from issues.payload import access
from rustrak.lib import ids, tolerant_json

MAX_ENVIRONMENT_LENGTH = 64
DEFAULT_ENVIRONMENT = "production"
# 28 days, the longest that the protocol allows.
_MAX_MINUTES = 40_320
_MAX_THRESHOLD = 720
_MAX_DURATION = 366 * 86400.0  # seconds

SentStatus = Literal["in_progress", "ok", "error", "unknown"]


class UnusableCheckIn(ValueError):
    """The item is not a check-in; `reason` is the ledger's code for why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class MonitorConfig:
    """A monitor_config. `checkin_margin` and `max_runtime` are in minutes; missing parts have their defaults."""

    schedule: Schedule
    checkin_margin: int
    max_runtime: int
    failure_issue_threshold: int
    recovery_threshold: int


@dataclass(frozen=True, slots=True)
class SentCheckIn:
    """A check-in as an SDK sent it. `check_in_id` is None for the latest run in progress; `duration` is in seconds.

    `environment` is the default one when none came: `has_environment` tells. `problem` says why the monitor_config that
    came with it cannot be used. It is empty when it can, or when none came.
    """

    name: str
    check_in_id: UUID | None
    status: SentStatus
    environment: str
    has_environment: bool
    duration: float | None
    config: MonitorConfig | None
    problem: str
    release: str
    trace: dict[str, Any]


def read(data: bytes) -> SentCheckIn:
    """The check-in in `data`. Raises UnusableCheckIn."""
    try:
        sent = tolerant_json.loads_object(data)
    except tolerant_json.NotJson:
        raise UnusableCheckIn("not_json") from None
    name = names.name_of(sent.get("monitor_slug"))
    if not name:
        raise UnusableCheckIn("no_monitor_slug")
    if not (status := sent.get("status")) or not isinstance(status, str):
        raise UnusableCheckIn("no_status")
    environment = _environment(sent.get("environment"))
    config, problem = _config(sent.get("monitor_config"))
    return SentCheckIn(
        name=name,
        check_in_id=_id(sent.get("check_in_id")),
        status=_STATUSES.get(status, "unknown"),
        environment=environment or DEFAULT_ENVIRONMENT,
        has_environment=bool(environment),
        duration=_seconds(sent.get("duration")),
        config=config,
        problem=problem[:200],
        release=access.text(sent.get("release")).strip()[:200],
        trace=access.mapping(access.mapping(sent.get("contexts")).get("trace")),
    )


_STATUSES: dict[str, SentStatus] = {"in_progress": "in_progress", "ok": "ok", "error": "error"}


def _id(value: Any) -> UUID | None:
    known = ids.event_id(value)
    return UUID(known) if known and known.strip("0") else None


def _environment(value: Any) -> str:
    return " ".join(access.text(value).split())[:MAX_ENVIRONMENT_LENGTH].strip()


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return float(min(value, _MAX_DURATION)) if value >= 0 else None


def _config(sent: Any) -> tuple[MonitorConfig | None, str]:
    """The configuration and an empty text, or None and why it cannot be used; None and an empty text without one."""
    if not isinstance(sent, dict) or not sent:
        return None, "" if sent is None or sent == {} else "monitor_config is not an object"
    try:
        return (
            MonitorConfig(
                schedule=_schedule(sent),
                checkin_margin=_whole(sent.get("checkin_margin"), 1, _MAX_MINUTES),
                max_runtime=_whole(sent.get("max_runtime"), 30, _MAX_MINUTES),
                failure_issue_threshold=_whole(sent.get("failure_issue_threshold"), 1, _MAX_THRESHOLD),
                recovery_threshold=_whole(sent.get("recovery_threshold"), 1, _MAX_THRESHOLD),
            ),
            "",
        )
    except BadSchedule as bad:
        return None, str(bad)


def _schedule(sent: dict[str, Any]) -> Schedule:
    """The schedule from `{type, value, unit}`, from `[value, unit]`, or from a crontab line. Raises BadSchedule."""
    value, zone = sent.get("schedule"), sent.get("timezone")
    if isinstance(value, dict):
        return schedule.read(value.get("type"), value.get("value"), value.get("unit"), zone)
    if isinstance(value, list) and len(value) == 2:
        return schedule.read(schedule.INTERVAL, value[0], value[1], zone)
    if isinstance(value, str):
        return schedule.read(schedule.CRONTAB, value, None, zone)
    raise BadSchedule("the monitor_config has no schedule")


def _whole(value: Any, default: int, largest: int) -> int:
    """A positive whole number, cut to `largest`; the default for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 1:
        return default
    return int(min(value, largest))
