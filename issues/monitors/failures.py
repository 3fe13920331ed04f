"""The event that a failed, missed or timed-out run becomes, and how its issue is found again. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from issues.monitors.schedule import Schedule
from issues.payload import fingerprint
from rustrak.lib import clock, tolerant_json

Kind = Literal["error", "missed", "timeout"]
KINDS: tuple[Kind, ...] = ("error", "missed", "timeout")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A run that went wrong, at `at`; of a missed one `at` is when it was due. Minutes in `max_runtime`."""

    kind: Kind
    monitor_id: UUID
    slug: str
    environment: str
    check_in_id: UUID
    at: datetime
    schedule: Schedule | None
    checkin_margin: int
    max_runtime: int
    failures_in_a_row: int
    last_check_in_at: datetime | None
    release: str = ""
    trace: dict[str, Any] = field(default_factory=dict)

    @property
    def event_id(self) -> str:
        """The same for the same occasion, so that it is stored once whoever notices it."""
        occasion = f"{self.monitor_id.hex}\n{self.environment}\n{self.kind}\n{self.check_in_id.hex}"
        return hashlib.sha256(occasion.encode()).hexdigest()[:32]

    def payload(self) -> bytes:
        """The event as an SDK would send it."""
        contexts: dict[str, Any] = {"monitor": {"type": "monitor"} | self._about()}
        if self.trace:
            contexts["trace"] = self.trace
        event = {
            "event_id": self.event_id,
            "timestamp": clock.rfc3339(self.at),
            "platform": "other",
            "level": "error",
            "logger": "rustrak.monitors",
            "message": message(self),
            "environment": self.environment,
            "fingerprint": parts(self.slug, self.environment, self.kind),
            "tags": {
                "monitor.slug": self.slug,
                "monitor.id": str(self.monitor_id),
                "check_in.status": self.kind,
            },
            "contexts": contexts,
        }
        if self.release:
            event["release"] = self.release
        return tolerant_json.dumps(event)

    def _about(self) -> dict[str, Any]:
        about: dict[str, Any] = {
            "slug": self.slug,
            "environment": self.environment,
            "check_in_id": self.check_in_id.hex,
            "failures_in_a_row": self.failures_in_a_row,
            "checkin_margin": f"{self.checkin_margin} min",
            "max_runtime": f"{self.max_runtime} min",
        }
        if self.schedule:
            about |= {"schedule": self.schedule.text, "timezone": self.schedule.timezone}
            about["due"] = self.schedule.words()
        if self.last_check_in_at:
            about["last_check_in"] = clock.rfc3339(self.last_check_in_at)
        return about


def message(trouble: Trouble) -> str:
    """What went wrong, in a sentence."""
    if trouble.kind == "missed":
        return f"Monitor {trouble.slug} missed its check-in at {trouble.at:%H:%M} UTC"
    if trouble.kind == "timeout":
        unit = "minute" if trouble.max_runtime == 1 else "minutes"
        return f"Monitor {trouble.slug} did not finish within {trouble.max_runtime:,} {unit}"
    return f"Monitor {trouble.slug} failed"


def missed_id(monitor_id: UUID, environment: str, due: datetime) -> UUID:
    """The id of the check-in that did not come at `due`."""
    occasion = f"{monitor_id.hex}\n{environment}\n{int(due.timestamp())}"
    return UUID(hashlib.sha256(occasion.encode()).hexdigest()[:32])


def parts(slug: str, environment: str, kind: Kind) -> list[str]:
    """The fingerprint of the event; quotes keep an environment's name from being read as {{ default }}."""
    return ["monitor", slug, repr(environment) if "{{" in environment else environment, kind]


def key_hashes(slug: str, environment: str) -> list[str]:
    """The hashes of the groupings in which a monitor's troubles in one environment are."""
    return [
        fingerprint.key_hash(fingerprint.grouping_key({"fingerprint": parts(slug, environment, kind)}))
        for kind in KINDS
    ]
