"""Which used up limits the digest stores, and when it counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Project
from ingest import spool
from ingest.digest import loop
from ingest.edge.keys import lookup
from ingest.ledger import store
from ingest.ledger.outcomes import Outcome
from ingest.models import InstallationQuota
from ingest.rate_limits import stored
from tests.lib.spooled import event, spooled

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 23, 12, 0, 10, tzinfo=UTC)


@pytest.fixture
def directory(tmp_path: Path, settings: Any) -> Path:
    settings.INGEST_DIR = tmp_path / "spool"
    return tmp_path / "spool"


def limits(settings: Any, **values: int) -> None:
    for name in ("PER_MINUTE", "PER_HOUR", "PER_PROJECT_PER_MINUTE", "PER_PROJECT_PER_HOUR"):
        setattr(settings, f"MAX_EVENTS_{name}", values.get(name.lower(), 0))


def digested(directory: Path, project: Project, numbers: Iterable[int], at: datetime = NOON) -> list[str]:
    """Digest these events, received at `at`. Returns the statements about limits that were executed."""
    records = [event(project.pk, number, received_at=at.timestamp()) for number in numbers]
    spool.write_sealed(directory, records)
    with time_machine.travel(at, tick=False), CaptureQueriesContext(connection) as queries:
        loop.drain(directory)
    assert list(directory.glob("*.sealed")) == []
    return [query["sql"] for query in queries.captured_queries]


def counted(statements: list[str]) -> int:
    """How many of the statements sum up the ledger."""
    return sum("SUM(" in sql and "outcomecount" in sql for sql in statements)


def state(project: Project) -> tuple[datetime | None, str, int]:
    project.refresh_from_db()
    return project.quota_exceeded_until, project.quota_exceeded_reason, project.next_quota_check


def test_a_limit_is_used_up_until_its_window_ends(directory: Path, shop: Project, settings: Any) -> None:
    limits(settings, per_project_per_minute=5)
    digested(directory, shop, range(4))
    assert state(shop) == (None, "", 5)
    digested(directory, shop, [4])
    assert state(shop) == (NOON.replace(second=0, minute=1), "project_minute:5", 10)
    # The next minute has all of its limit, so nothing is counted.
    later = NOON + timedelta(minutes=1)
    assert counted(digested(directory, shop, range(5, 8), later)) == 0
    assert counted(digested(directory, shop, range(8, 10), later)) == 1
    assert state(shop)[0] == NOON.replace(second=0, minute=2)


def test_the_hour_counts_the_minutes_before(directory: Path, shop: Project, settings: Any) -> None:
    limits(settings, per_project_per_minute=5, per_project_per_hour=6)
    digested(directory, shop, range(4))
    digested(directory, shop, range(4, 6), NOON + timedelta(minutes=7))
    assert state(shop)[:2] == (NOON.replace(hour=13, minute=0, second=0), "project_hour:6")


def test_counting_is_rare(directory: Path, shop: Project, settings: Any) -> None:
    limits(settings, per_project_per_minute=40, per_project_per_hour=100, per_hour=1000)
    digested(directory, shop, [0])
    statements = [counted(digested(directory, shop, [number])) for number in range(1, 40)]
    # At the fortieth event, not earlier.
    assert statements == [0] * 38 + [1]
    assert state(shop)[1] == "project_minute:40"


def test_the_number_of_statements_does_not_grow(directory: Path, shop: Project, settings: Any) -> None:
    limits(settings, per_project_per_minute=10_000, per_minute=10_000)
    digested(directory, shop, [0])
    assert len(digested(directory, shop, range(1, 301))) == len(digested(directory, shop, [301]))


def test_duplicates_and_what_cannot_be_read_count_too(directory: Path, shop: Project, settings: Any) -> None:
    limits(settings, per_project_per_minute=9)
    digested(directory, shop, [1, 1, 2])
    assert state(shop) == (None, "", 2 + 6)
    digested(directory, shop, [1, 2, 2])
    assert state(shop) == (None, "", 2 + 3)
    bad = spooled(shop.pk, "event", b"nonsense", 50, received_at=NOON.timestamp())
    spool.write_sealed(directory, [bad])
    digested(directory, shop, [1, 1])
    assert state(shop)[1] == "project_minute:9"


def test_other_items_and_outcomes_do_not_count(directory: Path, shop: Project, settings: Any) -> None:
    limits(settings, per_project_per_minute=3)
    minute = int(NOON.timestamp()) // 60
    store.add(
        {
            (shop.pk, minute, "error", Outcome.RATE_LIMITED.value, "project_minute"): 100,
            (shop.pk, minute, "session", Outcome.ACCEPTED.value, ""): 100,
            (shop.pk, minute - 1, "error", Outcome.ACCEPTED.value, ""): 100,
        }
    )
    digested(directory, shop, [1, 2])
    assert state(shop)[1] == ""


def test_events_of_earlier_windows_do_not_count(directory: Path, shop: Project, settings: Any) -> None:
    limits(settings, per_project_per_minute=3)
    old = [event(shop.pk, number, received_at=NOON.timestamp() - 120) for number in range(10)]
    spool.write_sealed(directory, old)
    with time_machine.travel(NOON, tick=False):
        loop.drain(directory)
    assert state(shop)[1] == ""


def test_all_projects_count_for_the_installations_limit(
    directory: Path, shop: Project, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "close", lambda: None)  # it holds this test's transaction
    other = Project.objects.create(name="Other", slug="other")
    limits(settings, per_minute=6)
    assert counted(digested(directory, shop, range(3))) == 1
    assert counted(digested(directory, other, range(2))) == 0
    assert InstallationQuota.objects.get().exceeded_reason == ""
    assert counted(digested(directory, other, [2])) == 1
    quota = InstallationQuota.objects.get()
    until = NOON.replace(second=0, minute=1)
    assert (quota.exceeded_reason, quota.exceeded_until) == ("installation_minute:6", until)
    assert state(shop)[1] == ""
    for project in (shop, other):
        (found,) = lookup.look_up([project.sentry_key])[project.sentry_key].exceeded
        assert (found.reason, found.until) == ("installation_minute", until.timestamp())


def test_without_limits_nothing_is_counted(directory: Path, shop: Project, settings: Any) -> None:
    limits(settings)
    assert counted(digested(directory, shop, range(3))) == 0
    assert state(shop) == (None, "", 3 + stored.MOST_UNCHECKED)
    assert not InstallationQuota.objects.exists()


def test_a_projects_own_limit_overrides_the_default(directory: Path, shop: Project, settings: Any) -> None:
    limits(settings, per_project_per_minute=2)
    Project.objects.filter(pk=shop.pk).update(max_events_per_minute=0)
    digested(directory, shop, range(3))
    assert state(shop)[1] == ""
    Project.objects.filter(pk=shop.pk).update(max_events_per_minute=4, next_quota_check=0)
    digested(directory, shop, [4])
    assert state(shop)[1] == "project_minute:4"


def test_accepted_events_are_stored_when_the_limit_is_used_up(
    directory: Path, shop: Project, settings: Any
) -> None:
    limits(settings, per_project_per_minute=5, per_minute=5)
    digested(directory, shop, range(20))
    digested(directory, shop, range(20, 30))
    assert shop.events.count() == 30


def test_a_batch_that_fails_leaves_no_trace(
    directory: Path, shop: Project, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits(settings, per_project_per_minute=1)
    spool.write_sealed(directory, [event(shop.pk, 1, received_at=NOON.timestamp())])
    real = stored.update_exceeded

    def crash(*arguments: Any) -> None:
        real(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, time_machine.travel(NOON, tick=False):
        patch.setattr(stored, "update_exceeded", crash)
        with pytest.raises(KeyboardInterrupt):
            loop.drain(directory)
    assert state(shop) == (None, "", 0)
    with time_machine.travel(NOON, tick=False):
        loop.drain(directory)
    assert state(shop)[1] == "project_minute:1"
