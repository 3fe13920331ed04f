from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Project, User
from issues import lifecycle
from issues.models import Attachment, Event, Issue, UserReport
from issues.record.writer import record
from issues.retention import batches, events
from issues.retention.batches import OnEvicted, ignore_eviction
from issues.retention.orphaned_files import sweep
from issues.retention.policies import POLICIES
from rustrak.lib import clock
from tests.lib.attachments import file_item, files_below, keep, kept
from tests.lib.occurrences import thrown
from tests.lib.remote_storage import Elsewhere
from tests.lib.user_reports import report, said_item

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PAUSE", 0)


def retain(on_evicted: OnEvicted = ignore_eviction, first_batch: int = 50) -> int:
    """Enforce the policies of attachments and user reports. Returns the number of deleted attachments."""
    by_name = {policy.name: replace(policy, first_batch=first_batch) for policy in POLICIES}
    deleted = batches.enforce(by_name["attachments"], clock.now(), on_evicted)
    batches.enforce(by_name["user reports"], clock.now(), on_evicted)
    return deleted


def aged(project: Project, days: int, data: bytes = b"x") -> None:
    keep(project, file_item(data, at=clock.now() - timedelta(days=days)))


def test_old_attachments_are_deleted_with_their_files(
    shop: Project, stored: Path, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.RETAIN_ATTACHMENT_DAYS = 30
    for days in (31, 32, 33, 34, 35, 29, 0):
        aged(shop, days)
    with django_capture_on_commit_callbacks(execute=True):
        assert retain(first_batch=2) == 5
    assert sorted(files_below(stored)) == sorted(Attachment.objects.values_list("file", flat=True))
    assert Attachment.objects.count() == 2


Evicted = list[tuple[int, str, Mapping[str, int]]]


def test_what_is_evicted_is_reported_with_its_reason(shop: Project, stored: Path, settings: Any) -> None:
    settings.RETAIN_ATTACHMENT_DAYS, settings.RETAIN_DAYS, settings.RETAIN_EVENTS_PER_PROJECT = 30, 90, 2
    evicted: Evicted = []
    for days in (31, 40, 50, 29):
        aged(shop, days)
    for days in (91, 10, 9, 8):
        report(shop, said_item({"comments": str(days)}, ago=timedelta(days=days)))
    retain(lambda *what: evicted.append(what))
    assert evicted == [
        (shop.pk, "too_old", {"attachment": 3}),
        (shop.pk, "too_old", {"user_report": 1}),
        (shop.pk, "too_many", {"user_report": 1}),
    ]


def test_what_is_evicted_with_an_event_is_reported(shop: Project, stored: Path, settings: Any) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 1
    now = clock.now()
    evicted: Evicted = []
    record(shop.pk, [old := thrown("Old", received_at=now), thrown("New", received_at=now)], now)
    for name in ("a.log", "b.log", "c.log"):
        kept(shop, b"x", old.event_id, filename=name)
    batches.enforce(events.POLICY, now, lambda *what: evicted.append(what))
    assert evicted == [(shop.pk, "too_many", {"event": 1, "attachment": 3})]


def test_a_project_has_its_own_limits_for_reports(shop: Project) -> None:
    Project.objects.filter(pk=shop.pk).update(retain_days=5, retain_events=1)
    for days in (6, 4, 3):
        report(shop, said_item({"comments": str(days)}, ago=timedelta(days=days)))
    retain()
    assert [row.comments for row in UserReport.objects.all()] == ["3"]


def test_zero_days_keep_everything(shop: Project, stored: Path, settings: Any) -> None:
    settings.RETAIN_ATTACHMENT_DAYS = settings.RETAIN_DAYS = 0
    aged(shop, 4000)
    report(shop, said_item({"comments": "x"}, ago=timedelta(days=4000)))
    assert retain() == 0
    assert Attachment.objects.count() == UserReport.objects.count() == 1


def test_reports_are_kept_as_long_as_events(shop: Project, settings: Any) -> None:
    settings.RETAIN_DAYS = 90
    for days in (91, 92, 93, 89):
        report(shop, said_item({"comments": str(days)}, ago=timedelta(days=days)))
    retain(first_batch=2)
    assert [row.comments for row in UserReport.objects.all()] == ["89"]


def test_a_project_keeps_a_bounded_number_of_reports(shop: Project, settings: Any) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 2
    other = Project.objects.create(name="Other", slug="other")
    for minutes in range(4):
        report(shop, said_item({"comments": str(minutes)}, ago=timedelta(minutes=minutes)))
    report(other, said_item({"comments": "other"}))
    retain()
    assert sorted(row.comments for row in UserReport.objects.all()) == ["0", "1", "other"]


def test_a_row_is_deleted_when_the_storage_is_unavailable(
    shop: Project, elsewhere: type[Elsewhere], settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.RETAIN_ATTACHMENT_DAYS = 30
    aged(shop, 31)
    elsewhere.down = RuntimeError("no such bucket")
    with django_capture_on_commit_callbacks(execute=True):
        assert retain() == 1
    elsewhere.down = None
    assert len(elsewhere.kept) == 1
    assert sweep(clock.now() + timedelta(days=8), whole=True) == 1
    assert elsewhere.kept == {}


def test_attachments_are_deleted_with_an_evicted_event(
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
        batches.enforce(events.POLICY, now)
    assert set(Attachment.objects.values_list("event_id", flat=True)) == {
        Event.objects.get().event_id,
        waiting.event_id,
    }
    assert len(list(files_below(stored))) == 2


def test_attachments_and_reports_are_deleted_with_their_issue(
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


@pytest.mark.django_db(transaction=True)
def test_the_command_deletes_old_attachments(shop: Project, stored: Path) -> None:
    aged(shop, 31)
    call_command("retain", "--once")
    assert list(files_below(stored)) == []
