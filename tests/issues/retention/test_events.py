from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command

from accounts.models import Project
from issues.models import Event, Grouping, Issue, IssueHour, IssuePerson, Reference
from issues.record import codec, references
from issues.record.writer import record
from issues.retention import batches
from issues.retention.events import POLICY, preview
from tests.lib.occurrences import NOW, kinds, thrown


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "PAUSE", 0)


def retain(now: datetime) -> int:
    return batches.enforce(POLICY, now)


def counts(project: Project) -> tuple[int, int, int]:
    project.refresh_from_db()
    return (
        project.digested_event_count,
        project.stored_event_count,
        Event.objects.filter(project=project).count(),
    )


def test_old_events_are_deleted(shop: Project, settings) -> None:
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


def test_events_worth_least_are_deleted_beyond_the_number(shop: Project, settings) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 3
    other = Project.objects.create(name="Other", slug="other")
    record(shop.pk, [thrown("A"), thrown("A"), thrown("B"), thrown("A"), thrown("B")], NOW)
    record(other.pk, [thrown(), thrown(), thrown()], NOW)
    assert retain(NOW) == 2
    assert counts(shop) == (5, 3, 3)
    assert counts(other) == (3, 3, 3)
    kept = Event.objects.filter(project=shop).order_by("id").values_list("issue__type", "digest_order")
    assert list(kept) == [("A", 1), ("B", 1), ("B", 2)]


def test_zero_keeps_everything(shop: Project, settings) -> None:
    settings.RETAIN_DAYS = settings.RETAIN_EVENTS_PER_PROJECT = 0
    old = NOW - timedelta(days=3000)
    record(shop.pk, [thrown(received_at=old)], old)
    assert retain(NOW) == 0


def test_it_works_in_batches(shop: Project, settings) -> None:
    settings.RETAIN_DAYS, settings.RETAIN_EVENTS_PER_PROJECT = 30, 4
    old = NOW - timedelta(days=31)
    record(shop.pk, [thrown("A", received_at=old) for _ in range(5)], old)
    record(shop.pk, [thrown("A") for _ in range(9)], NOW)
    assert batches.enforce(replace(POLICY, first_batch=2), NOW) == 10
    assert counts(shop) == (14, 4, 4)


def test_a_count_that_is_wrong_ends_the_loop(shop: Project, settings) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 1
    Project.objects.update(stored_event_count=10)
    assert retain(NOW) == 0


def test_numbering_continues_after_events_were_deleted(shop: Project, settings) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 1
    record(shop.pk, [thrown(), thrown()], NOW)
    retain(NOW)
    assert kinds(record(shop.pk, [thrown()], NOW)) == ["event"]
    assert list(Event.objects.order_by("id").values_list("digest_order", flat=True)) == [1, 3]


def test_a_projects_own_limits_take_precedence(shop: Project, settings) -> None:
    settings.RETAIN_DAYS, settings.RETAIN_EVENTS_PER_PROJECT = 30, 2
    free = Project.objects.create(name="Free", slug="free", retain_days=0, retain_events=0)
    strict = Project.objects.create(name="Strict", slug="strict", retain_days=5, retain_events=1)
    old = NOW - timedelta(days=10)
    for project in (shop, free, strict):
        record(project.pk, [thrown(received_at=old) for _ in range(2)], old)
        record(project.pk, [thrown() for _ in range(2)], NOW)
    assert {due.project.slug: (due.too_old, due.too_many) for due in preview(NOW)} == {
        "shop": (0, 2),
        "free": (0, 0),
        "strict": (2, 1),
    }
    assert retain(NOW) == 5
    assert [counts(project)[1] for project in (shop, free, strict)] == [2, 4, 1]


def test_a_flood_loses_its_middle_and_rare_issues_keep_theirs(shop: Project, settings) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 200
    rare = [thrown(f"Rare {number}") for number in range(20) for _ in range(2)]
    record(shop.pk, rare, NOW)
    for _ in range(4):
        record(shop.pk, [thrown("Flood") for _ in range(300)], NOW)
    Issue.objects.filter(type="Flood").update(status=Issue.Status.RESOLVED, resolution=Issue.Resolution.NOW)
    (back,) = record(shop.pk, [thrown("Flood")], NOW)
    record(shop.pk, [thrown("Flood") for _ in range(300)], NOW)
    retain(NOW)
    assert counts(shop) == (1541, 200, 200)
    assert Event.objects.filter(issue__type__startswith="Rare").count() == 40
    flood = Issue.objects.get(type="Flood")
    kept = list(
        Event.objects.filter(issue=flood).order_by("digest_order").values_list("digest_order", flat=True)
    )
    assert kept[0] == 1
    assert kept[-10:] == list(range(1492, 1502))
    assert Event.objects.filter(pk=back.event_id).exists()
    # The events that are left of the middle are spread evenly over it.
    assert max(later - earlier for earlier, later in itertools.pairwise(kept)) <= 32
    assert flood.stored_event_count == len(kept)
    stored = Event.objects.filter(project=shop).values_list("payload", flat=True)
    assert len(references.read(list(stored))) == 200


def test_references_are_deleted_with_their_last_event(shop: Project, settings) -> None:
    settings.RETAIN_DAYS = 30
    old = NOW - timedelta(days=31)
    record(shop.pk, [thrown("A", received_at=old) for _ in range(20)], old)
    assert Reference.objects.get().uses > 0
    retain(NOW)
    assert not Reference.objects.exists()
    assert not Event.objects.exists()


def test_first_and_latest_events_are_deleted_last(shop: Project, settings) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 3
    record(shop.pk, [thrown("A") for _ in range(30)], NOW)
    retain(NOW)
    kept = Event.objects.order_by("digest_order").values_list("digest_order", flat=True)
    assert 1 in kept
    assert len(kept) == 3


@pytest.mark.parametrize("steps", [[40, -25, 60, -30], [5, -1, 1, -1, 7, -3], [200, -199, 3, -2]])
def test_counters_equal_rows_after_any_mix(shop: Project, settings, steps: list[int]) -> None:
    for step in steps:
        if step > 0:
            record(shop.pk, [thrown(f"E{number % 4}") for number in range(step)], NOW)
        else:
            shop.refresh_from_db()
            settings.RETAIN_EVENTS_PER_PROJECT = max(1, shop.stored_event_count + step)
            retain(NOW)
        shop.refresh_from_db()
        assert shop.stored_event_count == Event.objects.filter(project=shop).count()
        for issue in Issue.objects.filter(project=shop):
            assert issue.stored_event_count == issue.events.count()
            if issue.stored_event_count:
                assert issue.events.filter(digest_order=1).exists() or settings.RETAIN_EVENTS_PER_PROJECT < 4
        uses = Counter(
            key
            for payload in Event.objects.values_list("payload", flat=True)
            if (key := codec.reference_id(payload)) is not None
        )
        assert dict(Reference.objects.values_list("pk", "uses")) == dict(uses)


def test_a_dry_run_deletes_nothing(shop: Project, settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 1
    record(shop.pk, [thrown(), thrown()], NOW)
    call_command("retain", "--dry-run")
    assert "shop: 2 events stored, 0 older than 90 days, 1 more than 1" in capsys.readouterr().out
    assert Event.objects.count() == 2


def test_retain_once(transactional_db: None, settings) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 1
    shop = Project.objects.create(name="Shop", slug="shop")
    record(shop.pk, [thrown(), thrown()], NOW)
    call_command("retain", "--once")
    assert Event.objects.count() == 1
