"""Puts records of the quarantine back into the queue, for instance after an upgrade that can read them."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from ingest.spool import files
from ingest.spool.quarantine_files import DIRECTORY, LINES, PAYLOAD, REASON, parsed, project_of
from ingest.spool.record import Record
from ingest.spool.segments import write_sealed

# Records of one segment: the digest reads a segment as a whole.
_RECORDS, _BYTES = 500, 4 * 1024 * 1024


def requeue(directory: Path, wanted: Callable[[int, dict[str, Any]], bool]) -> int:
    """Append to the queue the records for which `wanted(project id, fields)` is true, and remove their files. Returns how
    many. Must not run twice at a time.

    A record that is in the queue and in quarantine when this process dies is stored once. Raises OSError.
    """
    count = 0
    folder = directory / DIRECTORY
    for path in [*files.named(folder, LINES), *files.named(folder, REASON)]:
        with ExitStack() as held:
            descriptor = files.try_lock(path)
            if descriptor is None:
                continue
            held.callback(os.close, descriptor)
            project_id = project_of(path.name)
            rest: list[dict[str, Any]] = []
            again: list[Record] = []
            for about in parsed(path):
                record = None
                if wanted(project_id, about):
                    record = _record(directory, project_id, about, held)
                if record is None:
                    rest.append(about)
                else:
                    again.append(record)
            if not again:
                continue
            for batch in _batches(again):
                write_sealed(directory, batch)
            if rest:
                _keep(path, rest)
            path.unlink(missing_ok=True)
            (folder / (path.name.removesuffix(REASON) + PAYLOAD)).unlink(missing_ok=True)
            count += len(again)
    return count


def _record(directory: Path, project_id: int, about: dict[str, Any], held: ExitStack) -> Record | None:
    """The record as the edge wrote it; None if it was damaged or its payload is gone. A file of its own stays locked in
    `held` until a segment names it."""
    try:
        payload, file = b"", None
        if name := about.get("payload_file"):
            descriptor, file = _blob(directory, directory / DIRECTORY / Path(name).name)
            held.callback(os.close, descriptor)
        elif "payload_base64" in about:
            payload = base64.b64decode(about["payload_base64"], validate=True)
        else:
            payload = about["payload"].encode()
        return Record(
            kind=about["kind"],
            project_id=project_id,
            event_id=about["event_id"],
            received_at=datetime.fromisoformat(about["received_at"]).timestamp(),
            remote_addr=about["remote_addr"],
            sent_at=about["sent_at"],
            payload=payload,
            file=file,
            meta=about["meta"],
        )
    except (KeyError, ValueError, TypeError, AttributeError, FileNotFoundError):
        return None


def _blob(directory: Path, payload: Path) -> tuple[int, str]:
    """Give a payload a second name among the blobs, locked: (descriptor, name)."""
    path = directory / (files.new_name("again") + files.BLOB)
    descriptor = files.try_lock(payload)
    if descriptor is None:
        raise FileNotFoundError(payload)
    try:
        os.link(payload, path)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor, path.name


def _batches(records: list[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    size = 0
    for record in records:
        if batch and (len(batch) >= _RECORDS or size + len(record.payload) > _BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record.payload)
    if batch:
        yield batch


def _keep(path: Path, rest: list[dict[str, Any]]) -> None:
    """Write the records that stay into another file: the digest takes a record for kept while its file exists."""
    copy = path.with_name(f"{path.stem}-{os.urandom(4).hex()}{LINES}")
    draft = copy.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        files.write_all(descriptor, b"".join(orjson.dumps(about) + b"\n" for about in rest))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.rename(copy)
    files.sync_directory(path.parent)
