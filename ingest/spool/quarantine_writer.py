"""Keeps records that cannot be digested: as they were sent, with the reason.

Small ones share a file for each project and day, so that a request with many bad items makes one file and not many.
ingest.spool.quarantine_files says what the files look like and which are deleted when there are too many.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from ingest.spool import files
from ingest.spool.blobs import blob_path
from ingest.spool.quarantine_files import (
    BLOCK_BYTES,
    DIRECTORY,
    FULL_BYTES,
    LINES,
    PAYLOAD,
    REASON,
    Limits,
    files_of,
    own_name,
    parsed,
    trim,
)  # fmt: skip
from ingest.spool.record import Record
from rustrak.lib import clock

#: A larger payload has a file of its own; records of segments are smaller.
INLINE_BYTES = 256 * 1024
REASON_LENGTH = 1000
# How often all files are listed at most when nothing new says that there are too many.
LIST_SECONDS = 60.0
# How many records a process remembers, to keep each once although it is read again after a failure.
REMEMBERED = 20_000
_FILES_READ_AGAIN = 8


class Quarantine:
    """One process's view of the quarantine of the spool in `directory`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._folder = directory / DIRECTORY
        # What was written since the last `sync`, and since the last `trim`.
        self._unsynced: set[Path] = set()
        self._written = self._made = 0
        self._list_at = 0.0
        # In which file a record is, by its identity; of the projects in `_known` also what other processes kept.
        self._kept: dict[str, Path] = {}
        self._known: set[int] = set()
        # The day and the number of the file that a project's lines are added to.
        self._newest: dict[int, tuple[str, int]] = {}

    def keep(self, record: Record, reason: str, place: str = "") -> None:
        """Keep `record` with the reason, once however often it is called. It is on disk after `sync`. Raises OSError.

        `place` says where the record was read: a request may contain the same item twice.
        """
        identity = hashlib.blake2b(place.encode() + record.encode(), digest_size=12).hexdigest()
        about = asdict(record)
        del about["payload"], about["event_id"]
        about["received_at"] = clock.rfc3339(datetime.fromtimestamp(record.received_at, UTC))
        payload = record.payload
        if record.file is not None:
            blob = blob_path(self._directory, record.file)
            try:
                if blob.stat().st_size > INLINE_BYTES:
                    self._keep_apart(
                        record, identity, blob, {"event_id": record.event_id, **about, "reason": reason}
                    )
                    return
                payload = blob.read_bytes()
            except FileNotFoundError:
                payload = b""  # the reason says so
        self.keep_bytes(record.project_id, identity, payload, {"event_id": record.event_id, **about}, reason)

    def keep_bytes(
        self, project_id: int, identity: str, payload: bytes, about: dict[str, Any], reason: str
    ) -> None:
        """Keep `payload` and the fields `about` of it under an identity of its own; as `keep`."""
        self._learn(project_id)
        if (before := self._kept.get(identity)) is not None and before.exists():
            return
        line = {
            **about,
            "id": identity,
            "set_aside_at": clock.rfc3339(clock.now()),
            "reason": reason[:REASON_LENGTH].encode("utf-8", "replace").decode(),
            **_payload(payload),
        }
        path = self._append(project_id, orjson.dumps(line) + b"\n")
        self._remember(identity, path)

    def sync(self) -> None:
        """Have on disk what was kept. To be called before it is committed that the records are digested. Raises OSError."""
        if not self._unsynced:
            return
        for path in self._unsynced:
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                continue  # it was deleted to make room
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        files.sync_directory(self._folder)
        self._unsynced.clear()

    def trim(self, limits: Limits, now: float) -> Counter[tuple[int, str]]:
        """Delete what is more than `limits` allow at `now` (Unix time). Returns how many records, by (project id, kind).

        Lists the files only when enough was written since the last time, or that is long ago. Raises OSError.
        """
        much = limits.bytes and self._written > limits.bytes // 20
        many = limits.files and self._made > limits.files // 20
        if not much and not many and self._list_at <= now + LIST_SECONDS and now < self._list_at:
            return Counter()
        self._written = self._made = 0
        self._list_at = now + LIST_SECONDS
        return trim(self._directory, limits, now)

    def _append(self, project_id: int, line: bytes) -> Path:
        """Add a line to the project's newest file, or to a new one. Returns its path."""
        today = f"{clock.now():%Y-%m-%d}"
        self._folder.mkdir(parents=True, exist_ok=True)
        day, number = self._newest.get(project_id, (today, 1))
        if day != today:
            number = 1
        while True:
            path = self._folder / f"{project_id}-{today}-{number:04}{LINES}"
            if self._append_to(path, line):
                break
            number += 1
        self._newest[project_id] = today, number
        self._unsynced.add(path)
        self._written += len(line)
        return path

    def _append_to(self, path: Path, line: bytes) -> bool:
        """Add a line to the file; False if it is full."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        while True:
            descriptor = os.open(path, flags, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                about = os.fstat(descriptor)
                if not about.st_nlink:
                    continue  # it was deleted to make room
                if about.st_size >= FULL_BYTES:
                    return False
                if not about.st_size:
                    self._written += BLOCK_BYTES
                    self._made += 1
                elif os.pread(descriptor, 1, about.st_size - 1) != b"\n":
                    line = b"\n" + line  # a line that was cut off by a crash must not spoil this one
                try:
                    files.write_all(descriptor, line)
                except BaseException:
                    os.ftruncate(descriptor, about.st_size)
                    raise
                return True
            finally:
                os.close(descriptor)

    def _keep_apart(self, record: Record, identity: str, blob: Path, about: dict[str, Any]) -> None:
        """Keep a large payload as a second name of its blob; the first is deleted with its segment."""
        # Clients choose the event id, so it does not tell records apart.
        name = own_name(record.project_id, record.event_id, identity)
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / (name + PAYLOAD)
        if not path.exists():  # it is made last
            _write(self._folder / (name + REASON), orjson.dumps(about, option=orjson.OPT_INDENT_2))
            os.link(blob, path)
            self._written += path.stat().st_size + BLOCK_BYTES
            self._made += 2
        files.sync_directory(self._folder)

    def _learn(self, project_id: int) -> None:
        """Remember what is kept of the project already: before a crash this process may have been another one."""
        if project_id in self._known:
            return
        self._known.add(project_id)
        for path in files_of(self._directory, project_id)[-_FILES_READ_AGAIN:]:
            for about in parsed(path):
                if isinstance(identity := about.get("id"), str):
                    self._remember(identity, path)

    def _remember(self, identity: str, path: Path) -> None:
        if len(self._kept) >= REMEMBERED:
            self._kept.clear()
            self._known.clear()
            self._newest.clear()
        self._kept[identity] = path


_views: dict[Path, Quarantine] = {}


def of(directory: Path) -> Quarantine:
    """This process's view of the quarantine of a spool."""
    view = _views.get(directory)
    if view is None:
        view = _views[directory] = Quarantine(directory)
    return view


def quarantine(directory: Path, record: Record, reason: str) -> None:
    """Put `record` into the quarantine of a spool, on disk on return. Raises OSError."""
    view = of(directory)
    view.keep(record, reason)
    view.sync()


def sync(directory: Path) -> None:
    """Have on disk what this process has put into the quarantine of a spool. Raises OSError."""
    view = _views.get(directory)
    if view is not None:
        view.sync()


def _payload(data: bytes) -> dict[str, str]:
    try:
        return {"payload": data.decode()}
    except UnicodeDecodeError:
        return {"payload_base64": base64.b64encode(data).decode()}


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        files.write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
