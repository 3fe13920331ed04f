"""The event that Rustrak creates for a failed, missed or timed-out run, and the key of its issue. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from issues.monitors.schedule import Schedule
from issues.monitors.sent_check_in import DEFAULT_ENVIRONMENT
from issues.payload import fingerprint
from rustrak.lib import clock, tolerant_json

FailureKind = Literal["error", "missed", "timeout"]
KINDS: tuple[FailureKind, ...] = ("error", "missed", "timeout")


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that failed at `at`, or that was due then and missed. Margin and runtime are in minutes.

    `name` is what people call the monitor; `slug` is for addresses, and for the fingerprint.
    """

    kind: FailureKind
    monitor_id: UUID
    slug: str
    name: str
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
        """Derived from the run, so that the event is stored once even when several processes detect the failure."""
        run = f"{self.monitor_id.hex}\n{self.environment}\n{self.kind}\n{self.check_in_id.hex}"
        return hashlib.sha256(run.encode()).hexdigest()[:32]

    def payload(self) -> bytes:
        """The event as an SDK would send it, as JSON."""
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
            "fingerprint": fingerprint_of(self.slug, self.environment, self.kind),
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
            "name": self.name,
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
            about["due_at" if self.kind == "missed" else "at"] = self.schedule.local_text(self.at)
        if self.last_check_in_at:
            about["last_check_in"] = clock.rfc3339(self.last_check_in_at)
        return about


def message(failure: Failure) -> str:
    """What went wrong: the title of the issue, the same for all of its events, so it names no time.

    Each environment has issues of its own: the title names the environment, unless it is the usual one.
    """
    job = f"Monitor {failure.name}"
    if failure.environment != DEFAULT_ENVIRONMENT:
        job += f" ({failure.environment})"
    if failure.kind == "missed":
        return f"{job} missed its check-in"
    if failure.kind == "timeout":
        unit = "minute" if failure.max_runtime == 1 else "minutes"
        return f"{job} did not finish within {failure.max_runtime:,} {unit}"
    return f"{job} failed"


def missed_id(monitor_id: UUID, environment: str, due: datetime) -> UUID:
    """The id of the check-in that was missed at `due`."""
    run = f"{monitor_id.hex}\n{environment}\n{int(due.timestamp())}"
    return UUID(hashlib.sha256(run.encode()).hexdigest()[:32])


def fingerprint_of(slug: str, environment: str, kind: FailureKind) -> list[Any]:
    """The fingerprint of the event. Text with braces is a list of one, in which no variables are filled in."""
    return ["monitor", *([text] if "{{" in text else text for text in (slug, environment)), kind]


def key_hashes(slug: str, environment: str) -> list[str]:
    """The hashes of the grouping keys of a monitor's failures in one environment: one for each kind."""
    return [
        fingerprint.key_hash(
            fingerprint.grouping_key({"fingerprint": fingerprint_of(slug, environment, kind)})
        )
        for kind in KINDS
    ]
