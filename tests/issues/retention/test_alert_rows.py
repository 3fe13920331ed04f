from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from accounts import projects
from accounts.models import Project, User
from issues import lifecycle
from issues.models import (
    AlertAttempt,
    AlertChannel,
    AlertDelivery,
    AlertFact,
    AlertMark,
    AlertRule,
    AlertThread,
    AlertVolume,
    ExternalIssue,
    Issue,
    IssueTracker,
)
from issues.record.writer import record
from issues.retention import alert_rows, batches, deletion, whole_issues
from tests.lib import builders
from tests.lib.occurrences import thrown

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ISSUE = UUID(int=1)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PAUSE", 0)


@pytest.fixture
def rule(shop: Project) -> AlertRule:
    return AlertRule.objects.create(project=shop, name="Rule")


@pytest.fixture
def room(shop: Project) -> AlertChannel:
    return AlertChannel.objects.create(name="Room", kind="slack", project=shop)


def enforce(name: str) -> int:
    (policy,) = [each for each in alert_rows.POLICIES if each.name == name]
    return batches.enforce(policy, NOW)


def delivery(room: AlertChannel, age: timedelta, status: str = "sent") -> AlertDelivery:
    made = AlertDelivery.objects.create(
        project=room.project, channel=room, news="new", issue=ISSUE, status=status, created_at=NOW - age
    )
    AlertAttempt.objects.create(delivery=made, succeeded=True)
    return made


def test_facts_that_nobody_took_are_dropped_and_counted(
    shop: Project, caplog: pytest.LogCaptureFixture
) -> None:
    for hours in (30, 25, 23):
        AlertFact.objects.create(
            project=shop, at=NOW - timedelta(hours=hours), changes=[["new", None, None]] * 3
        )
    assert enforce("facts of alerts") == 2
    assert AlertFact.objects.get().at == NOW - timedelta(hours=23)
    assert "6 changes that alerts could have told of were dropped" in caplog.text


def test_the_oldest_facts_of_a_project_go_first(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_rows, "MOST_FACTS", 3)
    other = Project.objects.create(name="Other", slug="other")
    kept = [AlertFact.objects.create(project=shop, at=NOW).pk for _ in range(5)][2:]
    kept += [AlertFact.objects.create(project=other, at=NOW).pk for _ in range(2)]
    assert enforce("facts of alerts") == 2
    assert set(AlertFact.objects.values_list("pk", flat=True)) == set(kept)


def test_minutes_are_kept_while_a_rule_may_ask(shop: Project) -> None:
    minute = int(NOW.timestamp()) // 60
    for ago in (0, 24 * 60, 25 * 60, 25 * 60 + 1):
        AlertVolume.objects.create(project=shop, issue=ISSUE, minute=minute - ago)
    assert enforce("events by minute") == 1


def test_the_history_ends_after_90_days_and_10_000_messages(
    room: AlertChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_rows, "MOST_DELIVERIES", 3)
    delivery(room, timedelta(days=91), "waiting")
    delivery(room, timedelta(days=89), "dropped")
    waiting = delivery(room, timedelta(days=80), "waiting")
    kept = [
        delivery(room, timedelta(days=days), status)
        for days, status in ((3, "sent"), (2, "given_up"), (1, "dropped"))
    ]
    assert enforce("alerts sent") == 2
    left = {waiting.pk, *(each.pk for each in kept)}
    assert set(AlertDelivery.objects.values_list("pk", flat=True)) == left
    assert AlertAttempt.objects.count() == 4


def test_conversations_and_cooldowns_end(room: AlertChannel, rule: AlertRule) -> None:
    for days in (179, 181):
        AlertThread.objects.create(channel=room, issue=uuid4(), updated_at=NOW - timedelta(days=days))
    for days in (29, 31):
        AlertMark.objects.create(rule=rule, subject=str(days), trigger="new", at=NOW - timedelta(days=days))
    assert (enforce("conversations"), enforce("cooldowns")) == (1, 1)
    assert AlertMark.objects.get().subject == "29"


def test_a_deleted_issue_leaves_nothing(shop: Project, room: AlertChannel, bo: User) -> None:
    for number, way in enumerate(("at once", "in the background", "over budget"), 1):
        issue = builders.issue(shop, number)
        AlertThread.objects.create(channel=room, issue=issue.pk)
        ExternalIssue.objects.create(issue=issue, url="https://example.org/1")
        if way == "over budget":
            whole_issues.delete(shop.pk, [issue.pk])
        else:
            at_once = lifecycle.AT_ONCE_EVENTS if way == "at once" else -1
            lifecycle.delete(Issue.objects.filter(pk=issue.pk), bo, at_once=at_once)
            deletion.delete_marked()
        assert not Issue.everything.exists(), way
        assert not AlertThread.objects.exists(), way
        assert not ExternalIssue.objects.exists(), way


@pytest.mark.parametrize("events", [1, projects.AT_ONCE_EVENTS + 1])
def test_a_deleted_project_leaves_nothing(
    shop: Project, room: AlertChannel, rule: AlertRule, bo: User, events: int
) -> None:
    record(shop.pk, [thrown("A")], NOW)
    issue = Issue.objects.get()
    rule.channels.add(room)
    rule.people.add(bo)
    delivery(room, timedelta(days=1))
    AlertMark.objects.create(rule=rule, subject=str(issue.pk), trigger="new", at=NOW)
    AlertVolume.objects.create(project=shop, issue=issue.pk, minute=1)
    IssueTracker.objects.create(project=shop, kind="github", template="https://example.org")
    ExternalIssue.objects.create(issue=issue, url="https://example.org/1", created_by=bo)
    everywhere = AlertChannel.objects.create(name="All", kind="slack")
    AlertThread.objects.create(channel=room, issue=issue.pk)
    Project.objects.update(stored_event_count=events)
    projects.delete(shop)
    deletion.delete_marked()
    assert not Project.objects.exists()
    for model in (
        AlertRule,
        AlertMark,
        AlertDelivery,
        AlertAttempt,
        AlertFact,
        AlertVolume,
        AlertThread,
        IssueTracker,
    ):
        assert not model._default_manager.exists(), model
    assert AlertChannel.objects.get() == everywhere


def test_a_deleted_person_leaves_no_messages(shop: Project, bo: User) -> None:
    AlertDelivery.objects.create(project=shop, user=bo, news="new")
    AlertThread.objects.create(user=bo, issue=ISSUE)
    issue = builders.issue(shop)
    link = ExternalIssue.objects.create(issue=issue, url="https://example.org/1", created_by=bo)
    bo.delete()
    link.refresh_from_db()
    assert link.created_by is None
    assert not AlertDelivery.objects.exists()
    assert not AlertThread.objects.exists()
