from __future__ import annotations

import pytest
from django.db import connection, transaction

from accounts.models import Project
from issues.models import Issue
from rustrak.lib import plans


def kept_plan() -> str:
    """The plan of a look-up by key that was made on an empty table and is never made again, as for a foreign key check."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("EXPLAIN QUERY PLAN SELECT 1 FROM accounts_project WHERE id = 1")
        else:
            cursor.execute("SET plan_cache_mode = force_generic_plan")
            cursor.execute("PREPARE look_up (bigint) AS SELECT 1 FROM accounts_project WHERE id = $1")
            cursor.execute("EXPLAIN EXECUTE look_up (1)")
        return "\n".join(str(row) for row in cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_tables_are_read_by_index_however_small_they_are() -> None:
    Project.objects.create(name="Only", slug="only")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_project")
    try:
        with plans.by_index():
            connection.close()
            with transaction.atomic():
                plan = kept_plan()
                assert ("SEARCH" if connection.vendor == "sqlite" else "Index") in plan
            # A query without a matching index still works: sequential scans are only avoided.
            assert Issue.objects.filter(title="nothing").count() == 0
    finally:
        connection.close()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW enable_seqscan")
            assert cursor.fetchone() == ("on",)
            cursor.execute("SET plan_cache_mode = auto")
        assert "Seq Scan" in kept_plan()
        connection.close()
