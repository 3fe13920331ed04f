from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest
from django.db import connection

from ingest.models import SegmentProgress
from rustrak.lib import clock
from rustrak.management.commands import retain


@pytest.mark.django_db(transaction=True)
def test_statistics_wait_for_a_writer() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has autovacuum")
    now = clock.now()
    SegmentProgress.objects.bulk_create(
        SegmentProgress(segment=f"s{number}", project_id=number, done=1, at=now) for number in range(1000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("DELETE FROM sqlite_stat1")
    connection.close()  # a connection reads the statistics only once
    assert SegmentProgress.objects.filter(segment__gte="s5", segment__lt="s6").count() > 100
    writer = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False)
    writer.execute("BEGIN IMMEDIATE")
    end = threading.Timer(0.3, lambda: writer.execute("ROLLBACK"))
    end.start()
    try:
        retain._shrink_file()
    finally:
        end.join()
        writer.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = %s", [SegmentProgress._meta.db_table])
        assert cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_sqlites_files_shrink() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has autovacuum")
    path = Path(connection.settings_dict["NAME"])
    now = clock.now()
    SegmentProgress.objects.bulk_create(
        SegmentProgress(segment=f"s{number}" + "x" * 200, project_id=number, done=1, at=now)
        for number in range(20_000)
    )
    retain._shrink_file()
    large = path.stat().st_size
    SegmentProgress.objects.all().delete()
    log = path.with_name(path.name + "-wal")
    assert log.stat().st_size > 1024 * 1024
    retain._shrink_file()
    assert log.stat().st_size == 0
    assert path.stat().st_size < large - 3 * 1024 * 1024


@pytest.mark.django_db(transaction=True)
def test_a_long_read_does_not_hold_up_writers() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has autovacuum")
    SegmentProgress.objects.create(segment="s", project_id=1, done=1, at=clock.now())
    reader = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM ingest_segmentprogress").fetchone()
    SegmentProgress.objects.create(segment="t", project_id=1, done=1, at=clock.now())
    started = time.monotonic()
    try:
        retain._empty_log()
    finally:
        reader.close()
    assert time.monotonic() - started < 5
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone()[0] > 1000
