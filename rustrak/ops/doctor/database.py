"""The database: reachable, writable, migrated, with room and the right time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from rustrak.ops.doctor import machine
from rustrak.ops.doctor.findings import Finding, ok, problem, size, span, warning

SUBJECT = "database"
SECONDS = 5
LARGE_LOG = 256 * 1024 * 1024
LATE_CLOCK, WRONG_CLOCK = 2.0, 60.0


def be_quick() -> None:
    """Have this process's connection fail in seconds and say why: without a pool, which hides it. Before the first
    use of the connection."""
    options: dict[str, Any] = connection.settings_dict["OPTIONS"]
    if connection.vendor == "postgresql":
        options.pop("pool", None)
        options["connect_timeout"] = SECONDS
    else:
        options["timeout"] = SECONDS


def check() -> Iterator[Finding]:
    """Everything that can be said of it; one finding when it cannot be used."""
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).exists():
        yield problem(
            SUBJECT,
            f"{connection.settings_dict['NAME']} is not there",
            "`make run` or `manage.py migrate` makes it; if there was one, RUSTRAK_DATA or DATABASE_URL is another.",
        )
        return
    try:
        connection.ensure_connection()
    except Exception as error:  # a driver's, or Django's for a version that is too old
        yield problem(SUBJECT, f"cannot be opened: {_text(error)}", _fix(_text(error)))
        return
    try:
        found = list(_sqlite() if connection.vendor == "sqlite" else _postgres())
        yield from found or [ok(SUBJECT, _name())]
        yield from _migrations()
    except Error as error:
        yield problem(SUBJECT, f"does not work: {_text(error)}", _fix(_text(error)))


def _text(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _fix(text: str) -> str:
    """What helps, by what the driver says."""
    for words, fix in (
        ("authentication", "Set the user and password in DATABASE_URL right."),
        ("does not exist", "Create the database or role that DATABASE_URL names."),
        ("refused", "Start PostgreSQL, or set its host and port in DATABASE_URL right."),
        ("timeout", "The host in DATABASE_URL does not answer: look at the network and the firewall."),
        ("translate host name", "The host in DATABASE_URL has no address: correct it."),
        ("resolve", "The host in DATABASE_URL has no address: correct it."),
        ("too many", "Raise max_connections of PostgreSQL, or lower WEB_WORKERS and WEB_THREADS."),
        ("locked", "Another program holds the SQLite file for writing: end it."),
        ("readonly", "Give the SQLite file and its directory to the user that runs Rustrak; mount its disk for writing."),
        ("unable to open", "Give the SQLite file and its directory to the user that runs Rustrak."),
        ("malformed", "The SQLite file is damaged: restore the backup, or try `sqlite3 FILE .recover`."),
        ("not a database", "DATABASE_URL names a file that is no SQLite database."),
        ("full", "Make room on the disk."),
    ):  # fmt: skip
        if words in text.lower():
            return fix
    return "Look at DATABASE_URL and at the database's own log."


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
            f"SQLite's journal mode is {mode}, not WAL: pages and the digest wait for each other",
            "Put the file on a local file system; network ones cannot do WAL.",
        )
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:  # a lock for writing, and nothing written
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size > LARGE_LOG:
        yield warning(
            SUBJECT,
            f"the write-ahead log has grown to {size(log.stat().st_size)}",
            "A program keeps an old view of the file open, such as a backup or a sqlite3 shell: end it.",
        )
    yield from machine.room(SUBJECT, path.parent)


def _postgres() -> Iterator[Finding]:
    if _value("SHOW transaction_read_only") == "on":
        yield problem(
            SUBJECT, "only reads are allowed: it is a replica", "Set DATABASE_URL to the primary server."
        )
    before = time.time()
    off = abs(float(_value("SELECT extract(epoch FROM clock_timestamp())")) - (before + time.time()) / 2)
    if off > LATE_CLOCK:
        text = f"the database's clock and this one are {span(off)} apart"
        yield (problem if off > WRONG_CLOCK else warning)(
            "clock", text, "Have both machines keep time by NTP."
        )
    most = int(_value("SHOW max_connections")) - int(_value("SHOW superuser_reserved_connections"))
    used = int(_value("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"))
    ours = settings.WEB_WORKERS * (settings.WEB_THREADS + 2) + settings.DIGEST_WORKERS + 2
    if used > 0.9 * most or ours > most:
        yield warning(
            SUBJECT,
            f"{used} of {most} connections are in use, and Rustrak may need {ours} on this machine",
            "Raise max_connections of PostgreSQL, or lower WEB_WORKERS and WEB_THREADS.",
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
            subject, f"not applied: {names}{more}", "Run `manage.py migrate`; `up` does it at its start."
        )
    if unknown:
        names = ", ".join(".".join(key) for key in sorted(unknown)[:3])
        yield warning(
            subject,
            f"of a newer version: {names}",
            "Run the version that made them: this one may not know the tables.",
        )
    if not missing and not unknown:
        yield ok(subject, "all applied")
