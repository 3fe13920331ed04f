from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Project
from issues.models import CheckIn, Event, MonitorState
from issues.monitors import clock_jumps, overdue
from tests.lib.check_ins import EVERY_TEN, NIGHTLY, NOW, check_in, minutes, send, state, statuses

YEAR = timedelta(days=365)
YEARLY = {"schedule": {"type": "crontab", "value": "0 0 1 1 *"}}
MONTHS = {"schedule": {"type": "interval", "value": 11, "unit": "month"}}


@pytest.mark.parametrize("asked", [EVERY_TEN, NIGHTLY, YEARLY, MONTHS])
def test_a_clock_a_year_ahead_hides_missed_runs_for_no_longer_than_the_schedule(
    shop: Project, asked: dict[str, Any]
) -> None:
    send(shop, check_in(at=NOW, monitor_config=asked))
    due = state().next_due_at
    send(shop, check_in(at=NOW + 2 * YEAR))
    assert clock_jumps.mend(NOW) == 1
    assert clock_jumps.mend(NOW) == 0
    assert state().next_due_at == due
    assert state().last_check_in_at == NOW
    assert not Event.objects.exists()
    assert due is not None
    assert overdue.detect(due + timedelta(minutes=6), due + timedelta(minutes=6)) == 1


def test_missed_runs_of_the_future_are_one_and_the_next_are_detected(shop: Project) -> None:
    send(shop, check_in(monitor_config=EVERY_TEN))
    assert overdue.detect(NOW + YEAR, NOW + YEAR) == 1
    assert overdue.detect(minutes(60), minutes(60)) == 0
    assert state().next_due_at == minutes(70)
    assert overdue.detect(minutes(71), minutes(71)) == 1


def test_a_run_of_the_future_times_out(shop: Project) -> None:
    send(shop, check_in("in_progress", NOW + YEAR))
    assert clock_jumps.mend(NOW) == 1
    assert CheckIn.objects.get().times_out_at == minutes(30)
    assert overdue.detect(minutes(30.5), minutes(30.5)) == 1
    assert statuses() == ["timeout"]


@pytest.mark.parametrize("asked", [EVERY_TEN, NIGHTLY, YEARLY, MONTHS, NIGHTLY | {"max_runtime": 40_320}])
def test_what_is_due_in_time_is_left_alone(shop: Project, asked: dict[str, Any]) -> None:
    send(shop, check_in("in_progress", monitor_config=asked), check_in(environment="b", monitor_config=asked))
    before = list(MonitorState.objects.values())
    assert clock_jumps.mend(NOW) == 0
    assert list(MonitorState.objects.values()) == before


def test_projects_are_mended_one_by_one(shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    for project in (shop, other):
        send(project, check_in(at=NOW + YEAR, monitor_config=EVERY_TEN))
    assert clock_jumps.mend(NOW) == 2
