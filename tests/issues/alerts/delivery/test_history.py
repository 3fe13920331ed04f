from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Project, User
from issues.alerts.delivery import history, mail_server
from issues.alerts.delivery.history import Entry, Filters
from issues.models import AlertAttempt, AlertDeliverer, AlertRule, News
from rustrak.lib import clock
from tests.lib import alerts, builders

pytestmark = pytest.mark.django_db


def entries(project: Project, **filters: object) -> list[Entry]:
    found, _ = history.page(project, Filters(**filters), cursor=None, limit=50, now=clock.now())  # type: ignore[arg-type]
    return found


def test_pages_go_from_the_newest_to_the_oldest(shop: Project, django_assert_max_num_queries: object) -> None:
    channel, now = alerts.channel(), clock.now()
    made = [
        alerts.delivery(
            shop, channel, builders.issue(shop, number), created_at=now - timedelta(minutes=number)
        )
        for number in range(1, 6)
    ]
    seen, cursor = [], None
    while True:
        with django_assert_max_num_queries(3):  # type: ignore[operator]
            found, cursor = history.page(shop, Filters(), cursor=cursor, limit=2, now=now)
        seen += [one.delivery.pk for one in found]
        if cursor is None:
            break
    assert seen == [one.pk for one in made]


def test_filters(shop: Project, bo: User) -> None:
    other = Project.objects.create(name="Other", slug="other")
    channel, issue = alerts.channel(), builders.issue(shop)
    rule = AlertRule.objects.create(project=shop, name="All")
    one = alerts.delivery(shop, channel, issue, rule=rule)
    two = alerts.delivery(shop, bo, status="sent")
    alerts.delivery(other, channel)

    def keys(**filters: object) -> set[object]:
        return {entry.delivery.pk for entry in entries(shop, **filters)}

    assert keys() == {one.pk, two.pk}
    assert keys(status="sent") == {two.pk}
    assert keys(channel=channel.pk) == keys(rule=rule.pk) == keys(issue=issue.pk) == {one.pk}
    assert keys(user=bo.pk) == {two.pk}
    assert history.of(other, one.pk) is None


def test_what_an_entry_says(shop: Project, bo: User) -> None:
    now, issue, channel = clock.now(), builders.issue(shop), alerts.channel()
    soon, later = now + timedelta(minutes=5, seconds=30), now + timedelta(hours=9)
    paused, off = alerts.channel(name="Paused", paused_at=now), alerts.channel(name="Off", is_enabled=False)
    held = alerts.channel(name="Held", not_before=soon)
    cases = [
        (alerts.delivery(shop, channel, issue), "Waiting", "It is about to be sent."),
        (alerts.delivery(shop, channel, leased_until=soon), "Waiting", "It is being sent."),
        (alerts.delivery(shop, channel, attempts=2, reason="It answered 503.", next_attempt_at=soon),
         "Waiting", "It answered 503. Next attempt: in 5 min."),
        (alerts.delivery(shop, paused), "Waiting", "The channel is paused, because it kept failing."),
        (alerts.delivery(shop, off), "Waiting", "The channel is switched off."),
        (alerts.delivery(shop, held), "Waiting", "The channel is failing. Next attempt: in 5 min."),
        (alerts.delivery(shop, bo, next_attempt_at=later), "Waiting", "It will be sent in 8 h, when the person’s quiet hours end."),
        (alerts.delivery(shop, channel, status="sent"), "Sent", ""),
        (alerts.delivery(shop, channel, status="sent", attempts=3), "Sent", "After 3 attempts."),
        (alerts.delivery(shop, channel, status="given_up", attempts=1, reason="No such room."), "Given up", "No such room."),
        (alerts.delivery(shop, channel, status="dropped", reason="The issue has been deleted."),
         "Not sent", "The issue has been deleted."),
        (alerts.delivery(shop, channel, news=News.BURST, status="collecting", next_attempt_at=soon),
         "Collecting", "It will be sent in 5 min, with whatever else happens until then."),
        (alerts.delivery(shop, channel, attempts=2, next_attempt_at=now + timedelta(seconds=59)),
         "Waiting", "Next attempt: within a minute."),
    ]  # fmt: skip
    found = {entry.delivery.pk: entry for entry in entries(shop)}
    assert [(found[one.pk].status, found[one.pk].why) for one, _, _ in cases] == [
        (status, why) for _, status, why in cases
    ]
    first = found[cases[0][0].pk]
    assert (first.headline, first.to, first.issue) == ("New issue", "Ops", issue)
    assert found[cases[6][0].pk].to == "bo"
    assert "room" not in found[cases[9][0].pk].brief
    assert "503" not in found[cases[2][0].pk].brief


def test_mail_waits_for_its_server(shop: Project, bo: User) -> None:
    AlertDeliverer.objects.create()
    mail_server.failed("no such host", clock.now(), 900)
    alerts.delivery(shop, bo)
    assert entries(shop)[0].why == "The mail server is failing. Next attempt: in 14 min."


def test_attempts_are_the_latest_first(shop: Project) -> None:
    one = alerts.delivery(shop, alerts.channel())
    for number in range(60):
        AlertAttempt.objects.create(delivery=one, succeeded=False, error=str(number))
    found = [attempt.error for attempt in entries(shop)[0].attempts]
    assert found == [str(number) for number in range(59, 9, -1)]


def test_what_was_given_up_can_be_sent_again_once(shop: Project) -> None:
    one = alerts.delivery(shop, alerts.channel(), status="given_up", reason="x", finished_at=clock.now())
    assert entries(shop)[0].can_be_sent_again
    assert history.send_again(one, clock.now())
    assert not history.send_again(one, clock.now())
    one.refresh_from_db()
    assert (one.status, one.reason, one.finished_at) == ("waiting", "", None)
    sent = alerts.delivery(shop, alerts.channel(), status="sent")
    assert not history.send_again(sent, clock.now())
