from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from accounts.models import Project
from issues.models import CheckIn, Event, Issue, Monitor, MonitorState
from issues.monitors import overdue
from tests.lib.check_ins import EVERY_TEN, NOW, check_in, minutes, send, state, statuses


def look(at: float, until: float | None = None) -> int:
    """Detect as the loop does `at` minutes after NOW, when the digest has processed everything `until` then."""
    return overdue.detect(minutes(at), minutes(at if until is None else until))


def test_a_run_is_missed_once(shop: Project) -> None:
    send(shop, check_in(monitor_config=EVERY_TEN))
    assert look(10.9) == 0
    assert look(11) == 1
    assert look(11) == look(12) == 0
    assert statuses() == ["ok", "missed"]
    assert (state().status, state().failures_in_a_row) == ("missed", 1)
    issue = Issue.objects.get()
    assert issue.title == "Monitor nightly missed its check-in"
    assert issue.groupings.get().key == "monitor ⋄ nightly ⋄ production ⋄ missed"
    assert Event.objects.get().timestamp == minutes(10)
    assert look(21) == 1
    assert Issue.objects.get().event_count == 2


def test_a_check_in_resolves_the_issue_of_a_missed_run(shop: Project) -> None:
    send(shop, check_in(monitor_config=EVERY_TEN))
    look(11)
    send(shop, check_in(at=minutes(12)))
    assert Issue.objects.get().status == "resolved"
    assert state().next_due_at == minutes(22)


def test_after_an_outage_one_run_is_missed_not_all(shop: Project) -> None:
    send(shop, check_in(monitor_config=EVERY_TEN))
    assert look(6 * 60 + 5) == 1
    assert look(6 * 60 + 5) == 0
    assert state().next_due_at == minutes(6 * 60 + 10)


def test_a_margin_longer_than_the_interval(shop: Project) -> None:
    send(shop, check_in(monitor_config=EVERY_TEN | {"checkin_margin": 25}))
    assert [look(at) for at in (34, 35, 36, 45, 55)] == [0, 1, 0, 1, 1]


def test_nothing_is_missed_that_may_still_be_in_the_spool(shop: Project) -> None:
    send(shop, check_in(monitor_config=EVERY_TEN))
    assert look(60, until=10.9) == 0
    assert look(60, until=11) == 1
    assert state().next_due_at == minutes(20)


def test_a_monitor_without_schedule_is_never_late(shop: Project) -> None:
    send(shop, check_in())
    assert look(10**6) == 0


def test_thresholds_count_missed_runs(shop: Project) -> None:
    send(shop, check_in(monitor_config=EVERY_TEN | {"failure_issue_threshold": 2}))
    look(11)
    assert not Event.objects.exists()
    look(21)
    assert Event.objects.count() == 1


def test_a_run_that_does_not_end_times_out(shop: Project) -> None:
    send(shop, check_in("in_progress", check_in_id="a" * 32, monitor_config={**EVERY_TEN, "max_runtime": 5}))
    assert look(4.9) == 0
    assert look(5) == 1
    assert look(5) == 0
    assert statuses() == ["timeout"]
    assert Issue.objects.get().title == "Monitor nightly did not finish within 5 minutes"
    send(shop, check_in("ok", minutes(7), check_in_id="a" * 32))
    run = CheckIn.objects.get()
    assert (run.status, run.finished_at, run.duration) == ("timeout", minutes(7), 420.0)
    assert Issue.objects.get().status == "open"


def test_a_check_in_in_progress_extends_the_time_out(shop: Project) -> None:
    asked = {**EVERY_TEN, "max_runtime": 5}
    send(shop, check_in("in_progress", check_in_id="a" * 32, monitor_config=asked))
    send(shop, check_in("in_progress", minutes(4), check_in_id="a" * 32))
    assert look(8) == 0
    assert look(9) == 1


def test_an_overrun_before_a_later_success_creates_no_issue(shop: Project) -> None:
    send(
        shop, check_in("in_progress", check_in_id="a" * 32), check_in("ok", minutes(3), check_in_id="b" * 32)
    )
    assert look(31) == 1
    assert sorted(statuses()) == ["ok", "timeout"]
    assert state().status == "ok"
    assert not Event.objects.exists()


def test_an_interval_waits_for_a_run_in_progress(shop: Project) -> None:
    send(shop, check_in("in_progress", check_in_id="a" * 32, monitor_config=EVERY_TEN))
    assert look(15) == 0
    send(shop, check_in("ok", minutes(16), check_in_id="a" * 32))
    assert [look(at) for at in (26, 27)] == [0, 1]


def test_clocks_that_jump_forward_and_back(shop: Project) -> None:
    send(shop, check_in(monitor_config=EVERY_TEN))
    assert look(60 * 24 * 30) == 1
    send(shop, check_in(at=minutes(1)))
    assert state().next_due_at == minutes(11)
    assert look(12) == 1
    MonitorState.objects.update(next_due_at=minutes(11))
    assert look(12) == 0
    assert state().next_due_at == minutes(21)


def test_a_schedule_that_can_no_longer_be_read_is_never_due(shop: Project) -> None:
    send(shop, check_in(monitor_config=EVERY_TEN))
    Monitor.objects.update(schedule="10 moons")
    assert look(20) == 0
    assert state().next_due_at is None


def test_environments_and_projects_are_independent(shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    for project in (shop, other):
        for name in ("a", "b"):
            send(project, check_in(environment=name, monitor_config=EVERY_TEN))
    assert look(11) == 4
    assert Issue.objects.filter(project=shop).count() == Issue.objects.filter(project=other).count() == 2


def test_an_error_in_one_project_does_not_stop_the_others(
    shop: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = Project.objects.create(name="Other", slug="other")
    for project in (shop, other):
        send(project, check_in(monitor_config=EVERY_TEN))
    real = overdue._detect

    def broken(project_id: int, *rest: Any) -> int:
        if project_id == shop.pk:
            raise ZeroDivisionError
        return real(project_id, *rest)

    monkeypatch.setattr(overdue, "_detect", broken)
    assert look(11) == 1
    assert f"monitors of project {shop.pk};" in caplog.text


def test_few_queries_when_nothing_is_due(shop: Project, django_assert_num_queries: Any) -> None:
    for number in range(5):
        send(shop, check_in(slug=f"m{number}", monitor_config=EVERY_TEN))
    with django_assert_num_queries(2):
        assert look(5) == 0


def test_statements_do_not_grow_with_what_is_missed(
    shop: Project, django_assert_max_num_queries: Any
) -> None:
    send(shop, *[check_in(slug=f"m{number}", monitor_config=EVERY_TEN) for number in range(40)])
    with django_assert_max_num_queries(44):
        assert look(11) == 40


@pytest.mark.django_db(transaction=True)
def test_two_machines_record_each_missed_run_once(shop: Project) -> None:
    for number in range(4):
        send(shop, check_in(slug=f"m{number}", monitor_config=EVERY_TEN))
        send(shop, check_in("in_progress", slug=f"t{number}"))
    start = threading.Barrier(4)
    counts: list[int] = []

    def machine() -> None:
        try:
            start.wait()
            counts.append(look(31))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=machine) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 8
    assert Event.objects.count() == 8
    assert CheckIn.objects.filter(status="missed").count() == 4
    assert NOW + timedelta(minutes=10) == CheckIn.objects.filter(status="missed")[0].started_at
