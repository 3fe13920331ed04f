"""What a project's records hold, read before any transaction: events normalised, files in their storage.

What cannot be read is in quarantine when `unpack` returns.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from ingest import spool
from ingest.digest import client_reports
from ingest.digest.client_reports import Discard
from ingest.filters import Filters
from ingest.spool import Record, blob_path
from issues.payload import read
from issues.payload.read import Occurrence
from issues.record import attachments
from issues.record.attachments import Staged
from issues.record.items import Item

log = logging.getLogger(__name__)

EVENT = "event"
ATTACHMENT = "attachment"
CLIENT_REPORT = "client_report"
#: Kinds whose items issues.record keeps as they are.
KEPT = frozenset({"user_report", "feedback", "check_in", "session", "sessions"})

# Why a record is in quarantine, as the ledger says it.
UNREADABLE = "unreadable"
UNKNOWN_KIND = "unknown_kind"
BYTES_LOST = "bytes_lost"
NOT_STORABLE = "not_storable"


@dataclass(slots=True)
class Unpacked:
    """Each record is in one of these. `bad` gives the reason."""

    events: list[tuple[Record, Occurrence]] = field(default_factory=list)
    filtered: list[tuple[Record, str]] = field(default_factory=list)
    attachments: list[Record] = field(default_factory=list)
    staged: list[Staged] = field(default_factory=list)
    items: dict[str, list[tuple[Record, Item]]] = field(default_factory=dict)
    reports: list[tuple[Record, list[Discard]]] = field(default_factory=list)
    bad: list[tuple[Record, str]] = field(default_factory=list)


def unpack(directory: Path, project_id: int, records: Iterable[Record], unwanted: Filters | None) -> Unpacked:
    """Read `records`, all of one project; `unwanted` are its filters.

    Raises OSError when the spool or the storage of files is in the way.
    """
    unpacked = Unpacked()
    files: list[Item] = []
    for record in records:
        try:
            data = contents(directory, record)
        except FileNotFoundError as error:
            quarantine(directory, record, error)
            unpacked.bad.append((record, BYTES_LOST))
            continue
        try:
            if record.kind == EVENT:
                event = _event(record, data)
                rule = unwanted and unwanted.verdict(event.payload, remote_addr=record.remote_addr)
                if rule:
                    unpacked.filtered.append((record, rule))
                else:
                    unpacked.events.append((record, event))
            elif record.kind == ATTACHMENT:
                files.append(_item(directory, record, data))
                unpacked.attachments.append(record)
            elif record.kind in KEPT:
                item = _item(directory, record, data)
                unpacked.items.setdefault(record.kind, []).append((record, item))
            elif record.kind == CLIENT_REPORT:
                unpacked.reports.append((record, client_reports.read(data)))
            else:
                raise read.Unreadable(f"a record of the unknown kind {record.kind!r}")
        except Exception as error:
            quarantine(directory, record, error)
            known = record.kind in KEPT | {EVENT, ATTACHMENT, CLIENT_REPORT}
            unpacked.bad.append((record, UNREADABLE if known else UNKNOWN_KIND))
    if files:
        unpacked.staged = attachments.stage(project_id, files)
    return unpacked


def quarantine(directory: Path, record: Record, error: Exception) -> None:
    """Keep a record that cannot be stored. Raises OSError."""
    reason = f"{type(error).__name__}: {error}"
    log.error(
        "%s %s of project %d is in quarantine: %s", record.kind, record.event_id, record.project_id, reason
    )
    spool.quarantine(directory, record, reason)


def weight(directory: Path, record: Record) -> int:
    """How many bytes the record brings into memory."""
    if record.file is None or record.kind == ATTACHMENT:
        return len(record.payload)
    try:
        return blob_path(directory, record.file).stat().st_size
    except OSError:
        return 0


def contents(directory: Path, record: Record) -> bytes:
    """The record's bytes; none of an attachment that is a file. Raises OSError."""
    if record.file is None or record.kind == ATTACHMENT:
        return record.payload
    return blob_path(directory, record.file).read_bytes()


def _event(record: Record, data: bytes) -> Occurrence:
    return read.read(
        data,
        event_id=record.event_id,
        received_at=datetime.fromtimestamp(record.received_at, UTC),
        sent_at=_moment(record.sent_at),
        remote_addr=record.remote_addr,
        limit=settings.MAX_EVENT_BYTES,
        sdk=sdk if isinstance(sdk := record.meta.get("sdk"), dict) else None,
    )


def _item(directory: Path, record: Record, data: bytes) -> Item:
    in_file = record.kind == ATTACHMENT and record.file is not None
    return Item(
        id=record.event_id,
        received_at=datetime.fromtimestamp(record.received_at, UTC),
        sent_at=_moment(record.sent_at),
        data=data,
        path=blob_path(directory, record.file) if in_file and record.file else None,
        meta=record.meta,
    )


def _moment(text: str | None) -> datetime | None:
    """An RFC 3339 time, without a zone UTC; None when it cannot be read."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
