from __future__ import annotations

from collections.abc import Sequence

import pytest

from accounts.models import Project
from issues import facts
from issues.models import AlertFact, AlertRule, Issue, Monitor, MonitorState
from issues.monitors import event_limits, overdue
from tests.lib.check_ins import check_in, minutes, send, state

pytestmark = pytest.mark.django_db
TWICE = {"schedule": {"type": "interval", "value": 1, "unit": "minute"}, "failure_issue_threshold": 2, "recovery_threshold": 2}  # fmt: skip


def told() -> list[str]:
    """What was told of monitors since the last call, in its order."""
    found = [
        change.news.value for fact in AlertFact.objects.order_by("pk") for change in facts.changes_of(fact)
    ]
    AlertFact.objects.all().delete()
    return [news for news in found if news.startswith("monitor_")]


def each(project: Project, statuses: Sequence[str], **over: object) -> list[list[str]]:
    """What is told after each of these check-ins."""
    found = []
    for number, status in enumerate(statuses):
        send(project, check_in(status, minutes(number), check_in_id=f"{number + 1:032x}", **over))
        found.append(told())
    return found


FAILED, RECOVERED = ["monitor_failed"], ["monitor_recovered"]


def test_a_failure_is_told_once_until_the_monitor_has_recovered(shop: Project) -> None:
    assert each(shop, ["ok", "error", "error", "ok", "ok", "error"]) == [
        [],
        FAILED,
        [],
        RECOVERED,
        [],
        FAILED,
    ]


def test_thresholds_are_those_of_the_events(shop: Project) -> None:
    sent = ["error", "error", "ok", "error", "error", "ok", "ok", "error"]
    assert each(shop, sent, monitor_config=TWICE) == [[], FAILED, [], [], [], [], RECOVERED, []]


def test_a_threshold_that_was_lowered_does_not_hide_the_recovery(shop: Project) -> None:
    each(shop, ["error", "error", "ok"], monitor_config=TWICE | {"recovery_threshold": 5})
    send(shop, check_in("ok", minutes(10), monitor_config=TWICE | {"recovery_threshold": 1}))
    assert told() == RECOVERED
    assert Issue.objects.get().status == "resolved"


def test_a_muted_monitor_is_silent_and_its_recovery_from_before_is_told(shop: Project) -> None:
    send(shop, check_in("ok"))
    Monitor.objects.update(is_muted=True)
    assert each(shop, ["error", "ok", "error"]) == [[], [], []]
    Monitor.objects.update(is_muted=False)
    send(shop, check_in("error", minutes(20)))
    assert told() == FAILED
    MonitorState.objects.update(is_muted=True)
    send(shop, check_in("ok", minutes(21)))
    assert told() == RECOVERED


def test_what_is_told(shop: Project) -> None:
    send(shop, check_in("error", slug="Nightly report", environment="eu", release="1.0"))
    # The writer's facts and those of the monitors are in one row.
    new, failed = facts.changes_of(AlertFact.objects.get())
    assert (new.news, failed.news) == ("new", "monitor_failed")
    assert (failed.issue, failed.event) == (new.issue, new.event)
    assert (failed.level, failed.environment, failed.release, failed.detail) == (
        40,
        "eu",
        "1.0",
        "Nightly report",
    )
    AlertFact.objects.all().delete()
    send(shop, check_in("ok", minutes(1), slug="Nightly report", environment="eu"))
    resolved, recovered = facts.changes_of(AlertFact.objects.get())
    assert (resolved.news, resolved.by, recovered.news) == ("resolved", None, "monitor_recovered")
    assert resolved.issue == recovered.issue == new.issue
    assert (recovered.event, recovered.environment, recovered.detail) == (None, "eu", "Nightly report")


def test_a_failure_past_the_limit_of_events_is_told_without_one(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_limits, "OF_MONITOR", 0)
    send(shop, check_in("error"))
    (failed,) = facts.changes_of(AlertFact.objects.get())
    assert (failed.news, failed.issue, failed.event) == ("monitor_failed", None, None)
    assert not Issue.objects.exists()


def test_a_missed_run_is_told_by_whoever_detects_it_first(shop: Project) -> None:
    send(shop, check_in(monitor_config=TWICE | {"failure_issue_threshold": 1}))
    overdue.detect(minutes(5), minutes(5))
    overdue.detect(minutes(5), minutes(5))
    assert told() == FAILED
    assert state().failing_since == minutes(1)


def test_many_check_ins_of_one_batch_are_told_in_a_few_words(shop: Project) -> None:
    sent = [
        check_in(status, minutes(number), check_in_id=f"{2 * number + (status == 'ok') + 1:032x}", slug=slug)
        for slug in ("a", "b")
        for number in range(50)
        for status in ("error", "ok")
    ]
    send(shop, *sent)
    assert AlertFact.objects.count() == 1
    assert told() == [*FAILED, *RECOVERED] * 2


def test_a_project_without_rules_writes_nothing(shop: Project) -> None:
    Project.objects.update(alerts_set_up=True)
    AlertRule.objects.create(project=shop, name="Off", is_enabled=False)
    assert each(shop, ["error", "ok"]) == [[], []]
    assert not AlertFact.objects.exists()
