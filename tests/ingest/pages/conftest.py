"""Writes ledger counts and requests as the digest does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from accounts.models import Project
from ingest.ledger import store
from ingest.models import IntakeRequest
from rustrak.lib import clock

Count = Callable[..., None]
Arrive = Callable[..., IntakeRequest]


@pytest.fixture
def count(shop: Project) -> Count:
    """`count("error", "stored", 3, "reason", at=…)` adds to the ledger of Shop."""

    def add(
        category: str,
        outcome: str,
        quantity: int = 1,
        reason: str = "",
        *,
        at: datetime | None = None,
        project: Project = shop,
    ) -> None:
        minute = int((at or clock.now()).timestamp()) // 60
        store.add({(project.pk, minute, category, outcome, reason): quantity})

    return add


@pytest.fixture
def arrive(shop: Project) -> Arrive:
    """`arrive("unknown_key", 401, detail=…)` stores a request to Shop; without a reason, an accepted one."""

    def add(
        reason: str = "",
        status: int = 200,
        *,
        detail: Any = None,
        event_id: str | UUID | None = None,
        ago: timedelta = timedelta(0),
        endpoint: str = "envelope",
        client: str = "sentry.python/2.75.0",
        origin: str = "",
        project: Project = shop,
    ) -> IntakeRequest:
        return IntakeRequest.objects.create(
            project=project,
            received_at=clock.now() - ago,
            endpoint=endpoint,
            status=status,
            reason=reason,
            detail={} if detail is None else detail,
            client=client,
            origin=origin,
            remote_addr="203.0.113.9",
            event_id=UUID(str(event_id)) if event_id else None,
        )

    return add
