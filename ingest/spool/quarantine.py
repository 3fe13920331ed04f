"""Keeps records that cannot be digested: the payload as it was sent, and a file with the reason."""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import orjson

from ingest.spool import files
from ingest.spool.blobs import blob_path
from ingest.spool.record import Record
from rustrak.lib import clock

DIRECTORY = "quarantine"


def quarantine(directory: Path, record: Record, reason: str) -> Path:
    """Keep `record` as `<project>-<event id>.payload`, with the reason in `<same name>.reason.json`. Returns the former.

    A record that is kept twice replaces itself. Both files are on disk on return. Raises OSError.
    """
    about = asdict(record)
    del about["payload"]
    about["received_at"] = clock.rfc3339(datetime.fromtimestamp(record.received_at, UTC))
    name = f"{record.project_id}-{record.event_id}"
    if record.kind != "event":  # other items have the id of their event
        name += f"-{record.kind}-{record.meta.get('id') or _digest(record)}"
    data = record.payload if record.file is None else blob_path(directory, record.file)
    return keep(directory, name, data, {**about, "reason": reason})


def keep(directory: Path, name: str, data: bytes | Path, about: dict[str, object]) -> Path:
    """Keep `data`, or the contents of the file `data`, as `<name>.payload`, with `about` as JSON in a second file. Raises
    OSError."""
    folder = directory / DIRECTORY
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.payload"
    _write(folder / f"{name}.reason.json", orjson.dumps(about, option=orjson.OPT_INDENT_2))
    if isinstance(data, Path):
        _link(data, path)
    else:
        _write(path, data)
    files.sync_directory(folder)
    return path


def _link(blob: Path, path: Path) -> None:
    """Give the blob a second name; the first is deleted with its segment. A blob that is gone becomes an empty payload."""
    path.unlink(missing_ok=True)
    try:
        os.link(blob, path)
    except FileNotFoundError:
        _write(path, b"")


def _write(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        files.write_all(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _digest(record: Record) -> str:
    return hashlib.sha256(record.payload).hexdigest()[:16]
