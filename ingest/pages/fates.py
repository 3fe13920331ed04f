"""What became of events that were accepted: stored as which issue, in quarantine, filtered, or still waiting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import orjson
from django.conf import settings
from django.urls import reverse

from accounts.models import Project
from ingest.ledger.outcomes import Outcome
from ingest.models import OutcomeCount
from ingest.spool.quarantine import DIRECTORY
from issues.models import Event

# The digest needs a second; what is not there after this has another fate.
_PATIENCE = timedelta(seconds=60)


class Kind(StrEnum):
    """How it ended."""

    STORED = "stored"
    WAITING = "waiting"
    QUARANTINED = "quarantined"
    DROPPED = "dropped"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Fate:
    """`issue` and `url` of a stored event; `note` is the reason of the quarantine; `dropped` counts the events of
    that minute that were not stored: (outcome, reason) to quantity."""

    kind: Kind
    issue: str = ""
    url: str = ""
    note: str = ""
    dropped: Mapping[tuple[str, str], int] | None = None


def of_events(project: Project, received: Mapping[UUID, datetime], now: datetime) -> dict[UUID, Fate]:
    """The fate of each event id in `received` (when it was accepted). At most two queries."""
    if not received:
        return {}
    fates = _stored(project, received)
    missing = {event_id: at for event_id, at in received.items() if event_id not in fates}
    if not missing:
        return fates
    dropped = _dropped(project, missing.values())
    for event_id, at in missing.items():
        if (note := quarantined(project.pk, event_id.hex)) is not None:
            fates[event_id] = Fate(Kind.QUARANTINED, note=note)
        elif now - at < _PATIENCE and not dropped.get(_minute(at)):
            fates[event_id] = Fate(Kind.WAITING)
        elif of_minute := dropped.get(_minute(at)):
            fates[event_id] = Fate(Kind.DROPPED, dropped=of_minute)
        else:
            fates[event_id] = Fate(Kind.GONE)
    return fates


def _stored(project: Project, event_ids: Iterable[UUID]) -> dict[UUID, Fate]:
    events = Event.objects.filter(project=project, event_id__in=list(event_ids)).values_list(
        "event_id", "pk", "issue_id", "issue__digest_order"
    )
    return {
        event_id: Fate(
            Kind.STORED,
            issue=f"{project.slug.upper()}-{order}",
            url=reverse("event", args=[project.slug, issue_id, key]),
        )
        for event_id, key, issue_id, order in events
    }


def _dropped(project: Project, moments: Iterable[datetime]) -> dict[int, dict[tuple[str, str], int]]:
    """Events that were accepted in these minutes and not stored, by minute, outcome and reason."""
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


def quarantined(project_id: int, event_id: str) -> str | None:
    """Why a record is in the quarantine; None when it is not there, or nobody can look."""
    path = Path(settings.INGEST_DIR) / DIRECTORY / f"{project_id}-{event_id}.reason.json"
    try:
        about = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    reason = about.get("reason") if isinstance(about, dict) else None
    return reason if isinstance(reason, str) else ""


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60
