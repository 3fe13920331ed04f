from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Project
from issues import facts
from issues.models import AlertDeliverer, AlertFact
from rustrak.lib import clock
from rustrak.ops.doctor import Level, alerts
from tests.lib import alerts as outbox

pytestmark = pytest.mark.django_db


def found() -> list[tuple[Level, str]]:
    return [(one.level, f"{one.text} {one.fix}") for one in alerts.check()]


def test_nothing_late(shop: Project) -> None:
    assert found() == [(Level.OK, "no alert waits, none is late ")]
    outbox.delivery(shop, outbox.channel())
    assert found() == [(Level.OK, "1 alert waiting, none is late ")]


def test_what_is_late(shop: Project) -> None:
    old = clock.now() - timedelta(minutes=5)
    AlertFact.objects.create(project=shop, at=old)
    outbox.delivery(shop, outbox.channel(), next_attempt_at=old)
    (first, compared), (second, due) = found()
    assert first == second == Level.PROBLEM
    assert "what changed 5 min ago has not been compared" in compared
    assert "has been due for 5 min" in due
    assert "deliver --once" in due


def test_what_waits_for_a_channel_is_not_late_but_the_channel_is_named(shop: Project) -> None:
    old = clock.now() - timedelta(hours=3)
    channel = outbox.channel(name="ops", paused_at=old, last_error="It answered 404 Not Found.")
    outbox.delivery(shop, channel, next_attempt_at=old)
    ((level, text),) = found()
    assert level == Level.WARNING
    assert "'ops' has been paused for 3 h, because it failed: It answered 404 Not Found." in text


def test_mail_that_waits_for_its_server() -> None:
    now = clock.now()
    AlertDeliverer.objects.create(
        mail_failures=3, mail_failing_since=now - timedelta(hours=1), mail_not_before=now + timedelta(minutes=5),
        mail_error="mail:25 refuses connections",
    )  # fmt: skip
    ((level, text),) = found()
    assert level == Level.WARNING
    assert "have waited for 1 h: mail:25 refuses connections" in text


def test_what_is_lost(shop: Project) -> None:
    now = clock.now()
    outbox.delivery(shop, outbox.channel(), status="given_up", finished_at=now, reason="It answered 400.")
    outbox.delivery(shop, outbox.channel(), status="given_up", finished_at=now - timedelta(days=2))
    AlertDeliverer.objects.create(restored_at=now - timedelta(days=1), not_told=4)
    facts.note_dropped(3, now)
    facts.note_dropped(4, now)
    (_, given_up), (_, restored), (_, dropped) = found()
    assert "7 changes were never compared with the alert rules" in dropped
    assert "1 alert of the last day could not be sent" in given_up
    assert "It answered 400." in given_up
    assert "4 alerts and changes from before will not be sent" in restored
