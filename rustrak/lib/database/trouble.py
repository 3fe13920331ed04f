"""What an error of the database means: whether waiting helps, and what to tell people."""

from __future__ import annotations

import sqlite3

from django.db import DatabaseError, InterfaceError, OperationalError

#: How long after a failed connection or write people should try again, in seconds.
RETRY_SECONDS = 10
# PostgreSQL, appendix A: read_only_sql_transaction. psycopg raises it as an InternalError.
_READ_ONLY = "25006"
_LOCK_TIMEOUT = "55P03"


def is_trouble(error: BaseException | None) -> bool:
    """Whether `error` says that the database cannot be used at the moment: it is away, locked, read-only, full or
    damaged. What a statement or its data did wrong is no trouble of this kind."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    # SQLite has no class of its own for a file that is damaged or is no database.
    damaged = type(error) is DatabaseError and type(error.__cause__) is sqlite3.DatabaseError
    return damaged or is_read_only(error)


def is_read_only(error: BaseException | None) -> bool:
    """Whether `error` says that the database can be read but not changed."""
    return sqlstate(error) == _READ_ONLY or (
        isinstance(error, OperationalError) and "readonly database" in str(error)
    )


def is_locked(error: BaseException | None) -> bool:
    """Whether `error` says that another program holds a lock for longer than was waited."""
    return sqlstate(error) == _LOCK_TIMEOUT or (
        isinstance(error, OperationalError) and " is locked" in str(error)
    )


def sqlstate(error: BaseException | None) -> str:
    """PostgreSQL's code of an error that Django raised; empty if it has none, as when a connection cannot be made."""
    return str(getattr(getattr(error, "__cause__", None), "sqlstate", None) or "")


def words(error: BaseException | None) -> str:
    """One sentence or two for people, which quote nothing of the database."""
    if is_read_only(error):
        return (
            "The database can only be read at the moment, so nothing can be changed. Try again later; "
            "incoming events are kept until then."
        )
    if is_locked(error):
        return "Another program, such as a backup, has locked the database. Nothing was changed: try again in a moment."
    return "The database cannot be used at the moment. Try again later."
