"""The database: reachable, writable, migrated, with free space and the right time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from rustrak.lib.wording import duration, size
from rustrak.ops.doctor import machine
from rustrak.ops.doctor.findings import Finding, ok, problem, warning

SUBJECT = "database"
SECONDS = 5
LARGE_LOG = 256 * 1024 * 1024
LATE_CLOCK, WRONG_CLOCK = 2.0, 60.0


def be_quick() -> None:
    """Make this process's connection fail within seconds.

    Must be called before the connection is first used.
    """
    options: dict[str, Any] = connection.settings_dict["OPTIONS"]
    if connection.vendor == "postgresql":
        options["connect_timeout"] = SECONDS
    else:
        options["timeout"] = SECONDS


def check() -> Iterator[Finding]:
    """The findings about the database and its migrations; only one when the database cannot be used."""
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        yield problem(
            SUBJECT,
            f"{connection.settings_dict['NAME']} does not exist",
            "`make run` and `manage.py migrate` create it. If it existed before, check RUSTRAK_DATA and DATABASE_URL.",
        )
        return
    try:
        connection.ensure_connection()
    except Exception as error:  # the driver's, or Django's for a server that is too old
        yield problem(SUBJECT, f"cannot connect: {_text(error)}", _fix(_text(error)))
        return
    try:
        found = list(_sqlite() if connection.vendor == "sqlite" else _postgres())
        yield from found or [ok(SUBJECT, _name())]
        yield from _migrations()
    except Error as error:
        yield problem(SUBJECT, f"a query failed: {_text(error)}", _fix(_text(error)))


def _text(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _fix(text: str) -> str:
    """The fix for an error of the driver, by its text."""
    for words, fix in (
        ("authentication", "Correct the user and password in DATABASE_URL."),
        ("does not exist", "Create the database or role that DATABASE_URL names."),
        ("refused", "Start PostgreSQL, or correct its host and port in DATABASE_URL."),
        ("timeout", "The host in DATABASE_URL does not answer: check the network and the firewall."),
        ("translate host name", "The host name in DATABASE_URL cannot be resolved: correct it."),
        ("resolve", "The host name in DATABASE_URL cannot be resolved: correct it."),
        ("too many", "Raise max_connections in PostgreSQL, or lower WEB_WORKERS and WEB_THREADS."),
        ("locked", "Another program has locked the SQLite file for writing: stop it."),
        ("readonly", "Make the user that runs Rustrak the owner of the SQLite file and its directory; mount its disk for writing."),
        ("unable to open", "Make the user that runs Rustrak the owner of the SQLite file and its directory."),
        ("malformed", "The SQLite file is damaged: restore the backup, or try `sqlite3 FILE .recover`."),
        ("not a database", "DATABASE_URL names a file that is not an SQLite database."),
        ("full", "Free space on the disk."),
    ):  # fmt: skip
        if words in text.lower():
            return fix
    return "Check DATABASE_URL and the database's own log."


def _value(query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


def _name() -> str:
    if connection.vendor == "sqlite":
        path = Path(connection.settings_dict["NAME"])
        return f"SQLite {_value('SELECT sqlite_version()')}, {size(path.stat().st_size)}, {machine.free(path.parent)} free"
    number = str(_value("SHOW server_version")).split()[0]
    return f"PostgreSQL {number}, {size(_value('SELECT pg_database_size(current_database())'))}"


def _sqlite() -> Iterator[Finding]:
    path = Path(connection.settings_dict["NAME"])
    mode = _value("PRAGMA journal_mode")
    if str(mode).lower() != "wal":
        yield warning(
            SUBJECT,
            f"SQLite's journal mode is {mode}, not WAL: pages and the digest block each other",
            "Move the file to a local file system; network file systems do not support WAL.",
        )
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:  # takes the write lock and writes nothing
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size > LARGE_LOG:
        yield warning(
            SUBJECT,
            f"the write-ahead log has grown to {size(log.stat().st_size)}",
            "A program holds a long read transaction, such as a backup or a sqlite3 shell: stop it.",
        )
    yield from machine.free_space(SUBJECT, path.parent)


def _postgres() -> Iterator[Finding]:
    if _value("SHOW transaction_read_only") == "on":
        yield problem(
            SUBJECT,
            "the server only allows reads, as a replica does",
            "Set DATABASE_URL to the primary server.",
        )
    before = time.time()
    off = abs(float(_value("SELECT extract(epoch FROM clock_timestamp())")) - (before + time.time()) / 2)
    if off > LATE_CLOCK:
        text = f"the clocks of the database and of this machine differ by {duration(off)}"
        yield (problem if off > WRONG_CLOCK else warning)("clock", text, "Synchronize both machines by NTP.")
    most = int(_value("SHOW max_connections")) - int(_value("SHOW superuser_reserved_connections"))
    used = int(_value("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"))
    ours = settings.WEB_WORKERS * (settings.WEB_THREADS + 3) + settings.DIGEST_WORKERS + 2
    if used > 0.9 * most or ours > most:
        yield warning(
            SUBJECT,
            f"{used} of {most} connections are in use, and Rustrak may need {ours} on this machine",
            "Raise max_connections in PostgreSQL, or lower WEB_WORKERS and WEB_THREADS.",
        )


def _migrations() -> Iterator[Finding]:
    subject = "migrations"
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    known = executor.loader.disk_migrations
    ours = {label for label, _ in known}
    unknown = [key for key in executor.loader.applied_migrations if key[0] in ours and key not in known]
    if missing:
        names = ", ".join(f"{one.app_label}.{one.name}" for one, _ in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        yield problem(
            subject,
            f"not applied: {names}{more}",
            "Run `manage.py migrate`, or restart `manage.py up`, which does it.",
        )
    if unknown:
        names = ", ".join(".".join(key) for key in sorted(unknown)[:3])
        yield warning(
            subject,
            f"applied by a newer version: {names}",
            "Run that version: this one may not know its tables.",
        )
    if not missing and not unknown:
        yield ok(subject, "all applied")
