"""Keeps the latest requests to each project, which the page about missing events shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Case, F, Value, When, Window
from django.db.models.functions import RowNumber

from ingest.ledger.tally import LATEST, AnsweredRequest
from ingest.models import IntakeRequest
from rustrak.lib import bulk, clock, ids

_FIELDS = [
    "project", "received_at", "endpoint", "status", "reason", "detail", "client", "origin", "remote_addr",
    "event_id", "unlisted",
]  # fmt: skip


def add(requests: Iterable[tuple[int, AnsweredRequest]]) -> None:
    """Store these requests, given with their project ids, and keep only the latest 50 accepted and 50 refused ones of
    each project; the oldest of them tells how many came before. At most four statements, inside the caller's
    transaction, which holds the projects' rows."""
    now = clock.now()
    rows = [_row(project_id, request, now) for project_id, request in requests]
    if not rows:
        return
    bulk.insert(IntakeRequest, _FIELDS, rows)
    numbered = IntakeRequest.objects.filter(project__in={row[0] for row in rows}).annotate(
        accepted=Case(When(reason="", then=Value(True)), default=Value(False), output_field=BooleanField()),
        number=Window(
            RowNumber(),
            partition_by=[F("project_id"), F("accepted")],
            # Those that were stored by a clock that was ahead are not the latest.
            order_by=[
                Case(When(received_at__gt=now + clock.AHEAD, then=Value(1)), default=Value(0)).asc(),
                F("received_at").desc(),
                F("id").desc(),
            ],
        ),
    )
    oldest: dict[tuple[int, bool], int] = {}
    unlisted: Counter[tuple[int, bool]] = Counter()
    columns = ("project_id", "accepted", "number", "pk", "unlisted")
    for project_id, accepted, number, pk, before in numbered.filter(number__gte=LATEST).values_list(*columns):
        if number == LATEST:
            oldest[project_id, accepted] = pk
        else:
            unlisted[project_id, accepted] += 1 + before
    if not unlisted:
        return
    IntakeRequest.objects.filter(pk__in=numbered.filter(number__gt=LATEST).values("pk")).delete()
    added = sorted((oldest[key], quantity) for key, quantity in unlisted.items())
    bulk.update(
        IntakeRequest, ["id", "unlisted"], added, "unlisted = ingest_intakerequest.unlisted + :unlisted:"
    )


def forget(project_id: int, addresses: Collection[str]) -> None:
    """Forget the requests of a project from these IP addresses."""
    IntakeRequest.objects.filter(project=project_id, remote_addr__in=addresses).delete()


def _row(project_id: int, request: AnsweredRequest, now: datetime) -> tuple[Any, ...]:
    event_id = ids.event_id(request.event_id)
    received_at = datetime.fromtimestamp(request.received_at, UTC)
    return (
        project_id,
        received_at if clock.plausible(received_at, now) else now,
        request.endpoint[:32],
        request.status,
        request.reason[:64],
        request.detail,
        request.client[:128],
        request.origin[:255],
        request.remote_addr[:64],
        UUID(event_id) if event_id else None,
        request.unlisted,
    )
