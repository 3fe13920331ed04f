"""Spikes: far more events than a project usually has in that hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Project
from issues.alerts.rules import spikes
from issues.models import AlertDelivery, AlertRule, IssueHour, News, ProjectHour
from tests.lib import builders
from tests.lib.alert_rules import channel, collected, happens, rule, told
from tests.lib.occurrences import NOW

HOUR = spikes.hour_of(NOW)
DAY, WEEK = 24, 168


def history(of: Callable[[int], int], hours: int) -> dict[int, int]:
    """`hours` hours before HOUR with as many events as `of` says; hours without events have no row."""
    return {hour: count for hour in range(HOUR - hours, HOUR) if (count := of(hour))}


@pytest.mark.parametrize(
    ("counts", "usual"),
    [
        pytest.param({}, None, id="no history"),
        pytest.param(history(lambda hour: 50, 23), None, id="younger than a day"),
        pytest.param(history(lambda hour: 50, 24), 50, id="a day"),
        pytest.param(history(lambda hour: hour % 2 * 10, 48), 5, id="two days: the median hour"),
        pytest.param(
            history(lambda hour: 900 if hour % DAY == HOUR % DAY else 10, 5 * DAY), 900, id="days: the same hour"
        ),
        pytest.param(
            history(lambda hour: 900 if hour % WEEK == HOUR % WEEK else 10, 5 * WEEK), 900,
            id="weeks: the same hour of the week",
        ),
        pytest.param(
            {HOUR - WEEK: 5000, HOUR - 2 * WEEK: 100, HOUR - 3 * WEEK: 110, HOUR - 5 * WEEK: 1}, 105,
            id="one bad week counts little, and no events are 0",
        ),
        pytest.param({HOUR - 5 * WEEK: 7}, 0, id="nothing for weeks"),
        pytest.param({HOUR - WEEK: 70, HOUR - 8 * DAY: 5}, 0, id="one week is not enough: the days"),
    ],
)  # fmt: skip
def test_what_is_usual(counts: dict[int, int], usual: float | None) -> None:
    assert spikes.usual(counts | {HOUR: 10**6, HOUR + 1: 10**6}, HOUR) == usual


@pytest.mark.parametrize(
    ("count", "usual", "times", "expected"),
    [
        (19, 0, 1, False), (20, 0, 5, True), (99, 20, 5, False), (100, 20, 5, True), (100, 100, 1, False),
        (101, 100, 1, True), (3, 0, 1, False),
    ],
)  # fmt: skip
def test_what_is_a_spike(count: int, usual: float, times: int, expected: bool) -> None:
    assert spikes.is_spike(count, usual, times) is expected


@pytest.fixture
def ordinary(shop: Project) -> Project:
    """A project with 20 events an hour for five weeks."""
    ProjectHour.objects.bulk_create(
        ProjectHour(project=shop, hour=hour, count=count)
        for hour, count in history(lambda hour: 20, 5 * WEEK).items()
    )
    return shop


def spiking(project: Project, **fields: Any) -> AlertRule:
    return rule(project, News.SPIKE, channels=(channel(project).pk,), **{"times": 5, **fields})


def hour_with(project: Project, count: int, at: datetime = NOW, number: int = 1, **fields: Any) -> Any:
    """An hour in which one issue had all events."""
    hour = spikes.hour_of(at)
    issue = project.issues.filter(digest_order=number).first() or builders.issue(
        project, number, **{"last_seen": at} | fields
    )
    project.issues.filter(pk=issue.pk).update(last_seen=at)
    IssueHour.objects.update_or_create(grouping=issue.groupings.get(), hour=hour, defaults={"count": count})
    ProjectHour.objects.update_or_create(project=project, hour=hour, defaults={"count": count})
    happens(project, at, volume={issue.pk: (count, 0)})
    collected(at)
    return issue


@pytest.mark.django_db
def test_a_spike_is_told_once_with_numbers_and_issues(ordinary: Project) -> None:
    spiking(ordinary)
    hour_with(ordinary, 99)
    assert not told()
    issue = hour_with(ordinary, 100)
    hour_with(ordinary, 5000)
    row = AlertDelivery.objects.get()
    assert (row.news, row.issue) == ("spike", None)
    assert row.facts == {
        "count": 100,
        "usual": 20.0,
        "unit": "events",
        "minutes": 60,
        "listed": [issue.pk.hex],
    }


@pytest.mark.django_db
def test_the_cooldown_is_that_of_the_rule_and_0_is_once_an_hour(ordinary: Project) -> None:
    slow, each = spiking(ordinary, cooldown_minutes=120), spiking(ordinary, cooldown_minutes=0)
    for hours in range(4):
        for minutes in (0, 1):
            hour_with(ordinary, 500, NOW + timedelta(hours=hours, minutes=minutes))
    assert len(told(rule=slow)) == 2
    assert len(told(rule=each)) == 4


@pytest.mark.django_db
def test_a_spike_concerns_a_rule_if_one_of_its_issues_does(ordinary: Project) -> None:
    spiking(ordinary, environments=("production",))
    hour_with(ordinary, 500, last_environment="staging")
    assert not told()
    hour_with(ordinary, 500, NOW, 2, last_environment="production")
    assert len(told()) == 1


@pytest.mark.django_db
def test_a_young_project_has_no_spike(shop: Project) -> None:
    spiking(shop)
    hour_with(shop, 10_000)
    assert not told()
