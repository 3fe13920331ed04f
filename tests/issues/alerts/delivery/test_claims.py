from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from accounts.models import Project, User
from issues.alerts.delivery import claims, mail_server, run
from issues.alerts.delivery.claims import MAIL, Lane
from issues.models import AlertChannel, AlertDeliverer, AlertDelivery, News
from rustrak.lib import clock
from tests.lib import alerts, builders
from tests.lib.http_receiver import receiving

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def keys(found: list[AlertDelivery]) -> list[object]:
    return [one.pk for one in found]


def test_the_longest_due_first_and_each_once(shop: Project) -> None:
    now, channel = clock.now(), alerts.channel()
    made = [
        alerts.delivery(shop, channel, builders.issue(shop, n), next_attempt_at=now - n * MINUTE)
        for n in range(1, 6)
    ]
    alerts.delivery(shop, channel, builders.issue(shop, 9), next_attempt_at=now + MINUTE)
    lane = Lane(channel.pk)
    assert keys(claims.claim(lane, "a", now, 3)) == keys(made[4:1:-1])
    assert keys(claims.claim(lane, "b", now, 9)) == keys(made[1::-1])
    assert claims.claim(lane, "c", now, 9) == []
    assert {(one.leased_by, one.attempts) for one in AlertDelivery.objects.exclude(leased_until=None)} == {
        ("a", 1),
        ("b", 1),
    }


def test_a_conversation_keeps_its_order(shop: Project, bo: User) -> None:
    now, channel, other, issue = clock.now(), alerts.channel(), alerts.channel(), builders.issue(shop)
    first = alerts.delivery(
        shop, channel, issue, created_at=now - HOUR, next_attempt_at=now + MINUTE, attempts=1
    )
    alerts.delivery(shop, channel, issue, News.RESOLVED, created_at=now - MINUTE)
    elsewhere = alerts.delivery(shop, other, issue)
    to_person = alerts.delivery(shop, bo, issue)
    no_issue = [alerts.delivery(shop, channel, news=News.BURST) for _ in range(2)]
    assert keys(claims.claim(Lane(channel.pk), "a", now + timedelta(seconds=1), 9)) == keys(no_issue)
    assert keys(claims.claim(Lane(other.pk), "a", clock.now(), 9)) == [elsewhere.pk]
    assert keys(claims.claim(MAIL, "a", clock.now(), 9)) == [to_person.pk]
    assert keys(claims.claim(Lane(channel.pk), "a", now + 2 * MINUTE, 9)) == [first.pk]


def test_lanes_are_those_that_may_be_used(shop: Project, bo: User) -> None:
    now = clock.now()
    AlertDeliverer.objects.create()
    closed = [
        alerts.channel(is_enabled=False), alerts.channel(paused_at=now), alerts.channel(not_before=now + MINUTE),
    ]  # fmt: skip
    late, early, idle = alerts.channel(not_before=now - MINUTE), alerts.channel(), alerts.channel()
    for channel in (*closed, late):
        alerts.delivery(shop, channel)
    alerts.delivery(shop, early, next_attempt_at=now - HOUR)
    alerts.delivery(shop, idle, next_attempt_at=now + HOUR)
    alerts.delivery(shop, idle, status="sent")
    alerts.delivery(shop, bo, next_attempt_at=now - MINUTE)
    now = clock.now()
    assert claims.lanes(now) == [Lane(early.pk), MAIL, Lane(late.pk)]
    mail_server.failed("x", now, None)
    assert claims.lanes(now) == [Lane(early.pk), Lane(late.pk)]
    mail_server.works()
    assert MAIL in claims.lanes(now)


def test_a_channel_of_mail_goes_through_the_mail_server(shop: Project) -> None:
    one = alerts.delivery(shop, alerts.channel(kind=claims.EMAIL))
    assert claims.lanes(clock.now()) == [MAIL]
    assert keys(claims.claim(MAIL, "a", clock.now(), 9)) == [one.pk]


def test_the_lease_of_a_dead_holder_ends_with_its_time_or_with_its_successor(shop: Project) -> None:
    now, channel = clock.now(), alerts.channel()
    made = [alerts.delivery(shop, channel, builders.issue(shop, n)) for n in (1, 2)]
    lane, now = Lane(channel.pk), clock.now()
    claims.claim(lane, "a", now, 9)
    assert claims.claim(lane, "b", now + claims.LEASE - MINUTE, 9) == []
    assert keys(claims.claim(lane, "b", now + claims.LEASE, 9)) == [made[0].pk], "it may be what it died of"
    assert keys(claims.claim(lane, "b", now + claims.LEASE, 9)) == [made[1].pk]
    claims.end_leases("a")
    assert claims.claim(lane, "c", now + claims.LEASE, 9) == []
    claims.end_leases("b")
    assert len(claims.claim(lane, "b", now + claims.LEASE, 9)) == 1


def test_what_was_not_tried_is_given_back(shop: Project) -> None:
    channel = alerts.channel()
    one = alerts.delivery(shop, channel)
    found = claims.claim(Lane(channel.pk), "a", clock.now(), 9)
    claims.give_back(found, "a")
    one.refresh_from_db()
    assert (one.attempts, one.leased_until, one.leased_by) == (0, None, "")


def test_the_next_turn_is_when_something_can_be_sent(shop: Project, bo: User) -> None:
    AlertDeliverer.objects.create()
    now = clock.now()
    assert claims.next_turn(now) is None
    alerts.delivery(shop, alerts.channel(paused_at=now))
    alerts.delivery(shop, alerts.channel(), next_attempt_at=now - MINUTE)
    assert claims.next_turn(now) is None
    alerts.delivery(shop, alerts.channel(not_before=now + 5 * HOUR), next_attempt_at=now - MINUTE)
    assert claims.next_turn(now) == now + 5 * HOUR
    alerts.delivery(shop, bo, next_attempt_at=now + 4 * HOUR)
    assert claims.next_turn(now) == now + 4 * HOUR
    alerts.delivery(shop, alerts.channel(), next_attempt_at=now + 3 * HOUR)
    assert claims.next_turn(now) == now + 3 * HOUR
    alerts.delivery(shop, alerts.channel(), news=News.BURST, status="collecting", next_attempt_at=now + HOUR)
    assert claims.next_turn(now) == now + HOUR


def test_a_clock_that_was_ahead_holds_nothing_up(shop: Project) -> None:
    now, channel, issue = clock.now(), alerts.channel(), builders.issue(shop)
    ahead = now + timedelta(days=300)
    first = alerts.delivery(shop, channel, issue, created_at=ahead - MINUTE, next_attempt_at=ahead - MINUTE)
    second = alerts.delivery(shop, channel, issue, News.RESOLVED, created_at=ahead, next_attempt_at=ahead)
    retried = alerts.delivery(shop, channel, builders.issue(shop, 2), attempts=2, next_attempt_at=ahead)
    leased = alerts.delivery(shop, channel, builders.issue(shop, 3), leased_until=ahead, leased_by="x")
    quiet = alerts.delivery(shop, channel, builders.issue(shop, 4), next_attempt_at=now + 20 * HOUR)
    AlertChannel.objects.update(not_before=ahead)
    claims.mend_clocks(now)
    assert AlertChannel.objects.get().not_before is None
    soon = clock.now() + MINUTE
    lane = Lane(channel.pk)
    got = claims.claim(lane, "a", soon, 9)
    got += claims.claim(lane, "a", soon, 9)
    assert {*keys(got)} == {first.pk, retried.pk, leased.pk}
    AlertDelivery.objects.filter(pk=first.pk).update(status="sent")
    assert keys(claims.claim(lane, "a", soon, 9)) == [second.pk]
    quiet.refresh_from_db()
    assert quiet.next_attempt_at == now + 20 * HOUR


def test_what_waited_a_day_for_what_is_closed_is_given_up(shop: Project, bo: User) -> None:
    now = clock.now()
    AlertDeliverer.objects.create(mail_not_before=now + HOUR)
    old = now - timedelta(days=1, minutes=1)
    closed = [
        alerts.channel(is_enabled=False), alerts.channel(paused_at=now), alerts.channel(not_before=now + MINUTE), bo,
    ]  # fmt: skip
    gone = [alerts.delivery(shop, to, created_at=old) for to in closed]
    kept = [alerts.delivery(shop, to) for to in closed] + [
        alerts.delivery(shop, alerts.channel(), created_at=old)
    ]
    assert claims.expire(now) == 4
    assert {alerts.state(one) for one in gone} == {"given_up"}
    assert {alerts.state(one) for one in kept} == {"waiting"}
    reasons = {*AlertDelivery.objects.filter(status="given_up").values_list("reason", flat=True)}
    assert len(reasons) == 4


@pytest.mark.django_db(transaction=True)
def test_several_deliverers_send_each_message_once_and_in_order(
    shop: Project, settings: Any, tmp_path: Path
) -> None:
    settings.RUN_DIR.mkdir()
    with receiving() as receiver:
        channels = [alerts.channel(f"{receiver.url}/{number}") for number in range(3)]
        issues = [builders.issue(shop, number) for number in range(1, 6)]
        made = [
            alerts.delivery(shop, channel, issue, news, created_at=clock.now())
            for news in (News.NEW, News.RESOLVED, News.REGRESSED)
            for channel in channels
            for issue in issues
        ]
        sent: list[int] = []

        def work() -> None:
            try:
                sent.append(run.run())
            finally:
                connections.close_all()

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        sent.append(run.run())
    assert sum(sent) == len(made) == len(receiver.got)
    assert {*AlertDelivery.objects.values_list("status", "attempts")} == {("sent", 1)}
    for issue in issues:
        done = AlertDelivery.objects.filter(issue=issue.pk, channel=channels[0]).order_by("finished_at")
        assert [one.news for one in done] == ["new", "resolved", "regressed"]
