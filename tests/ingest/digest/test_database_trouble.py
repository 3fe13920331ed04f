"""While the database is down, busy or in a deadlock, a digest waits and loses nothing."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection

from accounts.models import Project
from ingest import spool
from ingest.digest import handlers, loop
from ingest.spool import files
from issues.models import Event, Issue
from issues.record import writer
from tests.lib.digest_process import digest_process, eventually
from tests.lib.spooled import assert_balanced, event, outcomes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def directory(tmp_path: Path, settings: Any) -> Path:
    settings.INGEST_DIR = tmp_path / "spool"
    return tmp_path / "spool"


def driver_error(kind: str) -> Exception:
    if connection.vendor == "sqlite":
        return sqlite3.OperationalError("database is locked")
    return {
        "deadlock": psycopg.errors.DeadlockDetected,
        "serialization": psycopg.errors.SerializationFailure,
    }[kind]("odd")


@pytest.mark.parametrize("kind", ["deadlock", "serialization"])
def test_a_batch_is_retried_as_a_whole_after_a_conflict(
    directory: Path, shop: Project, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    sizes: list[int] = []
    real = writer.store

    def store(project_id: int, occurrences: Any, *rest: Any) -> Any:
        sizes.append(len(occurrences))
        changes = real(project_id, occurrences, *rest)
        if len(sizes) < 3:
            # As Django raises it: after everything was written, when the transaction is rolled back.
            raise OperationalError("lost") from driver_error(kind)
        return changes

    monkeypatch.setattr(handlers.handler("event"), "stored_by", store)
    spool.write_sealed(directory, [event(shop.pk, number) for number in range(20)])
    worker = loop.Digest(directory)
    for _ in range(2):
        with pytest.raises(OperationalError):
            worker.claim()
        assert not Event.objects.exists()
    assert worker.claim() == 20
    assert sizes == [20, 20, 20]
    assert not (directory / "quarantine").exists()
    assert outcomes(shop) == {("error", "accepted", ""): 20, ("error", "stored", ""): 20}


def test_a_real_deadlock_loses_nothing(directory: Path, shop: Project) -> None:
    """Another transaction locks the issue, then the project; the digest locks them in the other order."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    spool.write_sealed(directory, [event(shop.pk, 0)])
    loop.drain(directory)
    issue = Issue.objects.get()
    spool.write_sealed(directory, [event(shop.pk, number) for number in range(1, 20)])
    address = {
        key: value
        for key, value in connection.get_connection_params().items()
        if key in ("host", "port", "user")
    }
    name = connection.settings_dict["NAME"]
    process = None
    try:
        with psycopg.connect(dbname=name, **address) as other:
            # The digest is the first to check for a deadlock.
            other.execute("SET deadlock_timeout = '60s'")
            other.execute("UPDATE issues_issue SET culprit = culprit WHERE id = %s", [issue.pk])
            process = digest_process(directory)
            eventually(lambda: _waiting(other) == 1)
            other.execute("UPDATE accounts_project SET name = name WHERE id = %s", [shop.pk])
        eventually(lambda: Event.objects.count() == 20)
        eventually(lambda: files.named(directory, files.SEALED) == [])
    finally:
        if process is not None:
            process.terminate()
            process.wait(20)
    assert Issue.objects.get().event_count == 20
    assert not (directory / "quarantine").exists()
    assert_balanced(shop)


def _waiting(other: psycopg.Connection[Any]) -> int:
    row = other.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    return int(row[0]) if row else 0


def test_while_the_database_is_down_records_stay_in_the_spool(directory: Path, shop: Project) -> None:
    """Connections are cut repeatedly, or another process locks the file, while events arrive."""
    process = digest_process(directory)
    try:
        stop = threading.Event()
        numbers = iter(range(10_000))

        def send() -> None:
            while not stop.wait(0.02):
                spool.write_sealed(directory, [event(shop.pk, next(numbers)) for _ in range(5)], fsync=False)

        sender = threading.Thread(target=send)
        sender.start()
        try:
            eventually(lambda: Event.objects.count() > 50)
            _disturb()
        finally:
            stop.set()
            sender.join()
        eventually(lambda: files.named(directory, files.SEALED) == [], seconds=60)
    finally:
        process.terminate()
        process.wait(20)
    sent = next(numbers)
    assert Event.objects.count() == sent
    assert sorted(Event.objects.values_list("digest_order", flat=True)) == list(range(1, sent + 1))
    assert not (directory / "quarantine").exists()
    assert_balanced(shop)


def _disturb() -> None:
    if connection.vendor == "sqlite":
        with sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            before = Event.objects.count()
            time.sleep(2)
            assert Event.objects.count() == before
            other.execute("ROLLBACK")
        other.close()
        return
    for _ in range(20):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid()"
            )
        time.sleep(0.1)
