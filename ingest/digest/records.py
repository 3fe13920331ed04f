"""Reads what is common to the records of every kind: their bytes and times."""

from __future__ import annotations

from datetime import UTC, datetime
from math import inf
from pathlib import Path

from ingest.item_types import STREAMED
from ingest.spool import Record, blob_path
from rustrak.lib import clock


def weight(directory: Path, record: Record) -> int:
    """How many bytes `contents` will bring into memory."""
    if record.file is None or record.kind in STREAMED:
        return len(record.payload)
    try:
        return blob_path(directory, record.file).stat().st_size
    except OSError:
        return 0


def contents(directory: Path, record: Record) -> bytes:
    """The payload; empty for a streamed item in a file of its own. Raises OSError."""
    if record.file is None or record.kind in STREAMED:
        return record.payload
    return blob_path(directory, record.file).read_bytes()


def possible_times() -> tuple[float, float]:
    """The first and the last time (Unix) at which a record that is read now can have been received.

    What is outside was received while the machine's clock was wrong.
    """
    now = clock.now()
    if now < clock.EARLIEST:
        return 0.0, inf
    return clock.EARLIEST.timestamp(), (now + clock.AHEAD).timestamp()


def received_at(record: Record) -> datetime:
    """When the edge received it, in UTC."""
    return datetime.fromtimestamp(record.received_at, UTC)


def sent_at(record: Record) -> datetime | None:
    """When the client sent it, by the client's clock: an RFC 3339 time, UTC if it names no zone. None if the envelope
    has no such time or an unreadable one."""
    try:
        moment = datetime.fromisoformat(record.sent_at) if record.sent_at else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
