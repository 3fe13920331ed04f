"""Django's PostgreSQL backend with failover, bounded waits, and connections that the threads of a process may share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db.backends.postgresql import base
from psycopg import IsolationLevel

from rustrak.lib.database.postgresql.connections import Connection
from rustrak.lib.database.postgresql.sharing import SharedConnections

# Our own entries of OPTIONS, which are not libpq's: how many connections the threads of this process share (none without
# it), when they must leave them to others, and how many seconds a statement waits for a lock.
SHARED, MUST_YIELD, LOCK_SECONDS = "shared", "must_yield", "lock_seconds"

_shared: dict[str, SharedConnections] = {}
_lock = threading.Lock()


class DatabaseWrapper(base.DatabaseWrapper):
    """Connections to a server that accepts writes, as long as there is one."""

    _own: SharedConnections | None = None

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        for name in (SHARED, MUST_YIELD, LOCK_SECONDS):
            params.pop(name, None)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        def connect() -> Connection:
            made = Connection.connect(**conn_params)
            if seconds := self.settings_dict["OPTIONS"].get(LOCK_SECONDS):
                made.autocommit = True
                made.execute(f"SET lock_timeout = {int(seconds * 1000)}".encode())
                made.autocommit = False
            return made

        self._own = self._connections(connect)
        connection = connect() if self._own is None else self._own.take()
        self.isolation_level = IsolationLevel.READ_COMMITTED
        return connection

    def _connections(self, connect: Callable[[], Connection]) -> SharedConnections | None:
        options = self.settings_dict["OPTIONS"]
        if not (most := options.get(SHARED)):
            return None
        with _lock:
            if self.alias not in _shared:
                _shared[self.alias] = SharedConnections(
                    connect, most, must_yield=options.get(MUST_YIELD, lambda: False)
                )
            return _shared[self.alias]

    def _close(self) -> None:
        if self._own is None or self.connection is None:
            super()._close()  # type: ignore[misc]  # the stubs lack it
            return
        own, self._own = self._own, None
        # After an error other than one of a statement's data, a new connection is better than finding out.
        own.give_back(self.connection, keep=not self.errors_occurred)


def shared() -> SharedConnections | None:
    """The connections that this process's threads share; None before the first is made."""
    return _shared.get("default")
