"""Where records go that cannot be digested: the payload as it came, and beside it why."""

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
    """Keeps `record` as `<project>-<event id>.payload` with `….reason.json` beside it; returns the former.

    The same record again replaces itself. On disk when it returns; raises OSError when that fails.
    """
    about = asdict(record)
    del about["payload"]
    about["received_at"] = clock.rfc3339(datetime.fromtimestamp(record.received_at, UTC))
    name = f"{record.project_id}-{record.event_id}"
    if record.kind != "event":  # other items share their event's id
        name += f"-{record.kind}-{record.meta.get('id') or _digest(record)}"
    data = record.payload if record.file is None else blob_path(directory, record.file)
    return keep(directory, name, data, {**about, "reason": reason})


def keep(directory: Path, name: str, data: bytes | Path, about: dict[str, object]) -> Path:
    """Keeps `data`, or that file's, under `name`, with `about` beside it as JSON."""
    room = directory / DIRECTORY
    room.mkdir(parents=True, exist_ok=True)
    path = room / f"{name}.payload"
    _write(room / f"{name}.reason.json", orjson.dumps(about, option=orjson.OPT_INDENT_2))
    if isinstance(data, Path):
        _link(data, path)
    else:
        _write(path, data)
    files.sync_directory(room)
    return path


def _link(blob: Path, path: Path) -> None:
    """A second name costs nothing; the first goes with its segment. One that is gone is an empty payload."""
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
