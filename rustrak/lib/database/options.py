"""Entries of Django's DATABASES."""

from __future__ import annotations

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


def of_postgresql(config: dict[str, Any]) -> dict[str, Any]:
    """`config`, as read from a URL, with our backend and its options."""
    options = {**_LIBPQ, **config.get("OPTIONS", {})}
    return {
        **config,
        "ENGINE": "rustrak.lib.database.postgresql",
        "CONN_HEALTH_CHECKS": True,  # notices a restarted server
        # A pooler that gives each transaction another connection loses the cursors between them.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": options,
    }


def of_sqlite(config: dict[str, Any]) -> dict[str, Any]:
    """`config` of a SQLite file with our backend and its options. Raises ValueError for a database in memory."""
    if config["NAME"] in {"", ":memory:"}:
        raise ValueError("must name a file, which several processes share")
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
