from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts import projects
from accounts.models import Project, User
from issues import files, lifecycle
from issues.models import Attachment, Event, Issue, UserReport
from issues.record import attachments
from issues.record.writer import record
from issues.retention import attachments as attachment_retention
from issues.retention import events, pace
from issues.retention.attachments import retain, sweep
from rustrak.lib import clock, ids
from tests.issues.record.test_writer import thrown
from tests.lib.received import Elsewhere, file_item, files_below, keep, kept, report, said_item

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "PAUSE", 0)


def aged(project: Project, days: int, data: bytes = b"x") -> None:
    keep(project, file_item(data, at=clock.now() - timedelta(days=days)))


def test_attachments_past_their_days_go_with_their_files(
    shop: Project, stored: Path, settings: Any, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(attachment_retention, "_FIRST", 2)
    settings.RETAIN_ATTACHMENT_DAYS = 30
    for days in (31, 32, 33, 34, 35, 29, 0):
        aged(shop, days)
    with django_capture_on_commit_callbacks(execute=True):
        assert retain(clock.now()) == 5
    assert sorted(files_below(stored)) == sorted(Attachment.objects.values_list("file", flat=True))
    assert Attachment.objects.count() == 2


Told = list[tuple[int, str, Mapping[str, int]]]


def test_it_is_told_what_goes_and_why(shop: Project, stored: Path, settings: Any) -> None:
    settings.RETAIN_ATTACHMENT_DAYS, settings.RETAIN_DAYS, settings.RETAIN_EVENTS_PER_PROJECT = 30, 90, 2
    told: Told = []
    for days in (31, 40, 50, 29):
        aged(shop, days)
    for days in (91, 10, 9, 8):
        report(shop, said_item({"comments": str(days)}, ago=timedelta(days=days)))
    retain(clock.now(), lambda *what: told.append(what))
    assert told == [
        (shop.pk, "too_old", {"attachment": 3}),
        (shop.pk, "too_old", {"user_report": 1}),
        (shop.pk, "too_many", {"user_report": 1}),
    ]


def test_it_is_told_what_goes_with_an_event(shop: Project, stored: Path, settings: Any) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 1
    now = clock.now()
    told: Told = []
    record(shop.pk, [old := thrown("Old", received_at=now), thrown("New", received_at=now)], now)
    for name in ("a.log", "b.log", "c.log"):
        kept(shop, b"x", old.event_id, filename=name)
    events.retain(now, lambda *what: told.append(what))
    assert told == [(shop.pk, "too_many", {"event": 1, "attachment": 3})]


def test_a_project_says_how_long_and_how_many_reports_it_keeps(shop: Project) -> None:
    Project.objects.filter(pk=shop.pk).update(retain_days=5, retain_events=1)
    for days in (6, 4, 3):
        report(shop, said_item({"comments": str(days)}, ago=timedelta(days=days)))
    retain(clock.now())
    assert [row.comments for row in UserReport.objects.all()] == ["3"]


def test_no_days_is_no_limit(shop: Project, stored: Path, settings: Any) -> None:
    settings.RETAIN_ATTACHMENT_DAYS = settings.RETAIN_DAYS = 0
    aged(shop, 4000)
    report(shop, said_item({"comments": "x"}, ago=timedelta(days=4000)))
    assert retain(clock.now()) == 0
    assert Attachment.objects.count() == UserReport.objects.count() == 1


def test_reports_go_with_the_days_of_events(shop: Project, settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(attachment_retention, "_FIRST", 2)
    settings.RETAIN_DAYS = 90
    for days in (91, 92, 93, 89):
        report(shop, said_item({"comments": str(days)}, ago=timedelta(days=days)))
    retain(clock.now())
    assert [row.comments for row in UserReport.objects.all()] == ["89"]


def test_a_project_keeps_so_many_reports(shop: Project, settings: Any) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 2
    other = Project.objects.create(name="Other", slug="other")
    for minutes in range(4):
        report(shop, said_item({"comments": str(minutes)}, ago=timedelta(minutes=minutes)))
    report(other, said_item({"comments": "other"}))
    retain(clock.now())
    assert sorted(row.comments for row in UserReport.objects.all()) == ["0", "1", "other"]


def test_a_files_row_stays_gone_when_the_storage_is_away(
    shop: Project, elsewhere: type[Elsewhere], settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.RETAIN_ATTACHMENT_DAYS = 30
    aged(shop, 31)
    elsewhere.down = RuntimeError("no such bucket")
    with django_capture_on_commit_callbacks(execute=True):
        assert retain(clock.now()) == 1
    elsewhere.down = None
    assert len(elsewhere.kept) == 1
    assert sweep(clock.now() + timedelta(days=8), whole=True) == 1
    assert elsewhere.kept == {}


def test_they_go_with_an_event_that_grew_too_old(
    shop: Project, stored: Path, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 1
    now = clock.now()
    old, new = thrown("Old", received_at=now), thrown("New", received_at=now)
    record(shop.pk, [old, new], now)
    for event in (old, new):
        kept(shop, b"x", event.event_id)
    waiting = kept(shop, b"x")
    with django_capture_on_commit_callbacks(execute=True):
        events.retain(now)
    assert set(Attachment.objects.values_list("event_id", flat=True)) == {
        Event.objects.get().event_id,
        waiting.event_id,
    }
    assert len(list(files_below(stored))) == 2


def test_they_go_with_their_issue(
    shop: Project, stored: Path, ana: User, django_capture_on_commit_callbacks: Any
) -> None:
    now = clock.now()
    one, two = thrown("One", received_at=now), thrown("Two", received_at=now)
    record(shop.pk, [one, two], now)
    for event in (one, two):
        kept(shop, b"x", event.event_id)
        report(shop, said_item({"comments": "x", "event_id": event.event_id}))
    with django_capture_on_commit_callbacks(execute=True):
        lifecycle.delete(Issue.objects.filter(type="One"), by=ana)
    left = Event.objects.get().event_id
    assert Attachment.objects.get().event_id == UserReport.objects.get().event_id == left
    assert len(list(files_below(stored))) == 1


def test_a_deleted_projects_files_go_at_the_next_sweep(shop: Project, stored: Path) -> None:
    other = Project.objects.create(name="Other", slug="other")
    kept(other, b"x")
    for _ in range(3):
        kept(shop, b"x")
    pk = shop.pk
    projects.delete(shop)
    assert sweep(clock.now()) == 3
    assert not (stored / str(pk)).exists()
    assert len(list(files_below(stored))) == 1


def test_a_file_without_a_row_goes_when_it_is_old(shop: Project, stored: Path, settings: Any) -> None:
    settings.RETAIN_ATTACHMENT_DAYS = 0
    at = datetime(2026, 3, 1, tzinfo=UTC)
    with_row = kept(shop, b"row", at=at)
    fresh, old = attachments.stage(shop.pk, [file_item(b"fresh", at=at), file_item(b"old", at=at)])
    age = (clock.now() - timedelta(days=8)).timestamp()
    for key in (with_row.file, old.key):
        os.utime(stored / key, (age, age))
    assert sweep(clock.now(), whole=True) == 1
    assert sorted(files_below(stored)) == sorted([with_row.file, fresh.key])


def test_a_file_that_waited_long_in_the_spool_is_not_swept(
    shop: Project, stored: Path, tmp_path: Path
) -> None:
    path = tmp_path / "1.blob"
    path.write_bytes(b"x")
    os.utime(path, (0, 0))
    attachments.stage(shop.pk, [file_item(path)])
    assert sweep(clock.now(), whole=True) == 0


def test_every_directory_has_its_turn_within_a_day(shop: Project, elsewhere: type[Elsewhere]) -> None:
    for month in range(1, 10):
        elsewhere.kept[f"{shop.pk}/2026-{month:02}/{ids.new_event_id()}"] = (
            b"",
            datetime(2026, 1, 1, tzinfo=UTC),
        )
    now = clock.now()
    swept = [sweep(now + timedelta(seconds=600 * turn)) for turn in range(attachment_retention.PARTS)]
    assert sum(swept) == 9
    assert max(swept) < 9


def test_what_is_not_ours_stays(shop: Project, stored: Path) -> None:
    for name in ("README", "lost+found/x", "backup/2026-01/x"):
        (stored / name).parent.mkdir(parents=True, exist_ok=True)
        (stored / name).write_bytes(b"")
        os.utime(stored / name, (0, 0))
    assert sweep(clock.now(), whole=True) == 0
    assert len(list(files_below(stored))) == 3


def test_empty_directories_go(shop: Project, stored: Path) -> None:
    for month in ("2026-01", f"{clock.now():%Y-%m}"):
        (stored / str(shop.pk) / month).mkdir(parents=True)
    sweep(clock.now(), whole=True)
    assert [path.name for path in (stored / str(shop.pk)).iterdir()] == [f"{clock.now():%Y-%m}"]


def test_where_there_is_nothing_nothing_happens(shop: Project, stored: Path) -> None:
    assert sweep(clock.now(), whole=True) == 0
    assert files.remove(["1/2026-01/none"]) == 1


@pytest.mark.django_db(transaction=True)
def test_the_loop_does_it(shop: Project, stored: Path) -> None:
    aged(shop, 31)
    call_command("retain", "--once")
    assert list(files_below(stored)) == []
