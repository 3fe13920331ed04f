"""Connections that the threads of one process share: as few as they need at a time, and none that does not work.

psycopg's own pool connects in threads of its own, so that a request learns late and without its reason that a server is
away, and waits seconds for each connection that a failover has broken: docs/decisions/0018-databases.md.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from psycopg import Error, OperationalError
from psycopg.pq import TransactionStatus

from rustrak.lib.database.postgresql.connections import Connection, is_full

# A thread that gets no connection because the server has none left tries again so often.
_RETRY_SECONDS = 0.25


class SharedConnections:
    """At most `most` connections. A thread waits `wait_seconds` for one; one that nobody uses is closed after
    `idle_seconds`. While `must_yield()`, connections are neither made nor kept: somebody else comes first.

    `connect` is called in the thread that needs a connection.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        most: int,
        *,
        wait_seconds: float = 8.0,
        idle_seconds: float = 20.0,
        must_yield: Callable[[], bool] = lambda: False,
    ) -> None:
        self._connect = connect
        self._most = most
        self._wait_seconds = wait_seconds
        self._idle_seconds = idle_seconds
        self._must_yield = must_yield
        self._changed = threading.Condition()
        # Idle connections with the time since when they are, the one that was used last at the end.
        self._idle: list[tuple[Connection, float]] = []
        self._open = 0
        self._reaper: threading.Thread | None = None

    @property
    def open(self) -> int:
        """How many connections there are, in use and idle."""
        return self._open

    def take(self) -> Connection:
        """A connection that works, for this thread alone. Raises psycopg.OperationalError."""
        until = time.monotonic() + self._wait_seconds
        while True:
            connection = self._reserve(until)
            if connection is None:
                try:
                    return self._new(until)
                except BaseException as error:
                    self._forget()
                    if not _may_wait(error) or time.monotonic() + _RETRY_SECONDS > until:
                        raise
                    with self._changed:
                        self._changed.wait(_RETRY_SECONDS)
            elif connection.works():
                return connection
            else:
                self._discard(connection)

    def give_back(self, connection: Connection, *, keep: bool) -> None:
        """Let others use `connection`. Without `keep`, and if it is not between two transactions, it is closed."""
        if keep and _is_clean(connection) and not self._must_yield():
            with self._changed:
                self._idle.append((connection, time.monotonic()))
                self._changed.notify()
                if self._reaper is None:
                    self._reaper = threading.Thread(target=self._reap, name="idle connections", daemon=True)
                    self._reaper.start()
        else:
            self._discard(connection)

    def close(self) -> None:
        """Close the idle connections."""
        with self._changed:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            self._discard(connection)

    def _reserve(self, until: float) -> Connection | None:
        """An idle connection, or None when the caller may make one."""
        with self._changed:
            while not self._idle and self._open >= self._most:
                left = until - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    raise OperationalError(
                        f"all {self._most} database connections of this process are in use"
                    )
            if self._idle:
                return self._idle.pop()[0]
            self._open += 1
            return None

    def _new(self, until: float) -> Connection:
        while self._must_yield():
            if time.monotonic() > until:
                raise OperationalError("the server has too few connections, and the digest comes first")
            time.sleep(_RETRY_SECONDS)
        return self._connect()

    def _discard(self, connection: Connection) -> None:
        connection.close()
        self._forget()

    def _forget(self) -> None:
        with self._changed:
            self._open -= 1
            self._changed.notify()

    def _reap(self) -> None:
        """Close idle connections, those that were used longest ago first, until there are none."""
        while True:
            time.sleep(min(1.0, self._idle_seconds / 2))
            since = time.monotonic() - (0.0 if self._must_yield() else self._idle_seconds)
            with self._changed:
                old = [connection for connection, at in self._idle if at <= since]
                self._idle = [(connection, at) for connection, at in self._idle if at > since]
                ends = not self._idle
                if ends:
                    self._reaper = None
            for connection in old:
                self._discard(connection)
            if ends:
                return


def _may_wait(error: BaseException) -> bool:
    """Whether a connection may soon be free: the server has none left."""
    return isinstance(error, OperationalError) and is_full(error)


def _is_clean(connection: Connection) -> bool:
    status: Any = connection.info.transaction_status
    if status in {TransactionStatus.INTRANS, TransactionStatus.INERROR}:
        try:
            connection.rollback()
        except Error:
            return False
        status = connection.info.transaction_status
    return bool(status == TransactionStatus.IDLE)
