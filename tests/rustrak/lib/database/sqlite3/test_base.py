"""Connections to a SQLite file that others lock, restore or move away."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from rustrak.lib.database import options
from rustrak.lib.database.sqlite3.base import DatabaseWrapper


def wrapper(path: Path) -> DatabaseWrapper:
    defaults = {"ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_HEALTH_CHECKS": False, "TIME_ZONE": None}
    return DatabaseWrapper({**defaults, **options.of_sqlite({"NAME": str(path)})}, "other")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.sqlite3"


@pytest.fixture
def connection(path: Path, django_db_blocker: Any) -> Iterator[DatabaseWrapper]:
    with django_db_blocker.unblock():
        made = wrapper(path)
        with DatabaseWrapper.creating(), made.cursor() as cursor:
            cursor.execute("CREATE TABLE t (x)")
        yield made
        made.close()


def value(connection: DatabaseWrapper, query: str) -> Any:
    with connection.cursor() as cursor:
        return cursor.execute(query).fetchone()[0]


def test_a_new_file_has_its_properties(connection: DatabaseWrapper) -> None:
    found = [
        value(connection, f"PRAGMA {name}")
        for name in ("page_size", "auto_vacuum", "journal_mode", "synchronous")
    ]
    assert found == [8192, 2, "wal", 1]


def test_another_connection_opens_while_the_file_is_locked(connection: DatabaseWrapper, path: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute("INSERT INTO t VALUES (1)")
        other = wrapper(path)
        other.settings_dict["OPTIONS"]["timeout"] = 0
        assert value(other, "SELECT count(*) FROM t") == 0
        other.close()
        cursor.execute("ROLLBACK")


@pytest.mark.parametrize("pragma", ["PRAGMA page_size=4096", "PRAGMA auto_vacuum=NONE"])
def test_an_older_file_without_them_goes_on(path: Path, django_db_blocker: Any, pragma: str) -> None:
    with closing(sqlite3.connect(path)) as made:
        made.execute(pragma)
        made.execute("CREATE TABLE t (x)")
    with django_db_blocker.unblock():
        connection = wrapper(path)
        assert value(connection, "PRAGMA journal_mode") == "wal"
        assert value(connection, "SELECT count(*) FROM t") == 0
        connection.close()


def test_a_file_without_its_log_mode_can_be_read_while_it_is_locked(
    path: Path, django_db_blocker: Any
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other, django_db_blocker.unblock():
        other.execute("CREATE TABLE t (x)")
        other.execute("BEGIN IMMEDIATE")
        connection = wrapper(path)
        assert value(connection, "SELECT count(*) FROM t") == 0
        assert value(connection, "PRAGMA busy_timeout") == 20_000
        connection.close()


def test_a_replaced_file_is_noticed_and_a_missing_one_is_not_made(
    connection: DatabaseWrapper, path: Path
) -> None:
    copy = path.with_name("copy")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(copy)])
        cursor.execute("INSERT INTO t VALUES (1)")
    connection.close_if_unusable_or_obsolete()
    assert connection.connection is not None
    for ending in ("", "-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    connection.close_if_unusable_or_obsolete()
    with pytest.raises(OperationalError, match="does not exist"):
        connection.cursor()
    assert not path.exists()
    copy.rename(path)
    assert value(connection, "SELECT count(*) FROM t") == 0
    assert value(connection, "PRAGMA journal_mode") == "wal"
