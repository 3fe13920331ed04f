"""The JSON of a `check_in` item, read. Pure; whatever is in it, only Unusable is raised.

docs/protocol.md, "Item types": the nil id means the latest run in progress, slugs have 50 characters, environments 64.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from django.utils.text import slugify

from issues.monitors import schedule
from issues.monitors.schedule import BadSchedule, Schedule
from issues.payload import access
from rustrak.lib import ids, tolerant_json

LONGEST_SLUG = 50
LONGEST_ENVIRONMENT = 64
DEFAULT_ENVIRONMENT = "production"
# Minutes: 28 days, as long as SDKs may ask for.
_LONGEST_MINUTES = 40_320
_MOST_IN_A_ROW = 720
_LONGEST_DURATION = 366 * 86400.0

SentStatus = Literal["in_progress", "ok", "error", "unknown"]


class Unusable(ValueError):
    """No check-in can be made of it; `reason` is the ledger's word for why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Config:
    """What a monitor_config asks for; margin and runtime in minutes, absent parts at their defaults."""

    schedule: Schedule
    checkin_margin: int
    max_runtime: int
    failure_issue_threshold: int
    recovery_threshold: int


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A check-in as sent. `check_in_id` None: the latest run in progress. `duration` in seconds.

    `problem` says why the monitor_config that came with it cannot be used; it is empty when there was none.
    """

    slug: str
    check_in_id: UUID | None
    status: SentStatus
    environment: str
    duration: float | None
    config: Config | None
    problem: str
    release: str
    trace: dict[str, Any]


def read(data: bytes) -> CheckIn:
    """The check-in in `data`. Raises Unusable."""
    try:
        sent, _ = tolerant_json.loads(data)
    except tolerant_json.NotJson:
        raise Unusable("not_json") from None
    if not isinstance(sent, dict):
        raise Unusable("not_json")
    slug = slugify(access.text(sent.get("monitor_slug"))[: 4 * LONGEST_SLUG])[:LONGEST_SLUG].strip("-_")
    if not slug:
        raise Unusable("no_monitor_slug")
    if not (said := sent.get("status")) or not isinstance(said, str):
        raise Unusable("no_status")
    config, problem = _config(sent.get("monitor_config"))
    return CheckIn(
        slug=slug,
        check_in_id=_id(sent.get("check_in_id")),
        status=_STATUSES.get(said, "unknown"),
        environment=_environment(sent.get("environment")),
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
    name = " ".join(access.text(value).split())[:LONGEST_ENVIRONMENT].strip()
    return name or DEFAULT_ENVIRONMENT


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return float(min(value, _LONGEST_DURATION)) if value >= 0 else None


def _config(sent: Any) -> tuple[Config | None, str]:
    """The configuration, or why it cannot be used; neither when there is none."""
    if not isinstance(sent, dict) or not sent:
        return None, "" if sent is None or sent == {} else "monitor_config is not an object"
    try:
        return (
            Config(
                schedule=_schedule(sent),
                checkin_margin=_whole(sent.get("checkin_margin"), 1, _LONGEST_MINUTES),
                max_runtime=_whole(sent.get("max_runtime"), 30, _LONGEST_MINUTES),
                failure_issue_threshold=_whole(sent.get("failure_issue_threshold"), 1, _MOST_IN_A_ROW),
                recovery_threshold=_whole(sent.get("recovery_threshold"), 1, _MOST_IN_A_ROW),
            ),
            "",
        )
    except BadSchedule as bad:
        return None, str(bad)


def _schedule(sent: dict[str, Any]) -> Schedule:
    """From `schedule: {type, value, unit}`, or from the web API's `schedule_type` and `schedule`."""
    asked, zone = sent.get("schedule"), sent.get("timezone")
    if isinstance(asked, dict):
        return schedule.read(asked.get("type"), asked.get("value"), asked.get("unit"), zone)
    if isinstance(asked, list) and len(asked) == 2:
        return schedule.read(schedule.INTERVAL, asked[0], asked[1], zone)
    if isinstance(asked, str):
        return schedule.read(schedule.CRONTAB, asked, None, zone)
    raise BadSchedule("the monitor_config has no schedule")


def _whole(value: Any, default: int, most: int) -> int:
    """A positive whole number, at most `most`; anything else is the default."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 1:
        return default
    return int(min(value, most))
