from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.models import Project
from issues.models import Event, Issue
from issues.record import trends
from issues.record.writer import record
from issues.retention import batches, events, wrong_times
from tests.lib.occurrences import NOW, thrown

pytestmark = pytest.mark.django_db

UNSET = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
WRONG = [UNSET, NOW + timedelta(days=365)]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PAUSE", 0)


def stored(shop: Project, at: datetime, *names: str) -> None:
    """Events that arrive at `at`, when the clock says so."""
    with time_machine.travel(at, tick=False):
        record(shop.pk, [thrown(name, received_at=at) for name in names], at)


@pytest.mark.parametrize("wrong", WRONG)
def test_times_that_cannot_be_become_now(shop: Project, wrong: datetime) -> None:
    right = NOW - timedelta(days=1)
    stored(shop, right, "Right")
    stored(shop, wrong, "Wrong", "Wrong")
    wrong_times.mend(NOW)
    assert set(Event.objects.values_list("issue__type", "ingested_at", "timestamp")) == {
        ("Right", right, right),
        ("Wrong", NOW, NOW),
    }
    assert set(Issue.objects.values_list("type", "first_seen", "last_seen")) == {
        ("Right", right, right),
        ("Wrong", NOW, NOW),
    }


@pytest.mark.parametrize("wrong", WRONG)
def test_an_issue_that_was_seen_at_a_right_time_too_keeps_it(shop: Project, wrong: datetime) -> None:
    right = NOW - timedelta(days=1)
    stored(shop, right, "Both")
    stored(shop, wrong, "Both")
    wrong_times.mend(NOW)
    issue = Issue.objects.get()
    assert issue.first_seen == right
    assert issue.last_seen == (right if wrong < NOW else NOW)
    # What arrived in the future would be more than anything that arrives now.
    assert 0.2 < trends.events_of(issue.trend, NOW, trends.RECENT) < 1
    assert 0.5 < trends.events_of(issue.usual, NOW, trends.LONG) < 1


def test_more_than_a_batch_is_mended(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wrong_times, "_BATCH", 3)
    stored(shop, UNSET, *"abcde")
    stored(shop, NOW, *"abcde")
    stored(shop, NOW + timedelta(days=365), *"abcdefg")
    wrong_times.mend(NOW)
    assert set(Event.objects.values_list("ingested_at", flat=True)) == {NOW}


def test_an_event_of_1970_is_not_old_and_keeps_no_other_from_expiring(shop: Project) -> None:
    stored(shop, UNSET, *["Unset"] * 120)
    stored(shop, NOW - timedelta(days=91), "Old")
    assert batches.enforce(events.POLICY, NOW) == 1
    wrong_times.mend(NOW)
    stored(shop, NOW, "New")
    assert batches.enforce(events.POLICY, NOW) == 0
    assert Event.objects.count() == 121
    assert events.preview(NOW)[0].too_old == 0
    assert batches.enforce(events.POLICY, NOW + timedelta(days=91)) == 121


def test_an_event_that_says_1970_is_not_deleted(shop: Project) -> None:
    stored(shop, NOW, "Event")
    Event.objects.update(ingested_at=UNSET)
    assert batches.enforce(events.POLICY, NOW) == 0
