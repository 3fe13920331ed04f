from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from rustrak.lib.database import flaws
from rustrak.ops.doctor import Finding, Level, database, machine

pytestmark = pytest.mark.django_db


def check() -> dict[str, Finding]:
    return {one.subject: one for one in database.check()}


def test_a_working_database() -> None:
    found = check()
    assert found["database"].level == Level.OK
    assert found["database"].text.startswith("SQLite 3." if connection.vendor == "sqlite" else "PostgreSQL ")
    assert found["migrations"].text == "all applied"


def test_missing_migrations() -> None:
    MigrationRecorder.Migration.objects.filter(app="ingest").delete()
    found = check()["migrations"]
    assert (found.level, found.text.startswith("not applied: ingest.0001_")) == (Level.PROBLEM, True)
    assert "manage.py migrate" in found.fix


def test_migrations_of_a_newer_version() -> None:
    MigrationRecorder.Migration.objects.create(app="issues", name="9999_to_come")
    found = check()["database"]
    assert found.level == Level.PROBLEM
    assert "newer version of Rustrak (issues.9999_to_come)" in found.text


@pytest.mark.parametrize(
    ("message", "fix"),
    [
        ('connection failed: FATAL:  password authentication failed for user "x"', "user and password"),
        ("connection refused", "Start PostgreSQL"),
        ("connection timeout expired", "firewall"),
        ('database "x" does not exist', "Create the database"),
        ("database is locked", "Another program"),
        ("attempt to write a readonly database", "mount its disk for writing"),
        ("unable to open database file", "owner of the SQLite file"),
        ("database or disk is full", "Free space"),
        ("database disk image is malformed", "restore the backup"),
        ("FATAL:  sorry, too many clients already", "max_connections"),
        ("something new", "the database's own log"),
    ],
)
def test_a_database_that_cannot_be_used(message: str, fix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> None:
        raise OperationalError(message)

    monkeypatch.setattr(connection, "ensure_connection", down)
    (found,) = database.check()
    assert found.level == Level.PROBLEM
    assert fix in found.fix


def test_a_query_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(query: str) -> Any:
        raise OperationalError("database is locked")

    monkeypatch.setattr(database, "_value", locked)
    assert check()["database"].text == "a query failed: database is locked"


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite's file")
def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    about = SimpleNamespace(f_bavail=10, f_frsize=1024 * 1024, f_blocks=100_000, f_files=100, f_favail=10**6)
    monkeypatch.setattr(machine.os, "statvfs", lambda path: about)
    found = check()["database"]
    assert (found.level, found.fix) == (Level.PROBLEM, "Free space on the disk.")
    assert "only 10 MiB are free" in found.text


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock of its own")
def test_a_clock_that_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time
    monkeypatch.setattr(database.time, "time", lambda: now() + 3600)
    assert (check()["clock"].level, "differ by 1 h" in check()["clock"].text) == (Level.PROBLEM, True)


def test_sqlite_without_full_text_search_is_named() -> None:
    cursor = mock.MagicMock()
    cursor.__enter__.return_value.fetchone.return_value = (0,)
    [flaw] = flaws._of_sqlite(mock.Mock(in_atomic_block=True, cursor=lambda: cursor))
    assert "FTS5" in flaw.text
    cursor.__enter__.return_value.fetchone.return_value = (1,)
    assert list(flaws._of_sqlite(mock.Mock(in_atomic_block=True, cursor=lambda: cursor))) == []
