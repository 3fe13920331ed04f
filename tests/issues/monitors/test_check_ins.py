from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Project
from issues import lifecycle
from issues.models import CheckIn, Event, Issue, Monitor, MonitorState
from issues.monitors import check_ins, overdue
from issues.monitors import lifecycle as monitors
from issues.record import codec
from tests.lib.check_ins import EVERY_TEN, NIGHTLY, NIL, NOW, check_in, item, minutes, send, state, statuses


def test_a_run_from_start_to_end(shop: Project) -> None:
    assert send(shop, check_in("in_progress", check_in_id="a" * 32)) == Counter({("stored", ""): 1})
    run = CheckIn.objects.get()
    assert (run.status, run.started_at, run.finished_at) == ("in_progress", NOW, None)
    assert run.times_out_at == minutes(30)
    assert state().status == "waiting"
    send(shop, check_in("ok", minutes(2), check_in_id="a" * 32))
    run.refresh_from_db()
    assert (run.status, run.duration, run.times_out_at) == ("ok", 120.0, None)
    assert (state().status, state().last_check_in_at) == ("ok", minutes(2))


def test_defaults_and_the_duration_that_the_sdk_sends(shop: Project) -> None:
    send(shop, check_in("ok", duration=30, environment=None))
    run = CheckIn.objects.get()
    assert (run.started_at, run.finished_at, run.duration) == (NOW - timedelta(seconds=30), NOW, 30.0)
    assert state().environment == "production"
    assert state().next_due_at is None


def test_names_are_cut_and_slugified(shop: Project) -> None:
    send(shop, check_in(slug="Nightly Report! " + "x" * 80, environment="e" * 80))
    assert Monitor.objects.get().slug == "nightly-report-" + "x" * 35
    assert state().environment == "e" * 64


@pytest.mark.parametrize("together", [True, False])
def test_the_nil_id_means_the_latest_run_in_progress(shop: Project, together: bool) -> None:
    sent = [
        check_in("in_progress", minutes(0), check_in_id="a" * 32),
        check_in("in_progress", minutes(1)),
        check_in("ok", minutes(2)),
        check_in("error", minutes(3)),
        check_in("ok", minutes(4), check_in_id=None),
    ]
    if together:
        send(shop, *sent)
    else:
        for one in sent:
            send(shop, one)
    assert statuses() == ["error", "ok", "ok"]
    assert CheckIn.objects.get(check_in_id=UUID("a" * 32)).status == "error"


def test_the_same_end_twice_is_a_duplicate(shop: Project) -> None:
    end = check_in("error", check_in_id="a" * 32)
    assert send(shop, end, end) == Counter({("stored", ""): 1, ("duplicate", ""): 1})
    assert send(shop, end) == Counter({("duplicate", ""): 1})
    assert state().failures_in_a_row == 1
    assert Event.objects.count() == 1


def test_a_start_that_arrives_after_its_end(shop: Project) -> None:
    send(
        shop,
        check_in("ok", minutes(1), check_in_id="a" * 32),
        check_in("in_progress", minutes(0), check_in_id="a" * 32),
    )
    assert statuses() == ["ok"]
    assert CheckIn.objects.get().started_at == minutes(0)


@pytest.mark.parametrize("status", ["missed", "timeout", "fine", "OK"])
def test_an_undocumented_status_is_unknown(shop: Project, status: str) -> None:
    assert send(shop, check_in(status)) == Counter({("stored", ""): 1})
    assert statuses() == ["unknown"]
    assert state().status == "waiting"


def test_a_configuration_is_applied(shop: Project) -> None:
    asked = NIGHTLY | {"timezone": "Europe/Berlin", "failure_issue_threshold": 2, "recovery_threshold": 3}
    send(shop, check_in(monitor_config=asked))
    monitor = Monitor.objects.get()
    assert (monitor.schedule_type, monitor.schedule, monitor.timezone) == (
        "crontab", "0 3 * * *", "Europe/Berlin",
    )  # fmt: skip
    assert (monitor.checkin_margin, monitor.max_runtime) == (5, 10)
    assert (monitor.failure_issue_threshold, monitor.recovery_threshold) == (2, 3)
    assert state().next_due_at == datetime(2026, 3, 11, 2, 0, tzinfo=UTC)
    send(
        shop,
        check_in(at=minutes(1), monitor_config=EVERY_TEN),
        check_in("ok", minutes(2), environment="test"),
    )
    monitor.refresh_from_db()
    assert (monitor.schedule, monitor.checkin_margin, monitor.recovery_threshold) == ("10 minute", 1, 1)
    assert MonitorState.objects.get(environment="production").next_due_at == minutes(11)
    assert MonitorState.objects.get(environment="test").next_due_at == minutes(12)


@pytest.mark.parametrize(
    "bad",
    [
        {"schedule": {"type": "crontab", "value": "every day"}},
        {"schedule": {"type": "crontab", "value": "0 0 31 2 *"}},
        {"schedule": {"type": "interval", "value": 0, "unit": "hour"}},
        {"schedule": {"type": "interval", "value": 1, "unit": "fortnight"}},
        {"schedule": {"type": "moon"}},
        {"schedule": None},
        {"checkin_margin": 5},
        NIGHTLY | {"timezone": "Mars/Olympus"},
        NIGHTLY | {"timezone": "../../etc/passwd"},
        "crontab",
        [1],
    ],
)
def test_a_bad_schedule_is_not_applied_and_noted(shop: Project, bad: Any) -> None:
    send(shop, check_in(monitor_config=NIGHTLY))
    told = send(shop, check_in(at=minutes(1), monitor_config=bad))
    assert told == Counter({("salvaged", "monitor_config"): 1})
    monitor = Monitor.objects.get()
    assert monitor.schedule == "0 3 * * *"
    assert monitor.config_problem
    assert len(statuses()) == 2
    send(shop, check_in(at=minutes(2), monitor_config=NIGHTLY))
    monitor.refresh_from_db()
    assert monitor.config_problem == ""


def test_a_failed_run_becomes_an_issue(shop: Project) -> None:
    trace = {"trace_id": "1" * 32, "span_id": "2" * 16}
    send(
        shop,
        check_in(
            "error", monitor_config=NIGHTLY, environment="live", release="shop@1", contexts={"trace": trace}
        ),
    )
    event = Event.objects.select_related("issue", "grouping").get()
    assert event.issue.title == "Monitor nightly (live) failed"
    assert event.grouping.key == "monitor ⋄ nightly ⋄ live ⋄ error"
    assert (event.environment, event.release, event.level) == ("live", "shop@1", 40)
    data = codec.decode(event.payload)
    assert data["tags"]["monitor.slug"] == "nightly"
    assert data["contexts"]["monitor"]["schedule"] == "0 3 * * *"
    assert data["contexts"]["trace"] == trace


def test_only_enough_failures_in_a_row_become_an_issue(shop: Project) -> None:
    asked = NIGHTLY | {"failure_issue_threshold": 3}
    for number, status in enumerate(["error", "error", "ok", "error", "error"]):
        send(shop, check_in(status, minutes(number), monitor_config=asked))
    assert not Issue.objects.exists()
    send(shop, check_in("error", minutes(6)), check_in("error", minutes(7)))
    assert Issue.objects.get().event_count == 2


@pytest.mark.parametrize("together", [True, False])
def test_enough_successes_in_a_row_resolve_it(shop: Project, together: bool) -> None:
    asked = NIGHTLY | {"recovery_threshold": 2}
    sent = [
        check_in(status, minutes(number), monitor_config=asked)
        for number, status in enumerate(["error", "ok", "error", "ok"])
    ]
    for batch in [sent] if together else [[one] for one in sent]:
        send(shop, *batch)
    assert Issue.objects.get().status == "open"
    send(shop, check_in("ok", minutes(5)))
    assert Issue.objects.get().status == "resolved"
    send(shop, check_in("error", minutes(6)))
    issue = Issue.objects.get()
    assert (issue.status, issue.event_count) == ("open", 3)
    assert issue.regressed_at is not None


def test_recovery_leaves_muted_issues_and_other_environments_alone(shop: Project) -> None:
    send(shop, check_in("error", environment="a"), check_in("error", environment="b"))
    first, second = Issue.objects.order_by("digest_order")
    lifecycle.mute(Issue.objects.filter(pk=first.pk), by=None)
    send(shop, check_in("ok", minutes(1), environment="a"))
    assert set(Issue.objects.values_list("status", flat=True)) == {"muted", "open"}


def test_a_muted_monitor_creates_no_issue(shop: Project) -> None:
    send(shop, check_in("ok"))
    Monitor.objects.update(is_muted=True)
    send(shop, check_in("error", minutes(1)))
    assert state().status == "error"
    assert not Event.objects.exists()


def test_an_older_check_in_does_not_move_the_due_time_back(shop: Project) -> None:
    send(shop, check_in("ok", minutes(30), monitor_config=EVERY_TEN))
    send(shop, check_in("ok", minutes(5)), now=minutes(31))
    assert state().next_due_at == minutes(40)
    assert state().last_check_in_at == minutes(30)


def test_a_clock_set_back_does_not_stop_the_schedule(shop: Project) -> None:
    send(shop, check_in("ok", NOW + timedelta(days=400), monitor_config=EVERY_TEN))
    send(shop, check_in("ok", NOW), now=minutes(1))
    assert state().next_due_at == minutes(10)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"{", "not_json"),
        (b"[]", "not_json"),
        ({"status": "ok"}, "no_monitor_slug"),
        ({"monitor_slug": "", "status": "ok"}, "no_monitor_slug"),
        ({"monitor_slug": " \t\u3000", "status": "ok"}, "no_monitor_slug"),
        ({"monitor_slug": None, "status": "ok"}, "no_monitor_slug"),
        ({"monitor_slug": True, "status": "ok"}, "no_monitor_slug"),
        ({"monitor_slug": ["a"], "status": "ok"}, "no_monitor_slug"),
        ({"monitor_slug": {"a": 1}, "status": "ok"}, "no_monitor_slug"),
        ({"monitor_slug": "a"}, "no_status"),
        ({"monitor_slug": "a", "status": 5}, "no_status"),
    ],
)
def test_an_unusable_check_in_has_a_reason(shop: Project, sent: Any, reason: str) -> None:
    assert send(shop, item(sent)) == Counter({("invalid", reason): 1})
    assert not Monitor.objects.exists()


def test_monitors_and_environments_are_bounded(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_ins, "MAX_MONITORS", 2)
    monkeypatch.setattr(check_ins, "MAX_ENVIRONMENTS", 2)
    assert send(shop, *[check_in(slug=f"m{number}") for number in range(4)]) == Counter(
        {("stored", ""): 2, ("filtered", "too_many_monitors"): 2}
    )
    sent = [check_in(slug="m0", environment=f"e{number}") for number in range(3)]
    assert send(shop, *sent)["filtered", "too_many_environments"] == 2


def test_projects_do_not_share_monitors(shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    send(shop, check_in("in_progress"))
    send(other, check_in("ok", minutes(1)))
    assert Monitor.objects.count() == 2
    assert statuses() == ["in_progress", "ok"]


@pytest.mark.parametrize("size", [5, 120])
def test_statements_do_not_grow_with_the_batch(
    shop: Project, size: int, django_assert_max_num_queries: Any
) -> None:
    send(shop, *[check_in("error", slug=f"m{number}") for number in range(3)])
    sent = [
        check_in(
            ["in_progress", "ok", "error"][number % 3], minutes(number), slug=f"m{number % 7}",
            environment=f"e{number % 3}", monitor_config=NIGHTLY,
        )
        for number in range(size)
    ]  # fmt: skip
    with django_assert_max_num_queries(44):
        send(shop, *sent)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.text(alphabet="0123456789*/,-LW# ", min_size=1, max_size=5)
SCHEDULE = JSON | st.fixed_dictionaries(
    {"type": st.sampled_from(["crontab", "interval"]) | JSON},
    optional={
        "value": JSON | st.lists(FIELDS, min_size=5, max_size=5).map(" ".join) | st.integers(-1, 10**9),
        "unit": JSON | st.sampled_from(["minute", "months", "year"]),
    },
)
NEAR = st.fixed_dictionaries(
    {"monitor_slug": JSON | st.just("a"), "status": JSON | st.sampled_from(["ok", "error", "in_progress"])},
    optional={
        "check_in_id": JSON | st.sampled_from([NIL, "a" * 32]),
        "environment": JSON | st.just("{{ default }}"), "duration": JSON, "release": JSON, "contexts": JSON,
        "monitor_config": JSON | st.fixed_dictionaries(
            {"schedule": SCHEDULE},
            optional={"timezone": JSON, "checkin_margin": JSON, "max_runtime": JSON, "recovery_threshold": JSON},
        ),
    },
)  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=st.lists(NEAR | JSON, min_size=1, max_size=4))
def test_nothing_in_an_item_raises(sent: list[Any], shop: Project) -> None:
    assert send(shop, *[item(json.dumps(one).encode()) for one in sent]).total() == len(sent)


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    "environments",
    [("staging", None), (None, "staging"), ("staging", "production"), ("a", "b"), (None, None)],
)
@pytest.mark.parametrize("end", ["ok", "error"])
def test_an_id_is_one_run_whatever_environment_comes_with_it(
    shop: Project, environments: tuple[str | None, str | None], end: str, together: bool
) -> None:
    sent = [
        check_in(status, minutes(number), check_in_id="a" * 32, environment=environments[number])
        for number, status in enumerate(["in_progress", end])
    ]
    for batch in [sent] if together else [[one] for one in sent]:
        send(shop, *batch)
    assert statuses() == [end]
    assert state().environment == (environments[0] or "production")
    assert state().status == end


def test_an_end_without_id_and_environment_ends_the_latest_run_of_the_job(shop: Project) -> None:
    send(shop, check_in("in_progress", environment="staging"), check_in("in_progress", slug="other"))
    send(shop, check_in("ok", minutes(1)))
    assert state_of("nightly").environment == "staging"
    assert sorted(statuses()) == ["in_progress", "ok"]
    send(shop, check_in("ok", minutes(2), environment="live"))
    assert Monitor.objects.get(slug="nightly").states.count() == 2


def test_an_end_of_a_run_in_another_environment_that_timed_out(shop: Project) -> None:
    send(shop, check_in("in_progress", environment="staging", check_in_id="a" * 32))
    overdue.detect(minutes(31), minutes(31))
    send(shop, check_in("ok", minutes(40), check_in_id="a" * 32))
    assert statuses() == ["timeout"]
    assert CheckIn.objects.get().finished_at == minutes(40)


def state_of(slug: str) -> MonitorState:
    return MonitorState.objects.get(monitor__slug=slug)


HOURLY = {"schedule": {"type": "crontab", "value": "0 * * * *"}, "checkin_margin": 5, "max_runtime": 600}
EVERY_HOUR = {
    "schedule": {"type": "interval", "value": 1, "unit": "hour"},
    "checkin_margin": 5,
    "max_runtime": 600,
}


@pytest.mark.parametrize("asked", [HOURLY, EVERY_HOUR], ids=["crontab", "interval"])
@pytest.mark.parametrize("identified", [True, False])
@pytest.mark.parametrize("config_at_end", [True, False])
@pytest.mark.parametrize("end", ["ok", "error"])
def test_an_end_answers_no_due_time(
    shop: Project, asked: dict[str, Any], identified: bool, config_at_end: bool, end: str
) -> None:
    run = {"check_in_id": "a" * 32 if identified else NIL}
    send(shop, check_in("in_progress", minutes(0), monitor_config=asked, **run))
    assert state().next_due_at == minutes(60)
    later = {"monitor_config": asked | {"max_runtime": 700}} if config_at_end else {}
    send(shop, check_in(end, minutes(59.7), **run, **later))
    assert state().next_due_at == minutes(60)
    assert overdue.detect(minutes(66), minutes(66)) == 1
    assert statuses() == [end, "missed"]


@pytest.mark.parametrize("again", ["in_progress", "ok"])
def test_a_run_that_is_reported_late_or_repeatedly_answers_its_own_due_time(
    shop: Project, again: str
) -> None:
    send(shop, check_in("in_progress", minutes(0), monitor_config=HOURLY, check_in_id="a" * 32))
    send(shop, check_in(again, minutes(59.5), check_in_id="a" * 32))
    send(shop, check_in(again, minutes(59.6), check_in_id="a" * 32))
    assert state().next_due_at == minutes(60)


def test_an_end_alone_answers_the_due_time_at_which_its_run_began(shop: Project) -> None:
    send(shop, check_in("ok", minutes(0), monitor_config=HOURLY))
    send(shop, check_in("ok", minutes(119.8), duration=59 * 60))
    assert state().next_due_at == minutes(120)
    send(shop, check_in("ok", minutes(179.8)))
    assert state().next_due_at == minutes(240)


def test_a_duration_of_days_is_not_late_at_once(shop: Project) -> None:
    send(shop, check_in("ok", minutes(0), monitor_config=HOURLY, duration=86400 * 30))
    assert state().next_due_at == minutes(60)


def test_the_end_of_a_run_ends_a_pause(shop: Project) -> None:
    send(shop, check_in("in_progress", monitor_config=HOURLY))
    MonitorState.objects.update(paused_at=minutes(1), next_due_at=None)
    send(shop, check_in("ok", minutes(2)))
    assert (state().paused_at, state().next_due_at) == (None, minutes(60))


def test_another_schedule_does_not_wake_what_is_paused(shop: Project) -> None:
    send(shop, check_in(environment="old", monitor_config=HOURLY))
    MonitorState.objects.update(paused_at=minutes(1), next_due_at=None)
    send(shop, check_in(at=minutes(2), environment="new", monitor_config=EVERY_TEN))
    assert MonitorState.objects.get(environment="old").next_due_at is None
    assert MonitorState.objects.get(environment="new").next_due_at == minutes(12)


def test_one_environment_is_muted_or_deleted_without_the_others(shop: Project) -> None:
    for name in ("live", "retired"):
        send(shop, check_in(environment=name, monitor_config=HOURLY))
    retired = MonitorState.objects.select_related("monitor").get(environment="retired")
    assert monitors.mute_environment(retired, True)
    assert not monitors.mute_environment(retired, True)
    assert overdue.detect(minutes(66), minutes(66)) == 2
    assert [event.environment for event in Event.objects.all()] == ["live"]
    monitors.delete_environment(retired)
    assert [each.environment for each in MonitorState.objects.all()] == ["live"]
    assert overdue.detect(minutes(126), minutes(126)) == 1
    send(shop, check_in(at=minutes(130), environment="retired"))
    assert not MonitorState.objects.get(environment="retired").is_muted


def test_a_title_names_no_time_and_the_event_tells_it_in_the_zone_of_the_job(shop: Project) -> None:
    send(shop, check_in(monitor_config=NIGHTLY | {"timezone": "Europe/Berlin"}))
    overdue.detect(minutes(24 * 60 + 10), minutes(24 * 60 + 10))
    event = Event.objects.select_related("issue").get()
    assert event.issue.title == "Monitor nightly missed its check-in"
    context = codec.decode(event.payload)["contexts"]["monitor"]
    assert context["due_at"] == "2026-03-11 03:00:00 CET (Europe/Berlin)"


def test_a_title_names_an_environment_that_is_not_the_usual_one(shop: Project) -> None:
    for number, environment in enumerate(("production", "retired")):
        send(shop, check_in(environment=environment, monitor_config=NIGHTLY, at=minutes(number)))
    overdue.detect(minutes(24 * 60 + 10), minutes(24 * 60 + 10))
    events = Event.objects.select_related("issue")
    assert {event.issue.title for event in events} == {
        "Monitor nightly missed its check-in",
        "Monitor nightly (retired) missed its check-in",
    }
    due = {codec.decode(event.payload)["contexts"]["monitor"]["due_at"] for event in events}
    assert due == {"2026-03-10 03:00:00 UTC"}
