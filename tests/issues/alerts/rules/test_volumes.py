"""Issues that escalate."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Project
from issues.alerts.rules import marks, volumes
from issues.models import AlertDelivery, AlertRule, AlertVolume, Issue, News
from tests.lib import builders
from tests.lib.alert_rules import channel, collected, happens, rule, told
from tests.lib.occurrences import NOW

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def escalating(project: Project, **fields: Any) -> AlertRule:
    values = {"amount": 10, "minutes": 5, "cooldown_minutes": 60} | fields
    return rule(project, News.ESCALATING, channels=(channel(project).pk,), **values)


def events(issue: Issue, at: datetime, count: int, people: int = 0) -> None:
    happens(issue.project, at, volume={issue.pk: (count, people)})
    collected(at)


def test_it_is_told_when_the_number_is_reached_within_the_time(shop: Project) -> None:
    escalating(shop)
    issue = builders.issue(shop)
    events(issue, NOW, 9)
    events(issue, NOW + 5 * MINUTE, 9)
    assert not told()
    events(issue, NOW + 6 * MINUTE, 1)
    row = AlertDelivery.objects.get()
    assert (row.news, row.issue) == ("escalating", issue.pk)
    assert row.facts == {"count": 10, "unit": "events", "minutes": 5}


def test_users_are_counted_apart_from_events(shop: Project) -> None:
    escalating(shop, unit="users", amount=3)
    issue = builders.issue(shop)
    events(issue, NOW, 1000, people=2)
    assert not told()
    events(issue, NOW + MINUTE, 1, people=1)
    assert AlertDelivery.objects.get().facts == {"count": 3, "unit": "users", "minutes": 5}


def test_it_is_told_once_and_again_when_the_cooldown_is_over(shop: Project) -> None:
    it = escalating(shop)
    issue = builders.issue(shop)
    for minute in range(0, 60, 2):
        events(issue, NOW + minute * MINUTE, 20)
    assert len(told()) == 1
    assert marks.suppressed([it]) == {it.pk: (0, 0)}  # it was never below in between
    events(issue, NOW + 60 * MINUTE, 1)
    assert len(told()) == 2


def test_what_crosses_again_within_the_cooldown_is_counted(shop: Project) -> None:
    it = escalating(shop)
    issue = builders.issue(shop)
    for minute in (0, 10, 20):
        events(issue, NOW + minute * MINUTE, 20)
    assert len(told()) == 1
    assert marks.suppressed([it]) == {it.pk: (2, 0)}


def test_without_a_cooldown_every_crossing_is_told_and_nothing_between(shop: Project) -> None:
    escalating(shop, cooldown_minutes=0)
    issue = builders.issue(shop)
    for minute in (0, 1, 2, 10, 11):
        events(issue, NOW + minute * MINUTE, 20)
    assert len(told()) == 2


@pytest.mark.parametrize("status", [Issue.Status.MUTED, Issue.Status.RESOLVED])
def test_what_is_muted_or_resolved_is_silent(shop: Project, status: str) -> None:
    escalating(shop)
    events(builders.issue(shop, status=status), NOW, 100)
    assert not told()


def test_events_that_are_worked_out_late_are_seen_in_their_minutes(shop: Project) -> None:
    escalating(shop)
    slow, fast = builders.issue(shop), builders.issue(shop, 2)
    for minute in range(0, 60, 5):
        happens(
            shop, NOW + minute * MINUTE, volume={slow.pk: (5, 0), fast.pk: (12 if minute == 30 else 1, 0)}
        )
    collected(NOW + timedelta(hours=2))
    assert told() == [("escalating", fast.pk)]
    happens(shop, NOW - timedelta(days=2), volume={slow.pk: (500, 0)})
    collected(NOW + timedelta(hours=2))
    assert len(told()) == 1


def test_filters_look_at_the_issue(shop: Project) -> None:
    escalating(shop, environments=("production",))
    staging = builders.issue(shop, last_environment="staging")
    events(staging, NOW, 100)
    assert not told()
    production = builders.issue(shop, 2, last_environment="production")
    events(production, NOW, 100)
    assert told() == [("escalating", production.pk)]


def test_of_a_minute_the_busiest_issues_are_kept(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(volumes, "MOST_ISSUES", 3)
    issues = [builders.issue(shop, number) for number in range(1, 6)]
    counts = {issue.pk: (number, 0) for number, issue in enumerate(issues, 1)}
    volumes.store(shop.pk, {100: counts})
    volumes.store(shop.pk, {100: {issues[0].pk: (9, 9), issues[4].pk: (1, 1)}})
    kept = {row.issue: (row.events, row.people) for row in AlertVolume.objects.all()}
    assert kept == {issues[2].pk: (3, 0), issues[3].pk: (4, 0), issues[4].pk: (6, 1)}


def test_nothing_is_kept_where_no_rule_asks(shop: Project) -> None:
    rule(shop, News.NEW, channels=(channel(shop).pk,))
    events(builders.issue(shop), NOW, 100)
    assert not AlertVolume.objects.exists()
