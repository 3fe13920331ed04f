from __future__ import annotations

import pytest
from django.db import connection

from issues import search


@pytest.mark.django_db
def test_a_search_that_takes_long_is_given_up() -> None:
    # No machine counts so far in so short a time.
    with pytest.raises(search.TookTooLong), search.limited(0.05), connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000) SELECT max(i) FROM n"
        )
    with search.limited(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_the_time_is_for_all_queries_together() -> None:
    count = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) SELECT max(i) FROM n"
    )

    def many() -> None:
        with search.limited(0.1), connection.cursor() as cursor:
            for _ in range(200):
                cursor.execute(count)

    with pytest.raises(search.TookTooLong):
        many()
