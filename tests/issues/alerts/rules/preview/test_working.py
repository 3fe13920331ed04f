"""The preview of a rule, against what was stored."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from accounts.models import Project
from issues.alerts.rules import preview
from issues.alerts.rules.values import RuleValues
from issues.models import (
    Activity,
    AlertMark,
    AlertRule,
    CheckIn,
    Issue,
    IssueHour,
    Monitor,
    MonitorState,
    News,
    ProjectHour,
)
from tests.lib import builders
from tests.lib.occurrences import NOW

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ALL = tuple(each.value for each in News if each.value in {
    "new", "regressed", "unmuted", "escalating", "spike", "monitor_failed", "monitor_recovered",
})  # fmt: skip


def values(*triggers: str, **fields: Any) -> RuleValues:
    return RuleValues(name="", triggers=triggers, to_members=True, **fields)


def happened(issue: Issue, kind: str, at: datetime, **event: Any) -> None:
    """One change of the issue by an event, unless a person made it."""
    made = builders.event(issue, issue.events.count() + 1, **event) if kind != "unmuted" else None
    Activity.objects.create(issue=issue, kind=kind, at=at, event=made.pk if made else None)


def told(project: Project, rule: RuleValues) -> list[tuple[str, str]]:
    return [(message.news.value, message.short_id) for message in preview.run(project, rule, NOW).messages]


def test_the_changes_of_the_past_week_are_told_newest_first(shop: Project) -> None:
    first, second = builders.issue(shop), builders.issue(shop, 2)
    happened(first, "created", NOW - 8 * DAY)
    happened(second, "created", NOW - 6 * DAY)
    happened(first, "regressed", NOW - 2 * DAY)
    happened(first, "unmuted", NOW - DAY)
    happened(first, "created", NOW + DAY)
    other = Project.objects.create(name="Other", slug="other")
    happened(builders.issue(other), "created", NOW - DAY)

    found = preview.run(shop, values("new", "regressed"), NOW)

    assert [(message.news, message.short_id, message.at) for message in found.messages] == [
        ("regressed", "SHOP-1", NOW - 2 * DAY),
        ("new", "SHOP-2", NOW - 6 * DAY),
    ]
    assert found.messages[0].title == first.title
    assert (found.total, found.by_trigger) == (2, {"new": 1, "regressed": 1})
    assert len(found.by_day) == 8
    assert {day for day, count in found.by_day if count} == {(NOW - 2 * DAY).date(), (NOW - 6 * DAY).date()}
    assert isinstance(found.by_day[0][0], date)
    assert found.notes == ()
    assert told(shop, values("unmuted")) == [("unmuted", "SHOP-1")]


def test_filters_look_at_the_events_and_else_at_the_issue(shop: Project) -> None:
    issue = builders.issue(shop, last_environment="staging")
    happened(issue, "created", NOW - DAY, environment="production", release="2.1")
    happened(issue, "regressed", NOW - HOUR, environment="staging")
    Activity.objects.create(issue=issue, kind="regressed", at=NOW - 3 * HOUR, event=uuid4())
    for fields, expected in [
        ({"environments": ("production",)}, ["new"]),
        ({"environments": ("staging",)}, ["regressed", "regressed"]),
        ({"releases": ("2.*",)}, ["new"]),
        ({"levels": ("fatal",)}, []),
        ({"only_errors": True}, ["regressed", "regressed", "new"]),
    ]:
        rule = values("new", "regressed", cooldown_minutes=0, **fields)
        assert [news for news, _ in told(shop, rule)] == expected, fields
    assert "1 event is no longer stored" in " ".join(preview.run(shop, rule, NOW).notes)


def test_the_text_and_tags_are_those_of_the_issue(shop: Project) -> None:
    for number in (1, 2):
        issue = builders.searchable(builders.issue(shop, number, title=f"Timeout {number}"))
        happened(issue, "created", NOW - number * HOUR)
        issue.groupings.get().tags.create(project=shop, key="customer", value=f"Acme {number}", count=1)
    assert told(shop, values("new", query="timeout 2")) == [("new", "SHOP-2")]
    assert told(shop, values("new", query="SHOP-1")) == [("new", "SHOP-1")]
    found = preview.run(shop, values("new", tags=(("customer", "acme 1"),)), NOW)
    assert [message.short_id for message in found.messages] == ["SHOP-1"]
    assert found.notes


def test_the_cooldown_and_bursts_are_applied(shop: Project) -> None:
    issue = builders.issue(shop)
    for minutes in (0, 10, 70):
        happened(issue, "regressed", NOW - DAY + timedelta(minutes=minutes))
    found = preview.run(shop, values("regressed", cooldown_minutes=60), NOW)
    assert (found.total, found.suppressed, found.collected) == (2, 1, 0)
    many = Issue.objects.bulk_create(
        Issue(project=shop, digest_order=number, title="x", first_seen=NOW, last_seen=NOW)
        for number in range(2, 1002)
    )
    Activity.objects.bulk_create(Activity(issue=each, kind="created", at=NOW - 2 * HOUR) for each in many)
    found = preview.run(shop, values("new"), NOW)
    assert (found.total, found.collected, found.by_trigger) == (1, 1000, {"burst": 1})
    assert found.messages[0].total == 1000
    assert found.messages[0].at == NOW - 2 * HOUR + timedelta(minutes=1)


def test_escalating_issues_are_seen_in_hours(shop: Project) -> None:
    hour = int(NOW.timestamp()) // 3600
    issue, muted = builders.issue(shop, user_count=3), builders.issue(shop, 2, status=Issue.Status.MUTED)
    for each in (issue, muted):
        IssueHour.objects.bulk_create(
            IssueHour(grouping=each.groupings.get(), hour=hour - back, count=count)
            for back, count in [(10, 99), (9, 1), (5, 100), (4, 150), (3, 10), (2, 60), (1, 60)]
        )
    found = preview.run(shop, values("escalating", amount=100, minutes=60, cooldown_minutes=180), NOW)
    assert [(message.short_id, message.detail) for message in found.messages] == [
        ("SHOP-1", "100 events in 1 h")
    ]
    assert found.notes
    two_hours = preview.run(shop, values("escalating", amount=100, minutes=120, cooldown_minutes=0), NOW)
    assert [message.detail for message in reversed(two_hours.messages)] == [
        "100 events in 2 h", "100 events in 2 h", "120 events in 2 h",
    ]  # fmt: skip
    users = values("escalating", amount=4, minutes=60, unit="users")
    assert not preview.run(shop, users, NOW).messages


def test_spikes_are_those_that_would_have_been_found(shop: Project) -> None:
    hour = int(NOW.timestamp()) // 3600
    ProjectHour.objects.bulk_create(
        ProjectHour(project=shop, hour=hour - back, count=500 if back in (30, 31, 50) else 20)
        for back in range(1, 1000)
    )
    found = preview.run(shop, values("spike", times=5, environments=("production",)), NOW)
    assert [message.detail for message in found.messages] == ["500 events in an hour that usually has 20"] * 3
    assert len(found.notes) == 1
    assert not preview.run(shop, values("spike", times=50), NOW).messages
    assert preview.run(shop, values("spike", times=5, cooldown_minutes=1200), NOW).suppressed == 1 + 0


def test_monitors_are_seen_in_their_check_ins(shop: Project) -> None:
    monitor = Monitor.objects.create(
        project=shop, slug="nightly", name="Nightly", failure_issue_threshold=2, recovery_threshold=2
    )
    state = MonitorState.objects.create(monitor=monitor, environment="production")
    runs = ["ok", "error", "missed", "error", "ok", "ok", "ok", "timeout", "ok", "in_progress"]
    CheckIn.objects.bulk_create(
        CheckIn(state=state, check_in_id=uuid4(), status=status, started_at=NOW - 20 * HOUR + number * HOUR)
        for number, status in enumerate(runs)
    )
    rule = values("monitor_failed", "monitor_recovered", environments=("production",))
    found = preview.run(shop, rule, NOW)
    assert [(message.news, message.detail) for message in found.messages] == [
        ("monitor_recovered", "Nightly"), ("monitor_failed", "Nightly"),
    ]  # fmt: skip
    MonitorState.objects.update(is_muted=True)
    assert not preview.run(shop, rule, NOW).messages


def test_ten_thousand_issues_take_few_queries_and_little_time(
    shop: Project, django_assert_max_num_queries: Any
) -> None:
    made = Issue.objects.bulk_create(
        Issue(project=shop, digest_order=number, title=f"No. {number}", first_seen=NOW, last_seen=NOW)
        for number in range(1, 10_001)
    )
    Activity.objects.bulk_create(
        Activity(issue=each, kind="created", at=NOW - timedelta(seconds=50 * number))
        for number, each in enumerate(made)
    )
    rule = values(*ALL, amount=10, only_errors=True, query="no", tags=(("customer", "*"),))
    begun = time.process_time()
    with django_assert_max_num_queries(12):
        preview.run(shop, rule, NOW)
        seconds = time.process_time() - begun
    assert seconds < 3  # 0.6 on an idle machine
    assert not AlertRule.objects.exists()
    assert not AlertMark.objects.exists()
