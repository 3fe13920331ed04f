from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import Project
from issues.models import Issue, IssueDay, IssueHour, ProjectHour
from issues.retention import hours

NOW = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)


def hour(days: float) -> int:
    return int((NOW - timedelta(days=days)).timestamp()) // 3600


def test_old_hours_go_and_days_stay(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hours, "_BATCH", 10)
    issue = Issue.objects.create(project=shop, digest_order=1, title="E", first_seen=NOW, last_seen=NOW)
    old = [hour(91 + n / 24) for n in range(25, 0, -1)]
    young = [hour(89), hour(1), hour(0)]
    IssueHour.objects.bulk_create([IssueHour(issue=issue, hour=each, count=1) for each in [*old, *young]])
    # One that came late stands behind the young ones.
    ProjectHour.objects.bulk_create(
        [ProjectHour(project=shop, hour=each, count=1) for each in [*old[1:], *young, old[0]]]
    )
    IssueDay.objects.create(issue=issue, day=old[0] // 24, count=25)
    assert hours.retain(NOW) == 50
    assert list(IssueHour.objects.order_by("hour").values_list("hour", flat=True)) == young
    assert list(ProjectHour.objects.order_by("hour").values_list("hour", flat=True)) == young
    assert IssueDay.objects.get().count == 25
    assert hours.retain(NOW) == 0
