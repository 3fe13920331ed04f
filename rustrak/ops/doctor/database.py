"""The database: reachable, writable, migrated, with free space and the right time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection

from rustrak.lib.database import flaws, refusal
from rustrak.lib.wording import duration, size
from rustrak.ops.doctor import machine
from rustrak.ops.doctor.findings import Finding, ok, problem, warning

SUBJECT = "database"
SECONDS = 5
LARGE_LOG = 256 * 1024 * 1024
LATE_CLOCK, WRONG_CLOCK = 2.0, 60.0
SHORTEST_LIMIT_MS = 30_000


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
        yield problem(SUBJECT, f"cannot connect: {refusal.text_of(error)}", refusal.fix_of(error))
        return
    try:
        found = [problem(SUBJECT, flaw.text, flaw.fix) for flaw in flaws.find(migrating=True)]
        found += _sqlite() if connection.vendor == "sqlite" else _postgres()
        yield from found or [ok(SUBJECT, _name())]
        yield from _migrations()
    except Error as error:
        yield problem(SUBJECT, f"a query failed: {refusal.text_of(error)}", refusal.fix_of(error))


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
    yield from _connections()
    yield from _limits_of_role()


def _connections() -> Iterator[Finding]:
    """Whether the server, the database and the role allow as many connections as this machine may need."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int "
            "- CASE WHEN r.rolsuper THEN 0 ELSE current_setting('superuser_reserved_connections')::int "
            "+ coalesce(current_setting('reserved_connections', true)::int, 0) END, "
            "nullif(r.rolconnlimit, -1), nullif(d.datconnlimit, -1), "
            "(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') "
            "FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()"
        )
        row = cursor.fetchone()
    if row is None:  # a pooler's console, or a role that was dropped meanwhile
        return
    server, role, database, used = row
    most = min(limit for limit in (server, role, database) if limit is not None)
    ours = settings.WEB_WORKERS * settings.WEB_CONNECTIONS + settings.DIGEST_WORKERS + 2
    if used > 0.9 * server or ours > most:
        yield warning(
            SUBJECT,
            f"{used} of {server} connections are in use, {most} are allowed to this user, and Rustrak may need {ours} on "
            "this machine",
            "Raise max_connections in PostgreSQL (or the CONNECTION LIMIT of the role or database), or lower WEB_WORKERS "
            "and WEB_THREADS. With fewer, the digest comes first and pages wait their turn.",
        )


def _limits_of_role() -> Iterator[Finding]:
    """Time limits that the role or the database sets, which also end what takes long for good reason."""
    for name in ("statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT setting::int FROM pg_settings WHERE name = %s", [name])
            (milliseconds,) = cursor.fetchone() or (0,)
        if 0 < milliseconds < SHORTEST_LIMIT_MS:
            yield warning(
                SUBJECT,
                f"{name} of this user is {milliseconds} ms, which may end what the digest and retention do",
                f"ALTER ROLE CURRENT_USER SET {name} = '60s'; and restart Rustrak.",
            )


def _migrations() -> Iterator[Finding]:
    subject = "migrations"
    found = flaws.migrations()
    if found.missing:
        names = ", ".join(found.missing[:3])
        more = f" and {len(found.missing) - 3} more" if len(found.missing) > 3 else ""
        yield problem(
            subject,
            f"not applied: {names}{more}",
            "Run `manage.py migrate`, or restart `manage.py up`, which does it.",
        )
    elif not found.newer:
        yield ok(subject, "all applied")
