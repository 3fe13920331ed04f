from __future__ import annotations

import sqlite3
import threading

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
