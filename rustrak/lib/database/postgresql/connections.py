"""One connection to PostgreSQL: to a server that accepts writes, where there is one."""

from __future__ import annotations

import time
from typing import Any, Self

import psycopg
from psycopg import Error, OperationalError
from psycopg.pq import TransactionStatus

# A connection to a server that only allows reads is given up after this time, in case another one allows writes by then.
_READ_ONLY_SECONDS = 2.0
# 53300 too_many_connections, in the words of the server and of PgBouncer: errors of connecting carry no code.
_FULL = (
    "too many clients",
    "too many connections",
    "connection slots",
    "no more connections",
    "connection limit",
)


def is_full(error: Exception) -> bool:
    """Whether a connection could not be made because the server allows no more of them."""
    text = str(error).lower()
    return any(words in text for words in _FULL)


class Connection(psycopg.Connection[Any]):
    """A connection that knows since when it is open, in seconds of the monotonic clock."""

    since = 0.0

    @classmethod
    def connect(cls, conninfo: str = "", **kwargs: Any) -> Self:
        """Connect to the first server that accepts writes, of all hosts of `conninfo` and all addresses of each; if there
        is none, to one that allows reads. Raises psycopg.OperationalError."""
        found = super().connect(conninfo, **kwargs)
        if found.is_read_only and "target_session_attrs" not in kwargs:
            try:
                writable = super().connect(conninfo, **kwargs, target_session_attrs="read-write")
            except OperationalError:
                pass
            else:
                found.close()
                found = writable
        found.since = time.monotonic()
        return found

    @property
    def is_read_only(self) -> bool:
        """Whether transactions are read-only, as far as the server has said. It reports each change with the next answer,
        from PostgreSQL 14 on; a connection pooler may not pass that on."""
        status = self.info.parameter_status
        return status("in_hot_standby") == "on" or status("default_transaction_read_only") == "on"

    def works(self) -> bool:
        """Whether the server answers, and accepts writes if there is one that does; one round trip."""
        try:
            self.execute("")
            if self.info.transaction_status == TransactionStatus.INTRANS:  # it is not in autocommit mode
                self.rollback()
        except Error:
            return False
        return not (self.is_read_only and time.monotonic() - self.since > _READ_ONLY_SECONDS)
