"""Many messages at once become one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Membership, Project, User
from issues.alerts.rules import bursts, collect, turn
from issues.models import AlertChannel, AlertDelivery, Issue, News
from tests.lib import builders
from tests.lib.alert_rules import Status, channel, collected, happens, of, rule, told
from tests.lib.occurrences import NOW

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def ops(shop: Project) -> AlertChannel:
    ops = channel(shop)
    rule(shop, News.NEW, News.REGRESSED, News.UNMUTED, channels=(ops.pk,), cooldown_minutes=0)
    return ops


def new_issues(project: Project, count: int, at: datetime) -> list[Issue]:
    first = project.issues.count() + 1
    made = Issue.objects.bulk_create(
        Issue(project=project, digest_order=number, title=f"No. {number}", first_seen=NOW, last_seen=NOW)
        for number in range(first, first + count)
    )
    for start in range(0, count, 500):
        happens(project, at, *(of(News.NEW, issue) for issue in made[start : start + 500]))
    return made


def burst() -> AlertDelivery:
    return AlertDelivery.objects.get(status=Status.COLLECTING)


def test_five_are_told_one_by_one(shop: Project, ops: AlertChannel) -> None:
    issues = new_issues(shop, 3, NOW) + new_issues(shop, 2, NOW + MINUTE)
    collected(NOW + MINUTE)
    assert told() == [("new", issue.pk) for issue in issues]


def test_ten_thousand_are_one_message(shop: Project, ops: AlertChannel) -> None:
    issues = new_issues(shop, 10_000, NOW)
    collected(NOW)
    row = burst()
    assert AlertDelivery.objects.count() == 1
    assert (row.facts["total"], row.facts["kinds"]) == (10_000, {"new": 10_000})
    assert row.facts["listed"] == [issue.pk.hex for issue in issues[:20]]
    assert row.next_attempt_at == NOW + MINUTE
    assert collect.close_bursts(NOW + MINUTE - timedelta(seconds=1)) == 0
    assert collect.close_bursts(NOW + MINUTE) == 1
    row.refresh_from_db()
    assert (row.status, row.news, row.issue) == ("waiting", "burst", None)


def test_the_first_ones_that_were_not_sent_yet_are_told_with_the_others(
    shop: Project, ops: AlertChannel
) -> None:
    few = new_issues(shop, 3, NOW)
    collected(NOW)
    AlertDelivery.objects.filter(issue=few[0].pk).update(status=Status.SENT, attempts=1)
    AlertDelivery.objects.filter(issue=few[1].pk).update(leased_until=NOW + MINUTE)
    many = new_issues(shop, 100, NOW + MINUTE)
    collected(NOW + MINUTE)
    dropped = AlertDelivery.objects.get(status=Status.DROPPED)
    assert (dropped.issue, dropped.reason) == (few[2].pk, bursts.ABSORBED)
    row = burst()
    assert row.facts["total"] == 101
    assert row.facts["listed"][:2] == [few[2].pk.hex, many[0].pk.hex]


def test_what_goes_on_is_told_ever_less_often(shop: Project, ops: AlertChannel) -> None:
    new_issues(shop, 100, NOW)
    closed = []
    for minute in range(140):
        now = NOW + minute * MINUTE
        new_issues(shop, 1, now)
        collected(now)
        if collect.close_bursts(now):
            closed.append(minute)
    assert closed == [1, 6, 16, 36, 76, 136]
    assert AlertDelivery.objects.filter(news="burst").count() == len(closed) + 1
    totals = sum(row.facts["total"] for row in AlertDelivery.objects.filter(news="burst"))
    assert totals == 100 + 140


def test_the_first_message_waits_a_little_for_the_end_of_a_flood(shop: Project, ops: AlertChannel) -> None:
    for second in range(0, 65, 5):
        new_issues(shop, 10, NOW + timedelta(seconds=second))
        collected(NOW + timedelta(seconds=second))
    assert burst().next_attempt_at == NOW + timedelta(seconds=70)
    for second in range(65, 300, 5):
        new_issues(shop, 10, NOW + timedelta(seconds=second - 1))
        collected(NOW + timedelta(seconds=second - 1))
    assert burst().next_attempt_at == NOW + timedelta(seconds=120)


def test_after_a_quiet_while_issues_are_told_one_by_one_again(shop: Project, ops: AlertChannel) -> None:
    new_issues(shop, 100, NOW)
    collected(NOW)
    collect.close_bursts(NOW + MINUTE)
    late = new_issues(shop, 1, NOW + 7 * MINUTE)
    collected(NOW + 7 * MINUTE)
    assert told(status=Status.WAITING, news="new") == [("new", late[0].pk)]


def test_one_thing_alone_is_told_as_what_it_is(shop: Project, ops: AlertChannel) -> None:
    for number in range(5):
        new_issues(shop, 1, NOW + number * MINUTE / 2)
        collected(NOW + number * MINUTE / 2)
    AlertDelivery.objects.update(status=Status.SENT)
    issue = builders.issue(shop, 6)
    event = builders.event(issue)
    happens(shop, NOW + 3 * MINUTE, of(News.NEW, issue, event))
    collected(NOW + 3 * MINUTE)
    assert burst().facts["total"] == 1
    collect.close_bursts(NOW + 4 * MINUTE)
    row = AlertDelivery.objects.get(issue=issue.pk)
    assert (row.news, row.event, row.status) == ("new", event.pk, "waiting")
    assert row.facts["environment"] == "production"


def test_those_that_collect_are_sent_at_once_when_asked(shop: Project, ops: AlertChannel) -> None:
    new_issues(shop, 10, NOW)
    collected(NOW)
    assert collect.close_bursts(NOW, all=True) == 1
    assert AlertDelivery.objects.get().next_attempt_at == NOW


def test_each_destination_has_its_own(shop: Project, ops: AlertChannel) -> None:
    dev = channel(shop)
    rule(shop, News.NEW, channels=(dev.pk, ops.pk), levels=("fatal",), name="Fatal")
    issues = [builders.issue(shop, number) for number in range(1, 9)]
    happens(
        shop,
        NOW,
        *(of(News.NEW, issue, level=50 if number < 2 else 40) for number, issue in enumerate(issues)),
    )
    collected(NOW)
    assert told(channel=dev) == [("new", issues[0].pk), ("new", issues[1].pk)]
    row = AlertDelivery.objects.get(channel=ops)
    assert row.facts["total"] == 8
    assert row.facts["rules"] == ["Fatal"]


@pytest.mark.parametrize("people", [True, False])
def test_many_that_a_person_resolves_are_one_mail_and_each_a_word_to_a_channel(
    shop: Project, bo: User, ana: User, settings: Any, people: bool
) -> None:
    settings.MAIL_IS_SET_UP = True
    where: dict[str, Any] = {"to_members": True} if people else {"channels": (channel(shop).pk,)}
    rule(shop, News.NEW, **where)
    issues = [builders.issue(shop, number) for number in range(1, 11)]
    for number, issue in enumerate(issues):
        happens(shop, NOW, of(News.NEW, issue))
        collected(NOW + 2 * number * MINUTE)
    assert AlertDelivery.objects.count() == 10
    now = NOW + 60 * MINUTE
    happens(shop, now, *(of(News.RESOLVED, issue, by=ana.pk, level=40) for issue in issues))
    collected(now)
    if people:
        assert burst().facts["kinds"] == {"resolved": 10}
    else:
        assert AlertDelivery.objects.filter(news="resolved", status=Status.WAITING).count() == 10


def test_a_clock_that_was_set_back_does_not_hold_messages_for_ever(shop: Project, ops: AlertChannel) -> None:
    future = NOW + timedelta(days=300)
    new_issues(shop, 100, future)
    collected(future)
    collect.close_bursts(future + MINUTE)
    issue = new_issues(shop, 1, NOW)[0]
    collected(NOW)
    assert ("new", issue.pk) in told(status=Status.WAITING)


def test_members_get_one_each(shop: Project, bo: User, ana: User, settings: Any) -> None:
    settings.MAIL_IS_SET_UP = True
    Membership.objects.create(user=ana, project=shop)
    rule(shop, News.NEW, to_members=True)
    new_issues(shop, 100, NOW)
    collected(NOW)
    assert {row.user for row in AlertDelivery.objects.filter(status=Status.COLLECTING)} == {ana, bo}


def test_very_many_messages_are_worked_out_in_parts(
    shop: Project, bo: User, ana: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAIL_IS_SET_UP = True
    monkeypatch.setattr(turn, "MOST_MESSAGES", 20)
    Membership.objects.create(user=ana, project=shop)
    rule(shop, News.NEW, to_members=True)
    new_issues(shop, 100, NOW)
    collected(NOW)
    rows = AlertDelivery.objects.filter(status=Status.COLLECTING)
    assert {row.user: row.facts["total"] for row in rows} == {ana: 100, bo: 100}
    assert AlertDelivery.objects.count() == 2
