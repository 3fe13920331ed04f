"""Entries of Django's DATABASES."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

# What libpq waits: for each server to accept a connection, and for one that does not answer any more, whose machine or
# network has failed without a word (seconds; the last one milliseconds). DATABASE_URL may set others.
_LIBPQ = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "application_name": "rustrak",
}
_NUMBERS = frozenset({name for name, usual in _LIBPQ.items() if isinstance(usual, int)} | {"keepalives"})
# What Django and psycopg would take for their own from the query of a URL, and could not use as the text that it is.
_NOT_LIBPQ = frozenset({
    "assume_role", "autocommit", "context", "cursor_factory", "isolation_level", "pool", "prepare_threshold",
    "row_factory", "server_side_binding",
})  # fmt: skip
_NOT_OURS = frozenset({
    "ATOMIC_REQUESTS", "AUTOCOMMIT", "CONN_HEALTH_CHECKS", "DISABLE_SERVER_SIDE_CURSORS", "TEST", "TIME_ZONE"
})  # fmt: skip


def of_postgresql(config: dict[str, Any]) -> dict[str, Any]:
    """`config`, as read from a URL, with our backend and its options. Raises ValueError for what could not work; the
    message repeats no value."""
    given = config.get("OPTIONS", {})
    if unusable := sorted((given.keys() & _NOT_LIBPQ) | (config.keys() & _NOT_OURS)):
        raise ValueError(f"{unusable[0]} is not a parameter of PostgreSQL's libpq")
    if wrong := sorted(name for name in _NUMBERS & given.keys() if not _is_number(given[name])):
        raise ValueError(f"{wrong[0]} must be a whole number")
    if not _is_number(config.get("CONN_MAX_AGE", 0)):
        raise ValueError("CONN_MAX_AGE must be a whole number")
    # With another one every text that it lacks is set aside, as in a database that has it.
    if str(given.get("client_encoding", "UTF8")).upper().replace("-", "") not in {"UTF8", "AUTO"}:
        raise ValueError("client_encoding must be UTF8")
    if any("\0" in str(config.get(part, "")) for part in ("NAME", "USER", "PASSWORD", "HOST")):
        raise ValueError("must not contain the character NUL (%00)")
    options = {**_LIBPQ, **given, "client_encoding": "UTF8"}
    return {
        **config,
        "ENGINE": "rustrak.lib.database.postgresql",
        "CONN_HEALTH_CHECKS": True,  # notices a restarted server
        # A pooler that gives each transaction another connection loses the cursors between them.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": options,
    }


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def of_sqlite(config: dict[str, Any]) -> dict[str, Any]:
    """`config` of a SQLite file with our backend and its options. Raises ValueError for a database in memory, and for a
    path that no file can have."""
    if config["NAME"] in {"", ":memory:"}:
        raise ValueError("must name a file, which several processes share")
    if "\0" in config["NAME"] or any(len(os.fsencode(part)) > 255 for part in Path(config["NAME"]).parts):
        raise ValueError("must be the path of a file: no NUL (%00), and no name of more than 255 bytes")
    return {
        **config,
        "ENGINE": "rustrak.lib.database.sqlite3",
        "NAME": str(Path(config["NAME"]).expanduser().absolute()),
        # Threads are long-lived, and so may be their connections.
        "CONN_MAX_AGE": 60,
        "OPTIONS": {
            # Writers queue instead of failing when a read turns into a write: docs/decisions/0002.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
        },
    }
