"""From facts to deliveries: which messages there are, each once, and what is counted instead."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import uuid4

import pytest
from django.db import OperationalError

from accounts.models import Membership, Project, User
from issues import search
from issues.alerts.rules import collect, marks, subjects, turn
from issues.models import (
    AlertDelivery,
    AlertFact,
    AlertMark,
    AlertPreferences,
    AlertRule,
    AlertThread,
    Issue,
    Level,
    News,
)
from tests.lib import builders
from tests.lib.alert_rules import channel, collected, happens, of, rule, told
from tests.lib.occurrences import NOW

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _mail(settings: Any) -> None:
    settings.MAIL_IS_SET_UP = True


def test_a_new_issue_is_told_to_the_members_without_any_setting(shop: Project, bo: User, cy: User) -> None:
    event = builders.event(builders.issue(shop))
    happens(shop, NOW, of(News.NEW, event.issue, event))

    assert collected(NOW) == 1

    delivery = AlertDelivery.objects.get()
    assert (delivery.user, delivery.channel, delivery.issue, delivery.event) == (
        bo,
        None,
        event.issue_id,
        event.pk,
    )
    assert (delivery.news, delivery.status, delivery.next_attempt_at) == ("new", "waiting", NOW)
    assert delivery.rule == AlertRule.objects.get()
    assert delivery.facts == {"environment": "production", "release": "1.0", "level": 40}


def test_without_mail_no_message_to_a_person_is_made(shop: Project, bo: User, settings: Any) -> None:
    settings.MAIL_IS_SET_UP = False
    rule(shop, News.NEW, to_members=True, channels=(channel(shop, kind="email").pk, channel(shop).pk))
    happens(shop, NOW, of(News.NEW, builders.issue(shop)))
    collected(NOW)
    assert AlertDelivery.objects.get().channel.kind == "webhook"


def test_only_channels_that_are_enabled_and_can_be_used_are_told(shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    own, everybodys, off, moved = (
        channel(shop), channel(None), channel(shop, is_enabled=False), channel(shop),
    )  # fmt: skip
    rule(shop, News.NEW, channels=(own.pk, everybodys.pk, off.pk, moved.pk))
    type(moved).objects.filter(pk=moved.pk).update(project=other)
    happens(shop, NOW, of(News.NEW, builders.issue(shop)))
    collected(NOW)
    assert {row.channel for row in AlertDelivery.objects.all()} == {own, everybodys}


def test_an_issue_and_a_project_that_are_gone_are_not_told(shop: Project) -> None:
    rule(shop, News.NEW, News.REGRESSED, channels=(channel(shop).pk,))
    gone, hidden = builders.issue(shop), builders.issue(shop, 2)
    happens(shop, NOW, of(News.NEW, gone), of(News.REGRESSED, hidden))
    gone.delete()
    Issue.objects.filter(pk=hidden.pk).update(status=Issue.Status.DELETING)
    assert collected(NOW) == 1
    happens(shop, NOW, of(News.NEW, builders.issue(shop, 3)))
    Project.objects.filter(pk=shop.pk).update(deleting_at=NOW)
    assert collected(NOW) == 1
    assert not AlertDelivery.objects.exists()


def test_a_rule_that_is_changed_meanwhile_is_asked_as_it_is_now(shop: Project) -> None:
    off = rule(shop, News.NEW, channels=(channel(shop).pk,))
    other = rule(shop, News.REGRESSED, channels=(channel(shop).pk,))
    happens(shop, NOW, of(News.NEW, builders.issue(shop)))
    AlertRule.objects.filter(pk=off.pk).update(is_enabled=False)
    collected(NOW)
    assert not AlertDelivery.objects.exists()
    happens(shop, NOW, of(News.NEW, builders.issue(shop, 2)))
    AlertRule.objects.filter(pk=other.pk).update(triggers=["new"])
    collected(NOW)
    assert AlertDelivery.objects.get().rule == other


def test_a_cooldown_holds_back_and_counts(shop: Project) -> None:
    it = rule(shop, News.REGRESSED, channels=(channel(shop).pk,), cooldown_minutes=60)
    issue, other = builders.issue(shop), builders.issue(shop, 2)
    for minutes in (0, 1, 59):
        happens(shop, NOW, of(News.REGRESSED, builders.event(issue, minutes + 1).issue))
        collected(NOW + timedelta(minutes=minutes))
    happens(shop, NOW, of(News.REGRESSED, other))
    collected(NOW + timedelta(minutes=59))
    assert told() == [("regressed", issue.pk), ("regressed", other.pk)]
    assert marks.suppressed([it]) == {it.pk: (2, 0)}

    happens(shop, NOW + HOUR, of(News.REGRESSED, issue))
    collected(NOW + HOUR)

    assert AlertDelivery.objects.latest("created_at").facts["suppressed"] == 2
    assert marks.suppressed([it]) == {it.pk: (0, 0)}


def test_a_cooldown_of_0_tells_every_time(shop: Project) -> None:
    rule(shop, News.REGRESSED, channels=(channel(shop).pk,), cooldown_minutes=0)
    issue = builders.issue(shop)
    for second in range(3):
        happens(shop, NOW + second * SECOND, of(News.REGRESSED, issue, builders.event(issue, second + 1)))
    collected(NOW + 3 * SECOND)
    assert told() == [("regressed", issue.pk)] * 3


@pytest.mark.parametrize("hours", [-30, 30])
def test_a_mark_of_a_wrong_clock_does_not_silence_for_ever(shop: Project, hours: int) -> None:
    it = rule(shop, News.REGRESSED, channels=(channel(shop).pk,))
    issue = builders.issue(shop)
    AlertMark.objects.create(rule=it, subject=issue.pk.hex, trigger="regressed", at=NOW + hours * HOUR)
    happens(shop, NOW, of(News.REGRESSED, issue))
    collected(NOW)
    assert told() == [("regressed", issue.pk)]


def test_one_cause_is_told_once_to_each_destination(shop: Project) -> None:
    ops, dev = channel(shop), channel(shop)
    one = rule(shop, News.NEW, News.MONITOR_FAILED, name="One", channels=(ops.pk, dev.pk))
    rule(shop, News.NEW, name="Two", channels=(ops.pk,))
    issue = builders.issue(shop)
    happens(
        shop, NOW, of(News.NEW, issue, builders.event(issue)),
        of(News.MONITOR_FAILED, issue, detail="Nightly", environment="production", level=40),
    )  # fmt: skip
    collected(NOW)
    assert told(channel=ops) == told(channel=dev) == [("monitor_failed", issue.pk)]
    row = AlertDelivery.objects.get(channel=ops)
    assert (row.rule, row.facts["rules"], row.facts["detail"]) == (one, ["Two"], "Nightly")
    assert "rules" not in AlertDelivery.objects.get(channel=dev).facts


def test_a_monitor_without_an_issue_is_told_with_its_name(shop: Project) -> None:
    rule(shop, News.MONITOR_FAILED, News.MONITOR_RECOVERED, channels=(channel(shop).pk,))
    failed = of(News.MONITOR_FAILED, detail="Nightly", environment="prod", level=40)
    recovered = of(News.MONITOR_RECOVERED, detail="Nightly", environment="prod", level=40)
    happens(shop, NOW, failed)
    happens(shop, NOW + SECOND, recovered)
    collected(NOW + SECOND)
    assert told() == [("monitor_failed", None), ("monitor_recovered", None)]
    assert AlertDelivery.objects.first().facts["detail"] == "Nightly"


def test_a_recovery_is_told_if_the_failure_was(shop: Project) -> None:
    rule(shop, News.MONITOR_FAILED, News.MONITOR_RECOVERED, channels=(channel(shop).pk,), cooldown_minutes=60)
    for minute in range(4):
        news = News.MONITOR_RECOVERED if minute % 2 else News.MONITOR_FAILED
        at = NOW + timedelta(minutes=minute)
        happens(shop, at, of(news, detail="Nightly", environment="prod", level=40))
        collected(at)
    assert [news for news, _ in told()] == ["monitor_failed", "monitor_recovered"]


def test_a_muted_issue_is_silent_about_its_monitor(shop: Project) -> None:
    rule(shop, News.MONITOR_FAILED, channels=(channel(shop).pk,))
    muted = builders.issue(shop, status=Issue.Status.MUTED)
    happens(shop, NOW, of(News.MONITOR_FAILED, muted, detail="Nightly", level=40))
    collected(NOW)
    assert not told()


def test_what_people_do_is_told_where_the_issue_was_told(shop: Project, bo: User, ana: User) -> None:
    Membership.objects.create(user=ana, project=shop)
    ops, dev = channel(shop), channel(shop)
    rule(shop, News.NEW, channels=(ops.pk,), to_members=True)
    rule(shop, News.REGRESSED, channels=(dev.pk,))
    known, other = builders.issue(shop), builders.issue(shop, 2)
    happens(shop, NOW, of(News.NEW, known))
    happens(shop, NOW + SECOND, of(News.RESOLVED, known, by=ana.pk, level=40))
    happens(shop, NOW + SECOND, of(News.RESOLVED, other, by=ana.pk, level=40))
    happens(shop, NOW + 2 * SECOND, of(News.REGRESSED, known))
    happens(shop, NOW + 3 * SECOND, of(News.ASSIGNED, known, by=ana.pk, detail="bo@example.org"))
    collected(NOW + 3 * SECOND)

    conversation = [("new", known.pk), ("resolved", known.pk), ("assigned", known.pk)]
    assert told(channel=ops) == conversation
    assert told(user=bo) == conversation
    assert told(user=ana) == [("new", known.pk)]  # she did the rest herself
    assert told(channel=dev) == [("regressed", known.pk), ("assigned", known.pk)]
    assert AlertDelivery.objects.filter(news="resolved").first().facts["by"] == "ana"
    assert AlertDelivery.objects.filter(news="assigned").first().facts["detail"] == "bo@example.org"


def test_unmuting_is_told_in_conversations_or_as_rules_ask(shop: Project) -> None:
    ops, dev = channel(shop), channel(shop)
    rule(shop, News.NEW, channels=(ops.pk,))
    issue = builders.issue(shop)
    happens(shop, NOW, of(News.NEW, issue))
    happens(shop, NOW + SECOND, of(News.UNMUTED, issue))
    collected(NOW + SECOND)
    assert told(channel=ops) == [("new", issue.pk), ("unmuted", issue.pk)]
    rule(shop, News.UNMUTED, channels=(dev.pk,))
    happens(shop, NOW + 2 * SECOND, of(News.UNMUTED, issue))
    collected(NOW + 2 * SECOND)
    assert len(told(channel=ops)) == 2
    assert told(channel=dev) == [("unmuted", issue.pk)]


def test_a_conversation_ends_when_no_rule_sends_there_any_more(shop: Project, bo: User) -> None:
    ops, gone = channel(shop), channel(shop)
    rule(shop, News.NEW, channels=(ops.pk,))
    issue = builders.issue(shop)
    for where in ({"channel": ops}, {"channel": gone}, {"user": bo}):
        AlertThread.objects.create(issue=issue.pk, **where)
    happens(shop, NOW, of(News.RESOLVED, issue, level=40))
    Membership.objects.filter(user=bo).delete()
    collected(NOW)
    assert AlertDelivery.objects.get().channel == ops


def test_the_night_is_one_message_at_its_end(shop: Project, bo: User) -> None:
    quiet = NOW.replace(hour=22, minute=0)
    AlertPreferences.objects.create(
        user=bo, quiet_from=quiet.time(), quiet_until=quiet.replace(hour=7).time(), time_zone="UTC"
    )
    rule(shop, News.NEW, to_members=True)
    issues = [builders.issue(shop, number) for number in range(1, 4)]
    for number, issue in enumerate(issues):
        happens(shop, quiet + number * HOUR, of(News.NEW, issue))
        collected(quiet + number * HOUR)
    morning = quiet.replace(hour=7, minute=0, second=0, microsecond=0) + timedelta(days=1)
    row = AlertDelivery.objects.get()
    assert (row.status, row.next_attempt_at, row.facts["total"]) == ("collecting", morning, 3)
    assert collect.close_bursts(quiet + 3 * HOUR, all=True) == 0
    assert collect.close_bursts(morning) == 1
    row.refresh_from_db()
    assert (row.status, row.news) == ("waiting", "burst")
    assert row.facts["listed"] == [issue.pk.hex for issue in issues]
    assert row.facts["kinds"] == {"new": 3}


def test_what_people_chose_not_to_get_is_counted(shop: Project, bo: User) -> None:
    AlertPreferences.objects.create(user=bo, only_assigned=True)
    it = rule(shop, News.NEW, to_members=True)
    mine = builders.issue(shop, assignee=bo)
    happens(shop, NOW, of(News.NEW, builders.issue(shop, 2)), of(News.NEW, mine))
    collected(NOW)
    assert told() == [("new", mine.pk)]
    assert marks.suppressed([it]) == {it.pk: (0, 1)}


def test_the_same_facts_make_the_same_deliveries(shop: Project) -> None:
    rule(shop, News.NEW, News.REGRESSED, channels=(channel(shop).pk,), cooldown_minutes=0)
    event = builders.event(builders.issue(shop))
    ids = []
    for hours in (1, 3):  # the second time after a restore from a backup
        happens(shop, NOW, of(News.NEW, event.issue, event))
        happens(shop, NOW + SECOND, of(News.REGRESSED, event.issue))
        collected(NOW + hours * HOUR)
        ids.append(set(AlertDelivery.objects.values_list("pk", flat=True)))
        AlertDelivery.objects.all().delete()
    assert len(ids[0]) == 2
    assert ids[0] == ids[1]


def test_filters_look_at_the_event(shop: Project) -> None:
    wanted = {"environments": ("production",), "only_errors": True, "releases": ("1.*",)}
    rule(shop, News.NEW, channels=(channel(shop).pk,), **wanted)
    issue = builders.issue(shop)
    for field, value in [("environment", "staging"), ("level", Level.WARNING), ("release", "2.0")]:
        number = issue.events.count() + 1
        happens(shop, NOW, of(News.NEW, issue, builders.event(issue, number, **{field: value})))
    collected(NOW)
    assert not told()
    happens(shop, NOW, of(News.NEW, issue, builders.event(issue, 9)))
    collected(NOW)
    assert told() == [("new", issue.pk)]


def test_tags_are_those_of_the_event_or_else_of_the_issue(shop: Project) -> None:
    rule(shop, News.NEW, channels=(channel(shop).pk,), tags=(("customer", "acme*"), ("server_name", "web-1")))
    for number, payload in enumerate(
        [{"tags": {"customer": "ACME Ltd"}}, {"server_name": "web-1"}, {"tags": {"customer": "other"}}, {}], 1
    ):
        issue = builders.issue(shop, number)
        happens(shop, NOW, of(News.NEW, issue, builders.event(issue, 1, payload)))
    expired = builders.issue(shop, 5)
    expired.groupings.get().tags.create(project=shop, key="customer", value="acme", count=1)
    happens(shop, NOW, of(News.NEW, expired, level=40))
    happens(shop, NOW, of(News.NEW, builders.issue(shop, 6), level=40))
    collected(NOW)
    numbers = Issue.objects.filter(pk__in=[issue for _, issue in told()]).values_list(
        "digest_order", flat=True
    )
    assert sorted(numbers) == [1, 2, 5]


def test_a_rules_text_matches_what_the_list_shows(shop: Project, bo_client: Any) -> None:
    titles = [
        "Timeout in checkout",
        "TIMEOUT",
        "checkout 2",
        "timeout_checkout",
        "100% timeout",
        "Zeitüberschreitung",
    ]
    issues = [
        builders.searchable(builders.issue(shop, number, title=title))
        for number, title in enumerate(titles, 1)
    ]
    queries = [
        "timeout",
        "Timeout checkout",
        "SHOP-2",
        "#3",
        "100%",
        "ZEITÜBER",
        "type:ValueError -timeout",
        "nothing of it",
    ]
    channels = [channel(shop, query) for query in queries]
    for where in channels:
        rule(shop, News.REGRESSED, channels=(where.pk,), query=where.name)
    for number, issue in enumerate(issues):
        happens(shop, NOW + number * SECOND, of(News.REGRESSED, issue))
        collected(NOW + number * SECOND + number * HOUR)
    for where in channels:
        page = bo_client.get("/projects/shop/issues/", {"q": where.name, "status": "all"}, follow=True)
        shown = {issue.pk for issue in issues if str(issue.pk) in page.content.decode()}
        assert {issue for _, issue in told(channel=where)} == shown, where.name


def test_a_rule_whose_search_has_a_mistake_tells_nothing_and_one_that_takes_too_long_tells_all(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = channel(shop)
    made = rule(shop, News.REGRESSED, channels=(where.pk,), query="timeout", cooldown_minutes=0)
    # As a release before this grammar could store it.
    AlertRule.objects.filter(pk=made.pk).update(query="is:opn")
    issue = builders.issue(shop, title="Timeout")
    happens(shop, NOW, of(News.REGRESSED, issue))
    collected(NOW)
    assert told(channel=where) == []
    AlertRule.objects.filter(pk=made.pk).update(query="nothing of it")
    monkeypatch.setattr(subjects, "look_up", mock.Mock(side_effect=search.TookTooLong))
    happens(shop, NOW + SECOND, of(News.REGRESSED, issue))
    collected(NOW + SECOND)
    assert told(channel=where) == [("regressed", issue.pk)]


def test_a_broken_project_or_rule_does_not_stop_the_others(
    shop: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ops = channel(shop)
    broken = rule(shop, News.NEW, channels=(ops.pk,))
    AlertRule.objects.filter(pk=broken.pk).update(levels=["loud"], triggers=["new"])
    other = Project.objects.create(name="Other", slug="other")
    good = rule(shop, News.NEW, channels=(ops.pk,))
    rule(other, News.NEW, channels=(channel(other).pk,))
    bad = builders.issue(other)
    happens(other, NOW, of(News.NEW, bad))
    happens(other, NOW, of(News.NEW, builders.issue(other, 2)))
    happens(shop, NOW, of(News.NEW, builders.issue(shop)))
    tell = turn.tell

    def failing(project: Project, taken: Any, now: Any) -> None:
        if any(change.issue == bad.pk for each in taken for change in each.changes):
            raise ZeroDivisionError
        tell(project, taken, now)

    monkeypatch.setattr(turn, "tell", failing)
    assert collect.run(NOW) == 2
    assert AlertDelivery.objects.get(project=shop).rule == good
    assert AlertDelivery.objects.filter(project=other).count() == 1
    assert AlertFact.objects.count() == 1
    assert collect.run(NOW + timedelta(hours=23)) == 0
    assert collect.run(NOW + timedelta(hours=25)) == 1
    assert not AlertFact.objects.exists()
    assert "Dropped fact" in caplog.text
    assert f"alert rule {broken.pk} cannot be used" in caplog.text
    caplog.clear()


def test_a_database_that_is_away_is_not_the_fault_of_a_project(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any) -> None:
        raise OperationalError("gone")

    happens(shop, NOW, of(News.NEW, builders.issue(shop)))
    monkeypatch.setattr(turn, "tell", away)
    with pytest.raises(OperationalError):
        collect.run(NOW)
    assert AlertFact.objects.count() == 1


def test_a_turn_is_bounded_and_projects_take_turns(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Project.objects.create(name="Other", slug="other")
    monkeypatch.setattr(collect, "MOST_CHANGES", 3)
    for _ in range(5):
        happens(shop, NOW, of(News.NEW, None), of(News.NEW, None))
    happens(other, NOW, of(News.NEW, None))
    assert collect.run(NOW) == 2 + 1
    assert [collect.run(NOW), collect.run(NOW), collect.run(NOW)] == [2, 1, 0]


def test_facts_of_the_future_count_for_now(shop: Project) -> None:
    rule(shop, News.ESCALATING, channels=(channel(shop).pk,), amount=10, minutes=5)
    issue = builders.issue(shop, event_count=100)
    happens(shop, NOW + 50 * HOUR, volume={issue.pk: (10, 0)})
    collected(NOW)
    assert told() == [("escalating", issue.pk)]


def test_nothing_is_written_for_an_unknown_issue(shop: Project) -> None:
    rule(shop, News.NEW, News.ESCALATING, channels=(channel(shop).pk,), amount=1)
    AlertFact.objects.create(
        project=shop, changes=[["new", uuid4().hex, None]], volume={uuid4().hex: [5, 5]}, at=NOW
    )
    assert collected(NOW) == 1
    assert not AlertDelivery.objects.exists()
