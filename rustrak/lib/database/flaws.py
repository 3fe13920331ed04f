"""What makes a database unfit for Rustrak although it can be connected to.

Without these checks Rustrak would start, accept events, and fail to store them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from rustrak.lib.database import trouble

# No other project has this app; others of ours, such as Django's own, may be anybody's.
_OWN = "ingest"


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with the database, and what helps: a sentence each, without and with a full stop."""

    text: str
    fix: str

    def __str__(self) -> str:
        return f"DATABASE_URL: {self.text}. {self.fix}"


@dataclass(frozen=True, slots=True)
class Migrations:
    """Which migrations a database lacks, as app.name; and the same of those that a newer version has applied.

    `foreign`: it belongs to another Django project.
    """

    missing: list[str]
    newer: list[str]
    foreign: bool


def migrations() -> Migrations:
    """The migrations of the database that are applied, compared with those of this version."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    applied, known = executor.loader.applied_migrations, executor.loader.disk_migrations
    newest: dict[str, str] = {}
    for app, name in known:
        newest[app] = max(newest.get(app, ""), name)
    labels = {config.label for config in apps.get_app_configs()}
    found = {app for app, _ in applied}
    return Migrations(
        missing=[f"{one.app_label}.{one.name}" for one, _ in plan],
        newer=sorted(
            f"{app}.{name}"
            for app, name in applied
            if app in newest and (app, name) not in known and _number(name) > _number(newest[app])
        ),
        foreign=_OWN not in found and not found <= labels,
    )


def _number(name: str) -> int:
    found = re.match(r"\d+", name)
    return int(found.group()) if found else 0


def find(*, migrating: bool = False) -> Iterator[Flaw]:
    """The flaws of the database, the worst first. With `migrating` also what keeps tables from being made or changed.

    Raises django.db.Error.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "sqlite":
        yield from _of_sqlite(connection)
    else:
        yield from _of_postgresql(connection)
    found = migrations()
    if found.foreign:
        yield Flaw(
            "the database belongs to another Django project",
            "Create a database of its own for Rustrak, and name that.",
        )
    elif found.newer:
        yield Flaw(
            f"the database was migrated by a newer version of Rustrak ({', '.join(found.newer[:3])})",
            "Run that version, or restore the backup from before the upgrade.",
        )
    if migrating and found.missing and connection.vendor == "postgresql":
        yield from _against_migrating(connection)


_FTS5 = "SELECT COUNT(*) FROM pragma_module_list WHERE name = 'fts5'"


def _of_sqlite(connection: BaseDatabaseWrapper) -> Iterator[Flaw]:
    if _row(connection, _FTS5) == (0,):
        yield Flaw(
            "Python's SQLite has no FTS5, by which issues are searched",
            "Use a Python whose SQLite has it, as those of python.org, Debian and Docker Hub, or PostgreSQL.",
        )
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        (usual,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute("PRAGMA busy_timeout=100")
        try:
            cursor.execute("BEGIN IMMEDIATE")  # takes the lock for writing, and writes nothing
            cursor.execute("ROLLBACK")
        except Error as error:
            if trouble.is_read_only(error):
                yield Flaw(
                    f"the SQLite file {connection.settings_dict['NAME']} cannot be written",
                    "Make the user that runs Rustrak the owner of the file and its directory; mount its disk for writing.",
                )
            elif not trouble.is_locked(error):
                raise
        finally:
            cursor.execute(f"PRAGMA busy_timeout={usual}")


def _of_postgresql(connection: BaseDatabaseWrapper) -> Iterator[Flaw]:
    encoding, name, user, schema = _row(
        connection,
        "SELECT current_setting('server_encoding'), current_database(), current_user, current_schema()",
    )
    if encoding != "UTF8":
        yield Flaw(
            f"the database {name} has the encoding {encoding}, which cannot store every text that is sent",
            f"Create another one: CREATE DATABASE {name}_utf8 OWNER {user} ENCODING 'UTF8' TEMPLATE template0; and name that.",
        )
    if schema is None:
        yield Flaw(
            f"search_path names no schema that exists in the database {name}",
            f"CREATE SCHEMA public; or ALTER ROLE {user} IN DATABASE {name} SET search_path = public;",
        )
        return
    # Only of the tables that there are: before the first migration there are none.
    (refused,) = _row(
        connection,
        "SELECT min(c.relname) FROM pg_class c WHERE c.relnamespace = to_regnamespace(%s) "
        "AND c.relkind = 'r' AND c.relname = ANY(%s) "
        "AND NOT has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE')",
        [f'"{schema}"', [model._meta.db_table for model in apps.get_models()]],
    )
    if refused is not None:
        yield Flaw(
            f"the user {user} may not use the table {refused}",
            f"Run as its owner: GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {user}; GRANT ALL ON ALL SEQUENCES IN "
            f"SCHEMA {schema} TO {user}; or, to let it migrate as well: REASSIGN OWNED BY the_owner TO {user};",
        )


def _against_migrating(connection: BaseDatabaseWrapper) -> Iterator[Flaw]:
    name, user, schema, may_create, read_only = _row(
        connection,
        "SELECT current_database(), current_user, current_schema(), "
        "has_schema_privilege(coalesce(current_schema(), 'public'), 'CREATE'), current_setting('transaction_read_only')",
    )
    if schema is not None and not may_create:
        yield Flaw(
            f"the user {user} may not create tables in the schema {schema} of the database {name}",
            f"Run as the owner of the database: GRANT CREATE, USAGE ON SCHEMA {schema} TO {user};",
        )
    if read_only == "on":
        yield Flaw(
            "the server only allows reads, and tables have to be made or changed",
            "Set DATABASE_URL to the primary server, or turn default_transaction_read_only off.",
        )


def _row(connection: BaseDatabaseWrapper, query: str, params: list[Any] | None = None) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        found: tuple[Any, ...] = cursor.fetchone()
        return found
