from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import Project
from ingest.ledger import retention, store, summary
from ingest.models import OutcomeCount, SegmentProgress
from issues.lock import lock_project
from issues.record.writer import record
from issues.retention.batches import enforce
from tests.lib.ledger_keys import MINUTE, MONTH, NOW, key
from tests.lib.occurrences import thrown


def rows() -> list[tuple[int, str, int]]:
    return list(
        OutcomeCount.objects.order_by("minute", "outcome").values_list("minute", "outcome", "quantity")
    )


def retain(now: datetime) -> None:
    for policy in retention.POLICIES:
        enforce(policy, now)


def test_old_minutes_are_summed_up_to_hours_and_days(shop: Project) -> None:
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
    # Counts that are added late are summed up the next time.
    store.add({key(shop, "stored", minute=day - 20 * 1440 + 5): 3})
    retain(NOW)
    assert rows()[1] == (day - 20 * 1440, "stored", 1443)


def test_rows_are_deleted_after_400_days(shop: Project) -> None:
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


def test_a_project_with_very_many_rows_keeps_minutes_for_less_time(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MAX_MINUTE_ROWS", 200)
    for minute in range(MINUTE - 300, MINUTE):
        store.add({key(shop, "stored", minute=minute): 1})
    before = summary.summarize(shop.pk, NOW - MONTH, NOW)
    retain(NOW)
    assert OutcomeCount.objects.count() < 190
    assert OutcomeCount.objects.filter(minute__gte=MINUTE - 100).count() == 100
    assert summary.summarize(shop.pk, NOW - MONTH, NOW) == before


@pytest.mark.parametrize("minute", [5, MINUTE + 365 * 1440])
def test_minutes_that_cannot_be_are_those_of_the_last_hour(shop: Project, minute: int) -> None:
    hour = MINUTE - MINUTE % 60 - 60
    store.add({key(shop, "stored", minute=minute): 3, key(shop, "stored", minute=hour): 4})
    for _ in range(2):
        retain(NOW)
        assert rows() == [(hour, "stored", 7)]
