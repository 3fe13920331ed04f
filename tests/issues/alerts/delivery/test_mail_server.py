from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from accounts.models import Membership, Project, User
from issues.alerts.delivery import mail_server, run
from issues.models import AlertDeliverer, AlertDelivery, AlertOptOut, AlertPreferences
from rustrak.lib import clock
from tests.lib import alerts, builders
from tests.lib.smtp_server import SMTPServer, closed_port, running, use

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _set_up(settings: Any) -> None:
    settings.MAIL_IS_SET_UP = True


@pytest.fixture
def dee(shop: Project) -> User:
    user = User.objects.create_user("dee@example.org", "x")
    Membership.objects.create(user=user, project=shop)
    return user


def test_people_get_mail_over_one_connection(shop: Project, bo: User, dee: User, settings: Any) -> None:
    issue = builders.issue(shop)
    made = [alerts.delivery(shop, person, issue) for person in (bo, dee)]
    with running(SMTPServer()) as server:
        use(settings, server.port)
        assert run.run() == 2
    assert sorted(to for (to,), _ in server.letters) == ["bo@example.org", "dee@example.org"]
    assert {alerts.state(one) for one in made} == {"sent"}
    assert server.connections == 1


def test_while_the_server_is_away_all_mail_waits_and_nobody_is_given_up(
    shop: Project, bo: User, dee: User, settings: Any
) -> None:
    issues = [builders.issue(shop, number) for number in range(1, 6)]
    made = [alerts.delivery(shop, person, issue) for issue in issues for person in (bo, dee)]
    with closed_port() as port:
        use(settings, port)
        assert run.run() == 0
        assert run.run() == 0
    assert AlertDelivery.objects.filter(attempts=1).count() == 1
    row = AlertDeliverer.objects.get()
    assert (row.mail_failures, row.mail_failing_since is None) == (1, False)
    assert "refuses connections" in row.mail_error
    assert not mail_server.is_open(clock.now())
    AlertDeliverer.objects.update(mail_not_before=clock.now())
    AlertDelivery.objects.update(next_attempt_at=clock.now())
    with running(SMTPServer()) as server:
        use(settings, server.port)
        assert run.run() == len(made)
    row.refresh_from_db()
    assert (row.mail_failures, row.mail_not_before, row.mail_failing_since, row.mail_error) == (
        0,
        None,
        None,
        "",
    )


def test_an_address_that_is_refused_holds_up_nobody_else(
    shop: Project, bo: User, dee: User, settings: Any
) -> None:
    bad = alerts.delivery(shop, bo, builders.issue(shop))
    good = alerts.delivery(shop, dee, builders.issue(shop, 2))
    with running(SMTPServer({b"RCPT TO:<bo": b"550 no such user"})) as server:
        use(settings, server.port)
        assert run.run() == 1
    assert [alerts.state(one) for one in (bad, good)] == ["given_up", "sent"]
    assert mail_server.is_open(clock.now())


def test_a_clock_that_was_ahead_does_not_stop_mail() -> None:
    AlertDeliverer.objects.create(mail_not_before=clock.now() + timedelta(days=100))
    assert mail_server.is_open(clock.now())


@pytest.mark.parametrize("why", ["inactive", "no member", "opted out", "no mail"])
def test_mail_that_is_not_wanted_any_more_is_dropped(
    shop: Project, bo: User, settings: Any, why: str
) -> None:
    one = alerts.delivery(shop, bo, builders.issue(shop))
    match why:
        case "inactive":
            User.objects.filter(pk=bo.pk).update(is_active=False)
        case "no member":
            Membership.objects.all().delete()
        case "opted out":
            AlertOptOut.objects.create(user=bo, project=shop)
        case "no mail":
            settings.MAIL_IS_SET_UP = False
    with running(SMTPServer()) as server:
        use(settings, server.port)
        assert run.run() == 0
    assert server.letters == []
    one.refresh_from_db()
    assert one.status == "dropped"
    assert one.reason


def test_quiet_hours_that_have_begun_meanwhile(
    shop: Project, bo: User, settings: Any, time_machine: Any
) -> None:
    time_machine.move_to("2026-11-01T21:59:00Z", tick=False)
    AlertPreferences.objects.create(user=bo, quiet_from=time(22), quiet_until=time(8))
    one = alerts.delivery(shop, bo, builders.issue(shop), attempts=1, reason="It failed.")
    time_machine.shift(120)
    with running(SMTPServer()) as server:
        use(settings, server.port)
        assert run.run() == 0
        assert run.run() == 0
        one.refresh_from_db()
        assert (one.attempts, one.leased_until) == (1, None)
        assert one.next_attempt_at.isoformat() == "2026-11-02T08:00:00+00:00"
        time_machine.move_to("2026-11-02T08:00:01Z", tick=False)
        assert run.run() == 1
    assert len(server.letters) == 1
