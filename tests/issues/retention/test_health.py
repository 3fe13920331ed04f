from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import override_settings

from accounts.models import Project
from issues.models import CheckIn, SessionDay, SessionPerson, TroubledSession
from issues.retention import health
from tests.issues.monitors.test_store import NOW, check_in, minutes, send
from tests.issues.sessions import test_store as sent


@override_settings(RETAIN_DAYS=30)
def test_old_sessions_and_check_ins_go(shop: Project) -> None:
    send(shop, check_in(at=sent.NOW), check_in(at=sent.NOW + timedelta(days=20)))
    sent.updates(shop, sent.update("a", init=True, errors=1, did="1"))
    assert health.retain(sent.NOW + timedelta(days=30)) == 1  # the trouble of a session that is over
    assert health.retain(sent.NOW + timedelta(days=31, hours=1)) == 3
    assert CheckIn.objects.count() == 1
    assert not SessionDay.objects.exists()
    assert not SessionPerson.objects.exists()
    assert not TroubledSession.objects.exists()


@override_settings(RETAIN_DAYS=0)
def test_zero_days_keep_everything(shop: Project) -> None:
    send(shop, check_in())
    sent.updates(shop, sent.update("a", init=True))
    assert health.retain(NOW + timedelta(days=4000)) == 0
    assert CheckIn.objects.exists()
    assert SessionDay.objects.exists()


def test_the_oldest_beyond_the_most_go(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "MOST_CHECK_INS", 3)
    send(shop, *[check_in(at=minutes(number)) for number in range(5)])
    send(shop, *[check_in(at=minutes(number), environment="test") for number in range(3)])
    assert health.retain(minutes(10)) == 2
    kept = CheckIn.objects.filter(state__environment="production").values_list("started_at", flat=True)
    assert set(kept) == {minutes(2), minutes(3), minutes(4)}
    assert CheckIn.objects.filter(state__environment="test").count() == 3
