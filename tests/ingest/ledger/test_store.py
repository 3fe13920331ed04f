from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Project
from ingest.digest import checkpoint
from ingest.ledger import retention, store, summary
from ingest.ledger.outcomes import LedgerKey, Outcome
from ingest.models import OutcomeCount, SegmentProgress
from issues.lock import lock_project
from issues.record.writer import record
from issues.retention.batches import enforce
from tests.issues.record.test_writer import thrown

NOW = datetime(2026, 11, 23, 12, 34, 56, tzinfo=UTC)
MINUTE = int(NOW.timestamp()) // 60
MONTH = timedelta(days=30)


def key(
    project: Project, outcome: str, reason: str = "", *, minute: int = MINUTE, name: str = "error"
) -> LedgerKey:
    return LedgerKey(project.pk, minute, name, outcome, reason)


def test_a_summary_in_words_and_sums(shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    store.add(
        {
            key(shop, "accepted"): 100,
            key(shop, "stored"): 60,
            key(shop, "salvaged"): 1,
            key(shop, "duplicate"): 9,
            key(shop, "sampled", "SHOP-1"): 5,
            key(shop, "filtered", "localhost"): 15,
            key(shop, "filtered", "web_crawlers"): 5,
            key(shop, "invalid", "unreadable"): 3,
            key(shop, "filtered", "allowed_origins"): 7,
            key(shop, "too_large", "too_large_event"): 4,
            key(shop, "unauthenticated", "unknown_key"): 2,
            key(shop, "unsupported", name="span"): 11,
            key(shop, "client_discard", "before_send"): 1000,
            key(shop, "evicted", "too_old"): 1000,
            key(shop, "teleported"): 1000,
            key(other, "accepted"): 1000,
        }
    )
    with CaptureQueriesContext(connection) as queries:
        found = summary.summarize(shop.pk, NOW - timedelta(hours=1), NOW)
    assert len(queries) == 2
    assert found.received == 100 + 7 + 4 + 2 + 11
    assert found.unknown == 100 - 60 - 1 - 9 - 5 - 20 - 3
    assert found.by_outcome[Outcome.FILTERED] == 27
    assert found.by_category["span"] == {Outcome.UNSUPPORTED: 11}
    assert found.reasons(Outcome.FILTERED) == {"localhost": 15, "allowed_origins": 7, "web_crawlers": 5}
    assert found.not_kept == {"span": 11}
    assert summary.summarize(shop.pk, NOW - MONTH, NOW, category="span").received == 11
    assert summary.summarize(shop.pk, NOW - timedelta(hours=2), NOW - timedelta(hours=1)).counts == ()


@pytest.mark.parametrize(
    ("span", "step", "number"),
    [
        (timedelta(hours=1), timedelta(minutes=1), 61),
        (timedelta(days=1), timedelta(hours=1), 25),
        (MONTH, timedelta(days=1), 31),
    ],
)
def test_a_series_without_gaps(shop: Project, span: timedelta, step: timedelta, number: int) -> None:
    for minute in (MINUTE, MINUTE - 7, MINUTE - 60, MINUTE - 1440):
        store.add({key(shop, "stored", minute=minute): 2, key(shop, "accepted", minute=minute): 2})
    found = summary.summarize(shop.pk, NOW - span, NOW)
    assert found.step == step
    starts = [bucket.start for bucket in found.buckets]
    assert len(starts) == number
    assert starts[0] == found.since
    assert {later - earlier for earlier, later in zip(starts, starts[1:], strict=False)} == {step}
    assert starts[-1] <= NOW < starts[-1] + step
    assert (
        sum(bucket.quantities.get(Outcome.STORED, 0) for bucket in found.buckets)
        == found.by_outcome[Outcome.STORED]
    )
    assert not any(Outcome.ACCEPTED in bucket.quantities for bucket in found.buckets)


def test_what_goes_again_is_counted_by_category(shop: Project) -> None:
    with transaction.atomic():
        for _ in range(2):
            store.add_evicted(shop.pk, "too_old", {"event": 2, "attachment": 3, "user_report": 0}, now=NOW)
    found = summary.summarize(shop.pk, NOW - timedelta(hours=1), NOW)
    assert (found.of(Outcome.EVICTED, "error"), found.of(Outcome.EVICTED, "attachment")) == (4, 6)
    assert found.of(Outcome.EVICTED) == 10
    assert found.received == 0


def test_what_is_not_kept_this_week(shop: Project) -> None:
    for days, quantity in ((0, 1), (6, 10), (8, 100)):
        minute = MINUTE - days * 1440
        store.add({key(shop, "unsupported", minute=minute, name="span"): quantity})
    store.add({key(shop, "unsupported", name="log_item"): 5, key(shop, "stored"): 5})
    assert summary.not_kept(shop.pk, NOW) == {"log_item": 5, "span": 11}


def rows() -> list[tuple[int, str, int]]:
    return list(
        OutcomeCount.objects.order_by("minute", "outcome").values_list("minute", "outcome", "quantity")
    )


def retain(now: datetime) -> None:
    for policy in retention.POLICIES:
        enforce(policy, now)


def test_old_minutes_become_hours_and_days(shop: Project) -> None:
    day = MINUTE - MINUTE % 1440
    recent = [day - 1440, MINUTE]
    for minute in [
        *range(day - 20 * 1440, day - 19 * 1440),
        *range(day - 5 * 1440, day - 5 * 1440 + 90),
        *recent,
    ]:
        store.add({key(shop, "stored", minute=minute): 1, key(shop, "accepted", minute=minute): 2})
    before = summary.summarize(shop.pk, NOW - MONTH, NOW)
    for _ in range(2):
        retain(NOW)
        assert [row for row in rows() if row[1] == "stored"] == [
            (day - 20 * 1440, "stored", 1440),
            (day - 5 * 1440, "stored", 60),
            (day - 5 * 1440 + 60, "stored", 30),
            (day - 1440, "stored", 1),
            (MINUTE, "stored", 1),
        ]
        assert summary.summarize(shop.pk, NOW - MONTH, NOW) == before
    # What comes late is summed up the next time.
    store.add({key(shop, "stored", minute=day - 20 * 1440 + 5): 3})
    retain(NOW)
    assert rows()[1] == (day - 20 * 1440, "stored", 1443)


def test_after_400_days_it_is_forgotten(shop: Project) -> None:
    day = MINUTE - MINUTE % 1440
    for days in (399, 401):
        store.add({key(shop, "stored", minute=day - days * 1440): 1})
    retain(NOW)
    assert rows() == [(day - 399 * 1440, "stored", 1)]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_while_it_is_summed_up(shop: Project) -> None:
    old = MINUTE - 3 * 1440
    failures: list[BaseException] = []

    def digest() -> None:
        try:
            for number in range(60):
                with transaction.atomic():
                    lock_project(shop.pk)
                    Project.objects.select_for_update(no_key=True).filter(pk=shop.pk).first()
                    store.add({key(shop, "stored", minute=old + number % 7): 1})
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=digest) for _ in range(2)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        retain(NOW)
    for thread in threads:
        thread.join()
    assert failures == []
    retain(NOW)
    assert sum(quantity for _, _, quantity in rows()) == 120
    assert {minute % 60 for minute, _, _ in rows()} == {0}


@pytest.mark.django_db(transaction=True)
def test_the_command_does_all_of_it(shop: Project, settings: Any, tmp_path: Path) -> None:
    settings.RETAIN_EVENTS_PER_PROJECT = 1
    settings.RETAIN_DAYS = 30
    settings.INGEST_DIR = tmp_path
    now = datetime.now(UTC)
    record(shop.pk, [thrown(received_at=now - MONTH * 2) for _ in range(2)], now - MONTH * 2)
    record(shop.pk, [thrown(received_at=now) for _ in range(4)], now)
    minute = int(now.timestamp()) // 60 - 5 * 1440
    store.add({key(shop, "accepted", minute=minute - minute % 60 + 7): 1})
    (tmp_path / "waits.sealed").touch()
    for name, age in (("gone", 8), ("waits", 8), ("young", 1)):
        SegmentProgress.objects.create(segment=name, project_id=1, done=1, at=now - timedelta(days=age))
    call_command("retain", "--once")
    found = {(row.outcome, row.reason): row.quantity for row in OutcomeCount.objects.filter(category="error")}
    assert found == {("evicted", "too_old"): 2, ("evicted", "too_many"): 3, ("accepted", ""): 1}
    assert set(SegmentProgress.objects.values_list("segment", flat=True)) == {"waits", "young"}
    assert OutcomeCount.objects.get(outcome="accepted").minute % 60 == 0


def test_rows_of_segments_that_wait_stay(db: None, tmp_path: Path) -> None:
    SegmentProgress.objects.create(segment="x", project_id=1, done=1, at=NOW - checkpoint.KEPT_FOR)
    enforce(checkpoint.policy(tmp_path / "nowhere"), NOW)
    assert SegmentProgress.objects.exists(), "not older than that"
    enforce(checkpoint.policy(tmp_path / "nowhere"), NOW + timedelta(seconds=1))
    assert not SegmentProgress.objects.exists()
