from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Project
from issues.alerts.channel import Sent
from issues.alerts.delivery import restored, run
from issues.alerts.delivery.journal import Journal
from issues.models import AlertDeliverer, AlertDelivery, AlertFact
from rustrak.lib import clock
from tests.lib import alerts, builders
from tests.lib.http_receiver import receiving

pytestmark = pytest.mark.django_db


@pytest.fixture
def directory(settings: Any) -> Path:
    return Path(settings.RUN_DIR)


def beat(directory: Path, times: int = 1) -> None:
    """As if a deliverer had been at work for so long."""
    for _ in range(times):
        AlertDeliverer.objects.update(beat_at=clock.now() - timedelta(minutes=1))
        assert restored.begin(directory, clock.now())


def set_back(beats: int, ago: timedelta) -> None:
    """As if the database were the backup of a while ago."""
    row = AlertDeliverer.objects.get()
    AlertDeliverer.objects.update(beats=row.beats - beats, beat_at=clock.now() - ago)


def test_a_database_in_use_counts_its_beats_but_not_every_run(directory: Path) -> None:
    assert restored.begin(directory, clock.now())
    assert AlertDeliverer.objects.get().beats == 1
    assert restored.begin(directory, clock.now())
    assert AlertDeliverer.objects.get().beats == 1
    beat(directory)
    row = AlertDeliverer.objects.get()
    assert row.beats == 2
    known = json.loads((directory / restored.NAME).read_text())
    assert (known["database"], known["beats"]) == (row.database.hex, 2)


def test_after_a_restore_nothing_old_is_sent(shop: Project, directory: Path, caplog: Any) -> None:
    beat(directory, 20)
    now = clock.now()
    hour = now - timedelta(hours=1)
    with receiving() as receiver:
        channel = alerts.channel(receiver.url)
        old = [alerts.delivery(shop, channel, builders.issue(shop, n), created_at=hour) for n in (1, 2)]
        collecting = alerts.delivery(shop, channel, status="collecting", created_at=hour)
        AlertFact.objects.create(project=shop, at=hour, changes=[["new", None, None], ["new", None, None]])
        Journal(directory).note(old[1].pk, Sent())
        set_back(10, timedelta(hours=1))
        assert run.run() == 0
        assert receiver.got == []
        # What happens afterwards is told.
        alerts.delivery(shop, channel, builders.issue(shop, 3))
        assert run.run() == 1
    assert [alerts.state(one) for one in (*old, collecting)] == ["dropped", "sent", "dropped"]
    old[0].refresh_from_db()
    assert old[0].reason == restored.REASON
    assert not AlertFact.objects.exists()
    row = AlertDeliverer.objects.get()
    assert row.not_told == 4
    assert row.restored_at is not None
    assert "was restored from a backup" in caplog.text


def test_after_an_outage_everything_is_sent(shop: Project, directory: Path) -> None:
    beat(directory, 20)
    week = clock.now() - timedelta(days=7)
    path = directory / restored.NAME
    path.write_text(json.dumps({**json.loads(path.read_text()), "at": week.timestamp()}))
    AlertDeliverer.objects.update(beat_at=week)
    with receiving() as receiver:
        channel = alerts.channel(receiver.url)
        for number, at in enumerate((week - timedelta(minutes=1), week + timedelta(days=1), clock.now()), 1):
            alerts.delivery(shop, channel, builders.issue(shop, number), created_at=at)
        assert run.run() == 3


@pytest.mark.parametrize(("shared", "lost"), [(True, restored.FEW_BEATS), (False, 1)])
def test_a_failover_or_a_power_failure_that_loses_a_little_is_no_restore(
    shop: Project, directory: Path, monkeypatch: Any, shared: bool, lost: int
) -> None:
    monkeypatch.setattr(restored, "_is_shared", lambda: shared)
    beat(directory, 20)
    hour = clock.now() - timedelta(hours=1)
    sent_already = alerts.delivery(shop, alerts.channel(), builders.issue(shop))
    set_back(lost, timedelta(minutes=2))
    Journal(directory).note(sent_already.pk, Sent())
    with receiving() as receiver:
        alerts.delivery(shop, alerts.channel(receiver.url), builders.issue(shop, 2), created_at=hour)
        assert run.run() == 1
    assert alerts.state(sent_already) == "sent"


def test_a_backup_of_minutes_ago_is_one(shop: Project, directory: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(restored, "_is_shared", lambda: False)
    beat(directory, 4)
    old = alerts.delivery(
        shop, alerts.channel(), builders.issue(shop), created_at=clock.now() - timedelta(minutes=1)
    )
    set_back(2, timedelta(minutes=2))
    assert restored.begin(directory, clock.now())
    assert alerts.state(old) == "dropped"


def test_a_backup_on_another_machine_sends_nothing_old(shop: Project, directory: Path) -> None:
    beat(directory, 3)
    hour = clock.now() - timedelta(hours=1)
    (directory / restored.NAME).unlink()
    AlertDeliverer.objects.update(beat_at=hour)
    with receiving() as receiver:
        channel = alerts.channel(receiver.url)
        before = alerts.delivery(shop, channel, builders.issue(shop), created_at=hour - timedelta(minutes=5))
        after = alerts.delivery(
            shop, channel, builders.issue(shop, 2), created_at=hour + timedelta(minutes=5)
        )
        assert run.run() == 1
    assert [alerts.state(one) for one in (before, after)] == ["dropped", "sent"]


@pytest.mark.parametrize("shared", [False, True])
def test_a_fresh_copy_sends_nothing_old_either(
    shop: Project, directory: Path, time_machine: Any, monkeypatch: Any, shared: bool
) -> None:
    monkeypatch.setattr(restored, "_is_shared", lambda: shared)
    time_machine.move_to("2026-11-01T12:00:00Z", tick=False)
    beat(directory, 3)
    (directory / restored.NAME).unlink()
    AlertDeliverer.objects.update(beat_at=clock.now())
    made = clock.now() - timedelta(seconds=5)
    old = alerts.delivery(shop, alerts.channel(), builders.issue(shop), created_at=made)
    if shared:  # somebody else may be at work on it
        for _ in range(3):
            assert not restored.begin(directory, clock.now())
            time_machine.shift(20)
        assert alerts.state(old) == "waiting"
        time_machine.shift(60)
    assert restored.begin(directory, clock.now())
    assert alerts.state(old) == "dropped"


def test_a_second_machine_joins_the_first(
    shop: Project, directory: Path, tmp_path: Path, time_machine: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(restored, "_is_shared", lambda: True)
    time_machine.move_to("2026-11-01T12:00:00Z", tick=False)
    beat(directory, 3)
    AlertDeliverer.objects.update(beat_at=clock.now())
    waiting = alerts.delivery(shop, alerts.channel(), builders.issue(shop))
    assert not restored.begin(tmp_path / "other", clock.now())
    time_machine.shift(30)
    assert restored.begin(directory, clock.now())
    assert restored.begin(tmp_path / "other", clock.now())
    assert alerts.state(waiting) == "waiting"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"database": "x", "beats": 1, "at": 1e300, "watching": 0}', b"\xff"]
)
def test_a_spoiled_file_is_written_anew(directory: Path, content: bytes) -> None:
    beat(directory, 2)
    (directory / restored.NAME).write_bytes(content)
    AlertDeliverer.objects.update(beat_at=clock.now() - timedelta(hours=1))
    assert restored.begin(directory, clock.now())
    assert json.loads((directory / restored.NAME).read_text())["beats"] == 3


def test_a_disk_that_cannot_be_written_drops_nothing(
    shop: Project, directory: Path, monkeypatch: Any
) -> None:
    beat(directory, 2)
    one = alerts.delivery(
        shop, alerts.channel(), builders.issue(shop), created_at=clock.now() - timedelta(hours=2)
    )

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(restored, "_write", full)
    assert restored.begin(directory, clock.now() + timedelta(minutes=5))
    (directory / restored.NAME).unlink()
    AlertDeliverer.objects.update(beat_at=clock.now() - timedelta(hours=1))
    with pytest.raises(OSError, match="No space"):
        restored.begin(directory, clock.now())
    assert alerts.state(one) == "waiting"


def test_dropping_all_that_waits(shop: Project, directory: Path) -> None:
    now = clock.now()
    waiting = alerts.delivery(shop, alerts.channel(), builders.issue(shop))
    sent = alerts.delivery(shop, alerts.channel(), status="sent")
    AlertFact.objects.create(project=shop, at=now, changes=[["new", None, None]])
    assert restored.drop_waiting("Because.", clock.now(), directory, now) == (1, 1)
    assert [alerts.state(one) for one in (waiting, sent)] == ["dropped", "sent"]
    assert AlertDelivery.objects.get(pk=waiting.pk).reason == "Because."
