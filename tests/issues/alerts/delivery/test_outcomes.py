from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Project, User
from issues.alerts.channel import Sent
from issues.alerts.delivery import outcomes
from issues.alerts.delivery.sending import Failure, Outcome
from issues.models import AlertAttempt, AlertChannel, AlertThread
from rustrak.lib import clock
from tests.lib import alerts, builders

pytestmark = pytest.mark.django_db
ODD = "\0\u202e\ud800x" * 1000


def test_what_the_other_side_says_is_bounded_and_can_be_stored(shop: Project) -> None:
    one = alerts.delivery(shop, alerts.channel(), builders.issue(shop), attempts=1)
    outcomes.apply(one, Outcome(Failure(ODD, answer=ODD, status=10**30), 10**12), clock.now())
    attempt = AlertAttempt.objects.get()
    assert len(attempt.answer) <= 1000
    assert len(attempt.error) <= 300
    assert attempt.status is None
    assert not {"\0", "\u202e", "\ud800"} & {*attempt.answer, *attempt.error}
    assert len(AlertChannel.objects.get().last_error) <= 300


@pytest.mark.parametrize(
    "thread",
    [{"x": "\0"}, {"x": "\ud800"}, {"x": "y" * 5000}, {"x": float("nan")}, {"x": object()}, {}],
)
def test_a_conversation_that_cannot_be_stored_is_not_remembered(
    shop: Project, thread: dict[str, Any]
) -> None:
    one = alerts.delivery(shop, alerts.channel(), builders.issue(shop))
    outcomes.apply(one, Outcome(Sent(thread, 200, "ok"), 5), clock.now())
    assert alerts.state(one) == "sent"
    assert not AlertThread.objects.exists()


def test_a_conversation_is_that_of_a_channel_or_a_person(shop: Project, bo: User) -> None:
    issue = builders.issue(shop)
    for to in (alerts.channel(), alerts.channel(), bo):
        for ts in ("1", "2"):
            one = alerts.delivery(shop, to, issue)
            outcomes.apply(one, Outcome(Sent({"ts": ts}), 5), clock.now())
    assert [each.external for each in AlertThread.objects.all()] == [{"ts": "2"}] * 3


def test_a_channel_recovers_in_between_and_is_not_paused(shop: Project) -> None:
    channel, now = alerts.channel(), clock.now()
    for number in range(1, 30):
        one = alerts.delivery(shop, channel, builders.issue(shop, number), attempts=1)
        result = Sent() if number % 3 == 0 else Failure("It answered 400.", final=True)
        outcomes.apply(one, Outcome(result, 5), now + timedelta(hours=number))
    channel.refresh_from_db()
    assert channel.paused_at is None


def test_a_short_outage_pauses_nothing(shop: Project) -> None:
    channel, now = alerts.channel(), clock.now()
    one = alerts.delivery(shop, channel, builders.issue(shop), attempts=1)
    for minute in range(59):
        outcomes.apply(one, Outcome(Failure("It answered 503."), 5), now + timedelta(minutes=minute))
    channel.refresh_from_db()
    assert (channel.paused_at, channel.failures_in_a_row) == (None, 59)
    outcomes.apply(one, Outcome(Failure("It answered 503."), 5), now + timedelta(minutes=60))
    channel.refresh_from_db()
    assert channel.paused_at is not None


def test_what_somebody_else_has_finished_stays_finished(shop: Project) -> None:
    one = alerts.delivery(shop, alerts.channel(), builders.issue(shop), status="dropped", reason="Because.")
    outcomes.apply(one, Outcome(Failure("It answered 503."), 5), clock.now())
    one.refresh_from_db()
    assert (one.status, one.reason) == ("dropped", "Because.")


def test_a_channel_that_is_deleted_meanwhile(shop: Project) -> None:
    channel = alerts.channel()
    one = alerts.delivery(shop, channel, builders.issue(shop))
    AlertChannel.objects.all().delete()
    outcomes.apply(one, Outcome(Failure("It answered 503."), 5), clock.now())
    outcomes.apply(one, Outcome(Sent({"ts": "1"}), 5), clock.now())
    outcomes.known_sent(one, Sent({"ts": "1"}), clock.now())
