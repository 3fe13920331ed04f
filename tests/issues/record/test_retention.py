from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command

from accounts.models import Project
from issues.models import Event, Grouping, Issue, IssueHour, IssuePerson
from issues.record import retention
from issues.record.retention import retain
from issues.record.writer import record
from tests.issues.record.test_writer import NOW, kinds, thrown


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_PAUSE", 0)


def counts(project: Project) -> tuple[int, int, int]:
    project.refresh_from_db()
    return (
        project.digested_event_count,
        project.stored_event_count,
        Event.objects.filter(project=project).count(),
    )


def test_events_past_their_days_go(shop: Project, settings) -> None:
    settings.RETAIN_DAYS = 30
    old = NOW - timedelta(days=31)
    record(shop.pk, [thrown("Old", received_at=old), thrown("Both", received_at=old)], old)
    record(shop.pk, [thrown("Both", user={"id": 1}), thrown("New")], NOW)
    assert retain(NOW) == 2
    assert counts(shop) == (4, 2, 2)
    kept = Issue.objects.order_by("digest_order").values_list(
        "type", "event_count", "stored_event_count", "user_count"
    )
    assert list(kept) == [("Old", 1, 0, 0), ("Both", 2, 1, 1), ("New", 1, 1, 0)]
    assert (Grouping.objects.count(), IssueHour.objects.count(), IssuePerson.objects.count()) == (3, 4, 1)
    assert retain(NOW) == 0


def test_an_event_exactly_as_old_as_allowed_stays(shop: Project, settings) -> None:
    settings.RETAIN_DAYS = 30
    edge = NOW - timedelta(days=30)
    record(shop.pk, [thrown(received_at=edge)], edge)
    assert retain(NOW) == 0
    assert retain(NOW + timedelta(microseconds=1)) == 1


def test_the_oldest_beyond_the_number_go(shop: Project, settings) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 3
    other = Project.objects.create(name="Other", slug="other")
    record(shop.pk, [thrown("A"), thrown("A"), thrown("B"), thrown("A"), thrown("B")], NOW)
    record(other.pk, [thrown(), thrown(), thrown()], NOW)
    assert retain(NOW) == 2
    assert counts(shop) == (5, 3, 3)
    assert counts(other) == (3, 3, 3)
    kept = Event.objects.filter(project=shop).order_by("id").values_list("issue__type", "digest_order")
    assert list(kept) == [("B", 1), ("A", 3), ("B", 2)]


def test_zero_keeps_everything(shop: Project, settings) -> None:
    settings.RETAIN_DAYS = settings.RETAIN_EVENTS_PER_PROJECT = 0
    old = NOW - timedelta(days=3000)
    record(shop.pk, [thrown(received_at=old)], old)
    assert retain(NOW) == 0


def test_it_works_in_portions(shop: Project, settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_PORTION", 2)
    settings.RETAIN_DAYS, settings.RETAIN_EVENTS_PER_PROJECT = 30, 4
    old = NOW - timedelta(days=31)
    record(shop.pk, [thrown("A", received_at=old) for _ in range(5)], old)
    record(shop.pk, [thrown("A") for _ in range(9)], NOW)
    assert retain(NOW) == 10
    assert counts(shop) == (14, 4, 4)


def test_a_count_that_is_wrong_ends_the_loop(shop: Project, settings) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 1
    Project.objects.update(stored_event_count=10)
    assert retain(NOW) == 0


def test_numbers_go_on_after_events_went(shop: Project, settings) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 1
    record(shop.pk, [thrown(), thrown()], NOW)
    retain(NOW)
    assert kinds(record(shop.pk, [thrown()], NOW)) == ["event"]
    assert list(Event.objects.order_by("id").values_list("digest_order", flat=True)) == [2, 3]


def test_retain_once(transactional_db: None, settings) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 1
    shop = Project.objects.create(name="Shop", slug="shop")
    record(shop.pk, [thrown(), thrown()], NOW)
    call_command("retain", "--once")
    assert Event.objects.count() == 1
