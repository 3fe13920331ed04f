"""Marker files: how a process tells the others of its machine, without a query, that a table has something to do."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from django.db import connection, transaction


class Marker:
    """A file that is touched when a transaction that wrote something is committed.

    It is only a hint: whoever looks at it must also look without it, but later.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen = 0

    def touch_on_commit(self, directory: str | Path) -> None:
        """Touch the file in `directory` when the transaction is committed: once, however often this is called in it."""
        # An entry that is still there belongs to a transaction that encloses this call, or was committed into one.
        if not any(getattr(entry[1], "marker", None) is self for entry in connection.run_on_commit):
            transaction.on_commit(_Touch(self, directory))

    def touch(self, directory: str | Path) -> None:
        """Touch the file in `directory` now."""
        path = os.path.join(directory, self._name)
        with suppress(OSError):
            try:
                os.utime(path)  # a fraction of the time that Path.touch() takes
            except FileNotFoundError:
                Path(path).touch(mode=0o600)

    def is_touched(self, directory: str | Path) -> bool:
        """Whether the file was touched since this process asked last."""
        try:
            now = os.stat(os.path.join(directory, self._name)).st_mtime_ns
        except OSError:
            return False
        before, self._seen = self._seen, now
        return now != before


class _Touch:
    """The callback of a transaction. A class, so that the marker it belongs to can be told."""

    def __init__(self, marker: Marker, directory: str | Path) -> None:
        self.marker = marker
        self._directory = directory

    def __call__(self) -> None:
        self.marker.touch(self._directory)
