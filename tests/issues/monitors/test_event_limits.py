from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Project
from issues.models import CheckIn, Event, Issue, Monitor, MonitorState, Usage
from issues.monitors import check_ins, event_limits, overdue
from tests.lib.check_ins import NOW, check_in, minutes, send

pytestmark = pytest.mark.django_db
EVERY_MINUTE = {"schedule": {"type": "interval", "value": 1, "unit": "minute"}}


def look(at: float) -> int:
    return overdue.detect(minutes(at), minutes(at))


def test_a_monitor_creates_a_bounded_number_of_events_in_an_hour(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_limits, "OF_MONITOR", 5)
    for number in range(12):
        send(shop, check_in("error", minutes(number), check_in_id=f"{number + 1:032x}"))
    monitor = Monitor.objects.get()
    assert (Event.objects.count(), monitor.events_in_hour, monitor.events_left_out) == (5, 5, 7)
    assert CheckIn.objects.count() == 12
    send(shop, check_in("error", minutes(61), check_in_id="f" * 32))
    assert Event.objects.count() == 6


def test_all_monitors_of_a_project_share_the_hour(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_limits, "OF_PROJECT", 10)
    for batch in range(3):
        send(shop, *(check_in("error", slug=f"job-{batch}-{number}") for number in range(8)))
    assert Event.objects.count() == 10
    assert Monitor.objects.filter(events_left_out=1).count() == 14


def test_the_limit_of_the_project_holds_for_monitors_too(shop: Project, settings: Any) -> None:
    settings.MAX_EVENTS_PER_PROJECT_PER_HOUR = 100
    Project.objects.update(max_events_per_hour=3)
    send(shop, *(check_in("error", slug=f"job-{number}") for number in range(8)))
    assert Event.objects.count() == 3


def test_success_and_failure_in_turn_leave_a_bounded_history(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_limits, "OF_MONITOR", 5)
    for number in range(40):
        status = "error" if number % 2 else "ok"
        send(shop, check_in(status, minutes(number / 2), check_in_id=f"{number + 1:032x}"))
    assert Issue.objects.get().activities.count() <= 12


def test_a_monitor_that_never_succeeded_is_paused(shop: Project) -> None:
    send(shop, check_in("error", monitor_config=EVERY_MINUTE))
    missed = sum(look(2 + number) for number in range(120))
    assert 15 <= missed <= 25
    state = MonitorState.objects.get()
    assert (state.next_due_at, state.paused_at is not None, state.status) == (None, True, "missed")
    send(shop, check_in("ok", minutes(200)))
    state.refresh_from_db()
    assert (state.paused_at, state.next_due_at) == (None, minutes(201))


def test_a_monitor_that_succeeded_is_paused_only_after_days_of_silence(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overdue, "ABANDONED", 25)
    send(shop, check_in("ok", monitor_config=EVERY_MINUTE))
    assert sum(look(2 + number) for number in range(40)) == 40
    assert look(3 * 24 * 60 - 1) == 1
    assert look(3 * 24 * 60 + 2) == 0
    assert MonitorState.objects.get().paused_at is not None


def test_many_monitors_due_each_minute_end_by_themselves(shop: Project) -> None:
    names = [f"e{number}" for number in range(40)]
    send(shop, *(check_in("error", environment=name, monitor_config=EVERY_MINUTE) for name in names))
    for number in range(60):
        look(2 + number)
    assert look(70) == 0
    assert Event.objects.count() <= 2 * event_limits.OF_MONITOR


def test_a_project_has_a_bounded_number_of_environments(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_ins, "MAX_STATES", 10)
    results = send(shop, *(check_in(slug=f"s{number % 3}", environment=f"e{number}") for number in range(15)))
    assert results == {("stored", ""): 10, ("filtered", "too_many_environments"): 5}
    assert send(shop, check_in(slug="s0", environment="e0", at=NOW + timedelta(minutes=1))) == {
        ("stored", ""): 1
    }
    assert MonitorState.objects.count() == 10
    assert Usage.objects.get().check_in_count == 21


def test_very_many_runs_in_progress_take_linear_time(shop: Project) -> None:
    """Check-ins without an id each end the latest run in progress."""

    def seconds(count: int) -> float:
        slug = f"job-{count}"
        for first in range(0, count, 500):
            ids = range(first + 1, first + 501)
            send(
                shop,
                *(
                    check_in("in_progress", minutes(n / 1000), slug=slug, check_in_id=f"{n:032x}")
                    for n in ids
                ),
            )
        ends = [check_in("unknown", minutes(60), slug=slug) for _ in range(count)]
        started = time.process_time()
        send(shop, *ends)
        spent = time.process_time() - started
        runs = CheckIn.objects.filter(state__monitor__slug=slug)
        assert set(runs.values_list("status", flat=True)) == {"unknown"}
        assert runs.count() == count
        return spent

    assert seconds(2000) < 9 * seconds(500)


def test_runs_time_out_in_bounded_transactions(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overdue, "MOST_AT_ONCE", 10)
    send(shop, *(check_in("in_progress", check_in_id=f"{n + 1:032x}") for n in range(25)))
    assert [look(31) for _ in range(4)] == [10, 10, 5, 0]
    assert set(CheckIn.objects.values_list("status", flat=True)) == {"timeout"}
