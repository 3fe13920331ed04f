from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command

from accounts.models import Project
from issues.models import ClockReading, Event
from issues.record.writer import record
from issues.retention import batches, trusted_clock
from rustrak.ops.doctor import machine
from rustrak.ops.metrics import exposition
from tests.lib.occurrences import thrown

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
UNSET = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def an_installation(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.INGEST_DIR = tmp_path / "spool"
    monkeypatch.setattr(batches, "PAUSE", 0)
    ClockReading.objects.all().delete()


def retained(at: datetime, *options: str) -> str:
    """Why `retain` refuses at this time; empty if it does not."""
    with time_machine.travel(at, tick=False):
        try:
            call_command("retain", *(options or ("--once",)))
        except CommandError as error:
            return str(error)
    return ""


@pytest.mark.parametrize("ahead", [timedelta(days=200), timedelta(days=8), UNSET - NOW, -2 * DAY, -400 * DAY])
@pytest.mark.parametrize("seen", [True, False])
def test_a_clock_that_jumps_deletes_nothing(shop: Project, ahead: timedelta, seen: bool) -> None:
    record(shop.pk, [thrown(received_at=NOW)], NOW)
    if seen:
        assert retained(NOW) == ""
    for options in (("--once",), ("--dry-run",)):
        assert "nothing is deleted for its age" in retained(NOW + ahead, *options)
    assert Event.objects.count() == 1
    # What the wrong clock said is forgotten.
    assert retained(NOW + 3 * DAY) == ""
    assert Event.objects.count() == 1


def test_time_goes_by(shop: Project, settings: Any) -> None:
    settings.RETAIN_DAYS = 30
    record(shop.pk, [thrown(received_at=NOW)], NOW)
    for days in range(0, 36, 6):
        assert Event.objects.count() == 1
        assert retained(NOW + timedelta(days=days)) == ""
    assert retained(NOW + 36 * DAY) == ""
    assert Event.objects.count() == 0
    assert retained(NOW + 36 * DAY - timedelta(hours=1)) == ""


def test_a_machine_that_was_off_for_long_goes_on_by_one_command(shop: Project) -> None:
    record(shop.pk, [thrown(received_at=NOW)], NOW)
    assert retained(NOW) == ""
    later = NOW + timedelta(days=200)
    assert trusted_clock.ACCEPT in retained(later)
    assert retained(later, "--accept-clock") == ""
    assert retained(later) == ""
    assert Event.objects.count() == 0


def test_a_clock_that_is_not_set_is_never_accepted() -> None:
    assert "cannot be" in retained(UNSET, "--accept-clock")
    assert not ClockReading.objects.exists()


def test_a_reading_of_a_clock_that_was_not_set_counts_for_nothing() -> None:
    trusted_clock.accept(UNSET)
    assert trusted_clock.doubt(NOW) is None


def test_doctor_and_metrics_say_so() -> None:
    trusted_clock.accept(NOW)
    for at, level, value in ((NOW, "ok", "1.0"), (NOW + 100 * DAY, "problem", "0.0")):
        with time_machine.travel(at, tick=False):
            (finding,) = machine.check_clock()
            text = exposition.text(at.timestamp()).decode()
        assert finding.level == level
        assert f"rustrak_clock_trusted {value}" in text


def test_sessions_that_last_longer_than_any_new_one_end(settings: Any) -> None:
    longest = timedelta(seconds=settings.SESSION_COOKIE_AGE)
    for name, expires in (("gone", -DAY), ("right", longest), ("wrong", longest + 400 * DAY)):
        Session.objects.create(session_key=name, session_data="", expire_date=NOW + expires)
    assert retained(NOW) == ""
    assert list(Session.objects.values_list("session_key", flat=True)) == ["right"]
