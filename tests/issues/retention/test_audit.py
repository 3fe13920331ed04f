"""How long the audit log is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts import audit
from accounts.models import AuditEntry
from issues.retention import audit as kept
from issues.retention import batches
from rustrak.lib import clock

pytestmark = pytest.mark.django_db


def test_old_entries_and_those_past_the_most_are_deleted(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PAUSE", 0)
    now = clock.now()
    for age in (800, 700, 3, 2, 1):
        audit.record(audit.Action.PERSON_CHANGE, name=str(age))
        AuditEntry.objects.filter(target_name=str(age)).update(at=now - timedelta(days=age))
    settings.RETAIN_AUDIT_DAYS = 0
    assert batches.enforce(kept.POLICY, now) == 0
    settings.RETAIN_AUDIT_DAYS = 730
    assert batches.enforce(kept.POLICY, now) == 1
    monkeypatch.setattr(kept, "MOST", 2)
    assert batches.enforce(kept.POLICY, now) == 2
    assert list(AuditEntry.objects.order_by("id").values_list("target_name", flat=True)) == ["2", "1"]
