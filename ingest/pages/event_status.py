"""What happened to accepted events: stored in which issue, set aside, dropped, or still in the queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from accounts.models import Project
from ingest.ledger.outcomes import Outcome
from ingest.models import OutcomeCount
from ingest.spool import quarantine_files
from issues.models import Event

# Processing takes a second; an event that is not stored after this time is no longer in the queue.
_QUEUED_FOR = timedelta(seconds=60)


class Kind(StrEnum):
    """What happened to an event."""

    STORED = "stored"
    WAITING = "waiting"
    SET_ASIDE = "set_aside"
    DROPPED = "dropped"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class EventStatus:
    """`issue` and `url` belong to a stored event; `note` tells why it was set aside; `dropped` counts the events of that
    minute that were not stored, by (outcome, reason)."""

    kind: Kind
    issue: str = ""
    url: str = ""
    note: str = ""
    dropped: Mapping[tuple[str, str], int] | None = None


def of_events(project: Project, received: Mapping[UUID, datetime], now: datetime) -> dict[UUID, EventStatus]:
    """The status of each event in `received`, which maps event ids to when they were accepted. At most two queries."""
    if not received:
        return {}
    found = _stored(project, received)
    missing = {event_id: at for event_id, at in received.items() if event_id not in found}
    if not missing:
        return found
    dropped = _dropped(project, missing.values())
    aside = set_aside(project.pk, [event_id.hex for event_id in missing])
    for event_id, at in missing.items():
        if (note := aside.get(event_id.hex)) is not None:
            found[event_id] = EventStatus(Kind.SET_ASIDE, note=note)
        elif now - at < _QUEUED_FOR and not dropped.get(_minute(at)):
            found[event_id] = EventStatus(Kind.WAITING)
        elif of_minute := dropped.get(_minute(at)):
            found[event_id] = EventStatus(Kind.DROPPED, dropped=of_minute)
        else:
            found[event_id] = EventStatus(Kind.GONE)
    return found


def _stored(project: Project, event_ids: Iterable[UUID]) -> dict[UUID, EventStatus]:
    events = Event.objects.filter(project=project, event_id__in=list(event_ids)).values_list(
        "event_id", "pk", "issue_id", "issue__digest_order"
    )
    return {
        event_id: EventStatus(
            Kind.STORED,
            issue=f"{project.slug.upper()}-{order}",
            url=reverse("event", args=[project.slug, issue_id, key]),
        )
        for event_id, key, issue_id, order in events
    }


def _dropped(project: Project, moments: Iterable[datetime]) -> dict[int, dict[tuple[str, str], int]]:
    """How many events that were accepted in these minutes were dropped, by minute and (outcome, reason)."""
    rows = OutcomeCount.objects.filter(
        project=project,
        minute__in=sorted({_minute(at) for at in moments}),
        category="error",
        outcome__in=[Outcome.FILTERED, Outcome.SAMPLED],
    ).exclude(reason="allowed_origins")
    found: dict[int, dict[tuple[str, str], int]] = {}
    for minute, outcome, reason, quantity in rows.values_list("minute", "outcome", "reason", "quantity"):
        found.setdefault(minute, {})[outcome, reason] = quantity
    return found


def set_aside(project_id: int, event_ids: Sequence[str]) -> dict[str, str]:
    """Those of the events that were set aside, and why; the reason is empty if it is unknown."""
    try:
        return quarantine_files.find(Path(settings.INGEST_DIR), project_id, event_ids)
    except OSError:  # the queue is on another machine, or cannot be read
        return {}


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60
