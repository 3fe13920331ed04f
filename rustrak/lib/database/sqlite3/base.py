"""Django's SQLite backend for a file that several processes share.

A new connection only reads, so that it opens while another program holds the lock for writing. What is a property of the
file is set once, when the file is made.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.db.backends.sqlite3 import base

# Of a new file: it shrinks in steps, and rows of a few KiB fit into a page.
_OF_A_FILE = ("PRAGMA page_size=8192", "PRAGMA auto_vacuum=INCREMENTAL", "PRAGMA journal_mode=WAL")
_OF_A_CONNECTION = ("PRAGMA synchronous=NORMAL", "PRAGMA cache_size=-4000", "PRAGMA temp_store=MEMORY")
# How long a connection waits for the lock while others have waited in vain, and how long that is remembered.
_HURRIED_MS, _REMEMBERED_SECONDS = 250, 5.0


class _Hurry:
    """When a writer of this process last waited for the lock in vain. Until `until` no other waits as long."""

    enabled = False
    until = 0.0


class _Cursor(base.SQLiteCursorWrapper):
    def execute(self, query: Any, params: Any = None) -> Any:
        try:
            return super().execute(query, params)
        except sqlite3.OperationalError as error:
            _note(error)
            raise

    def executemany(self, query: Any, param_list: Any) -> Any:
        try:
            return super().executemany(query, param_list)
        except sqlite3.OperationalError as error:
            _note(error)
            raise


def _note(error: sqlite3.OperationalError) -> None:
    if _Hurry.enabled and error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
        _Hurry.until = time.monotonic() + _REMEMBERED_SECONDS


def hurry() -> None:
    """From now on, let one thread of this process at most wait its full time for the lock, and others briefly: threads
    that wait serve nobody."""
    _Hurry.enabled = True


class DatabaseWrapper(base.DatabaseWrapper):
    """Connections that need no lock to be opened, and that notice when their file was replaced."""

    #: Only `migrate` makes a file. Elsewhere an empty one, without tables, would take the place of one that was moved.
    may_create: ClassVar[bool] = False
    _file: tuple[int, int] | None = None
    _hurried = False

    @classmethod
    @contextmanager
    def creating(cls) -> Iterator[None]:
        """Inside, a missing file is created."""
        cls.may_create = True
        try:
            yield
        finally:
            cls.may_create = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        name = str(conn_params["database"])
        if not self.may_create and not name.startswith("file:") and not os.path.exists(name):
            raise sqlite3.OperationalError(f"unable to open database file: {name} does not exist")
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        try:
            _prepare(connection)
            self._file = _identity(name)
        except BaseException:
            connection.close()
            raise
        self._hurried = False
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        if _Hurry.until:
            self._adjust_waiting()
        return self.connection.cursor(factory=_Cursor)

    def close_if_unusable_or_obsolete(self) -> None:
        """Also close a connection to a file that was replaced: what is written to it would be lost."""
        if self.connection is not None and not self.in_atomic_block and self._file != _identity(self._name()):
            self.close()
            return
        super().close_if_unusable_or_obsolete()

    def _name(self) -> str:
        return str(self.settings_dict["NAME"])

    def _adjust_waiting(self) -> None:
        hurried = time.monotonic() < _Hurry.until
        if hurried != self._hurried:
            usual = int(self.settings_dict["OPTIONS"].get("timeout", 5) * 1000)
            self.connection.execute(f"PRAGMA busy_timeout={_HURRIED_MS if hurried else usual}")
            self._hurried = hurried


def _prepare(connection: sqlite3.Connection) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode").fetchone()
    if mode == "delete":
        _set_up(connection)
    for statement in _OF_A_CONNECTION:
        connection.execute(statement)


def _set_up(connection: sqlite3.Connection) -> None:
    """Set the properties of a new file; and the journal mode of one that was restored without it, if that is possible at
    once. The doctor says when it is not."""
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    if not pages:
        for statement in _OF_A_FILE:
            connection.execute(statement).fetchall()
        return
    (waits,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout=0")
    try:
        connection.execute("PRAGMA journal_mode=WAL").fetchall()
    except sqlite3.OperationalError:
        pass
    finally:
        connection.execute(f"PRAGMA busy_timeout={waits}")


def _identity(name: str) -> tuple[int, int] | None:
    """What tells a file from another one of the same name; None if there is none."""
    try:
        about = os.stat(name)
    except OSError:
        return None
    return about.st_dev, about.st_ino
