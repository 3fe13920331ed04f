from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connections

from accounts.models import Project
from issues.models import SampledEvent
from issues.retention import sampled
from rustrak.lib import clock

pytestmark = pytest.mark.django_db


def test_ids_of_sampled_events_go_after_a_week(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    monkeypatch.setattr(sampled, "_BATCH", 2)
    ages = [timedelta(days=8)] * 5 + [timedelta(days=6)] * 3
    SampledEvent.objects.bulk_create(
        SampledEvent(project=shop, event_id=uuid4(), at=now - age) for age in ages
    )
    assert sampled.retain(now) == 5
    assert SampledEvent.objects.count() == 3
    assert sampled.retain(now) == 0


def test_retain_does_it(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "close_all", lambda: None)  # they hold this test's transaction
    SampledEvent.objects.create(project=shop, event_id=uuid4(), at=clock.now() - timedelta(days=8))
    call_command("retain", once=True)
    assert not SampledEvent.objects.exists()
