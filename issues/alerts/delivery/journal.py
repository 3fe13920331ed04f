"""What was sent, written to disk before the database knows: a crash in between does not send it twice.

A line for each message, in an append-only file that all deliverers of a machine share:

    <id, 32 hex digits> <JSON: [time, status, thread, answer]>

A line that was torn by a crash is skipped. After a day, or when it is large, the file becomes the older one of two.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from issues.alerts.channel import Sent

log = logging.getLogger(__name__)

NAME, OLDER = "alerts.journal", "alerts.journal.1"
_LOCK = "alerts.journal.lock"
MOST_SECONDS = 24 * 3600
MOST_BYTES = 4 * 1024 * 1024
# A thread is a few ids, an answer some words.
_MOST_IN_LINE = 4096
_ID_LENGTH = 32


@dataclass(slots=True)
class _Read:
    """How far a file has been read, and the ids in it."""

    inode: int = 0
    position: int = 0
    ids: set[bytes] = field(default_factory=set)


class Journal:
    """The journal in a directory. Several threads may call `note`, one `find`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: dict[str, _Read] = {NAME: _Read(), OLDER: _Read()}

    def note(self, key: UUID, sent: Sent) -> None:
        """Write down that the message `key` was sent; on disk when this returns. Raises OSError: the disk is full."""
        rest = [round(time.time(), 3), sent.status, dict(sent.thread), sent.answer[:_MOST_IN_LINE]]
        try:
            text = json.dumps(rest)
        except (TypeError, ValueError, RecursionError):
            text = ""
        if not text or len(text) > 4 * _MOST_IN_LINE:
            text = json.dumps([rest[0], sent.status, {}, ""])
        with self._locked():
            self._rotate()
            descriptor = os.open(
                self._directory / NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600
            )
            try:
                size = os.fstat(descriptor).st_size
                torn = size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
                line = f"{key.hex} {text}\n".encode()
                _write(descriptor, b"\n" + line if torn else line)
                os.fsync(descriptor)
                if not size:
                    _sync_directory(self._directory)
            finally:
                os.close(descriptor)

    def find(self, key: UUID) -> Sent | None:
        """What was noted about the message `key`, by whichever process of this machine; None if nothing was."""
        wanted = key.hex.encode()
        for name, read in self._read.items():
            self._refresh(name, read)
            if wanted in read.ids and (found := self._line(name, wanted)) is not None:
                return found
        return None

    def _refresh(self, name: str, read: _Read) -> None:
        """Read what has been added since the last time."""
        try:
            descriptor = os.open(self._directory / name, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            read.inode, read.position = 0, 0
            read.ids.clear()
            return
        with os.fdopen(descriptor, "rb") as file:
            about = os.fstat(descriptor)
            if about.st_ino != read.inode or about.st_size < read.position:
                read.inode, read.position = about.st_ino, 0
                read.ids.clear()
            if about.st_size == read.position:
                return
            file.seek(read.position)
            for line in file:
                if not line.endswith(b"\n"):
                    break  # it is being written, or was torn
                read.position += len(line)
                if len(line) > _ID_LENGTH and line[_ID_LENGTH : _ID_LENGTH + 1] == b" ":
                    read.ids.add(line[:_ID_LENGTH])

    def _line(self, name: str, wanted: bytes) -> Sent | None:
        try:
            with (self._directory / name).open("rb") as file:
                for line in file:
                    if line.startswith(wanted) and (sent := _parsed(line[_ID_LENGTH:])) is not None:
                        return sent
        except OSError as error:
            log.warning("the journal of sent alerts cannot be read: %s", error)
        return None

    def _rotate(self) -> None:
        path = self._directory / NAME
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                first = file.readline(8 * _MOST_IN_LINE)
        except FileNotFoundError:
            return
        begun = _time_of(first[_ID_LENGTH:])
        # A time in the future was a wrong clock's.
        if size >= MOST_BYTES or begun is None or not 0 <= time.time() - begun < MOST_SECONDS:
            path.replace(self._directory / OLDER)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self._directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._directory / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _sync_directory(path: Path) -> None:
    """Have a new file outlive a power failure, not only what is in it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _values(text: bytes) -> list[Any] | None:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return values if isinstance(values, list) and len(values) == 4 else None


def _time_of(text: bytes) -> float | None:
    values = _values(text)
    return float(values[0]) if values and isinstance(values[0], int | float) else None


def _parsed(text: bytes) -> Sent | None:
    if (values := _values(text)) is None:
        return None
    _, status, thread, answer = values
    return Sent(
        thread=thread if isinstance(thread, dict) else {},
        status=status if isinstance(status, int) else None,
        answer=answer if isinstance(answer, str) else "",
    )
