"""Keeps the latest requests to each project, which the page about missing events shows."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Case, F, Value, When, Window
from django.db.models.functions import RowNumber

from ingest.ledger.tally import LATEST, AnsweredRequest
from ingest.models import IntakeRequest
from rustrak.lib import bulk, ids

_FIELDS = [
    "project", "received_at", "endpoint", "status", "reason", "detail", "client", "origin", "remote_addr",
    "event_id",
]  # fmt: skip


def add(requests: Iterable[tuple[int, AnsweredRequest]]) -> None:
    """Store these requests, given with their project ids, and keep only the latest 50 accepted and 50 refused ones of
    each project. Two statements, inside the caller's transaction, which holds the projects' rows."""
    rows = [_row(project_id, request) for project_id, request in requests]
    if not rows:
        return
    bulk.insert(IntakeRequest, _FIELDS, rows)
    numbered = IntakeRequest.objects.filter(project__in={row[0] for row in rows}).annotate(
        accepted=Case(When(reason="", then=Value(True)), default=Value(False), output_field=BooleanField()),
        number=Window(
            RowNumber(),
            partition_by=[F("project_id"), F("accepted")],
            order_by=[F("received_at").desc(), F("id").desc()],
        ),
    )
    IntakeRequest.objects.filter(pk__in=numbered.filter(number__gt=LATEST).values("pk")).delete()


def _row(project_id: int, request: AnsweredRequest) -> tuple[Any, ...]:
    event_id = ids.event_id(request.event_id)
    return (
        project_id,
        datetime.fromtimestamp(request.received_at, UTC),
        request.endpoint[:32],
        request.status,
        request.reason[:64],
        request.detail,
        request.client[:128],
        request.origin[:255],
        request.remote_addr[:64],
        UUID(event_id) if event_id else None,
    )
