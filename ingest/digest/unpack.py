"""Reads a project's records before any transaction: events are normalised, attachments go into their storage.

Records that cannot be read are in quarantine when `unpack` returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.digest import records
from ingest.digest.handlers import Filtered, ItemHandler, handler
from ingest.digest.set_aside import set_aside
from ingest.filters.rules import Filters
from ingest.ledger.outcomes import QuarantineReason
from ingest.spool import Record


class UnknownKind(ValueError):
    """No row of ingest.item_types keeps records of this kind."""


@dataclass(slots=True)
class Items:
    """The readable records of one kind, and for each what its handler read."""

    handler: ItemHandler
    records: list[Record] = field(default_factory=list)
    values: Sequence[Any] = field(default_factory=list)


@dataclass(slots=True)
class Unpacked:
    """Each record is in one of these: `items` by kind, `filtered` with the filter that matched, `bad` in quarantine."""

    items: dict[str, Items] = field(default_factory=dict)
    filtered: list[tuple[Record, str]] = field(default_factory=list)
    bad: list[tuple[Record, QuarantineReason]] = field(default_factory=list)


def unpack(directory: Path, project_id: int, found: Iterable[Record], filters: Filters | None) -> Unpacked:
    """Read the records `found`, all of one project; `filters` are the project's.

    Raises OSError if the spool or the storage of attachments fails.
    """
    unpacked = Unpacked()
    values: dict[str, list[Any]] = {}
    for record in found:
        try:
            data = records.contents(directory, record)
        except FileNotFoundError as error:
            set_aside(directory, record, error)
            unpacked.bad.append((record, QuarantineReason.BYTES_LOST))
            continue
        of_kind = handler(record.kind)
        if of_kind is None:
            set_aside(directory, record, UnknownKind(f"there is no item type {record.kind!r}"))
            unpacked.bad.append((record, QuarantineReason.UNKNOWN_KIND))
            continue
        try:
            value = of_kind.read(directory, record, data, filters)
        except Filtered as filtered:
            unpacked.filtered.append((record, filtered.rule))
            continue
        except Exception as error:
            set_aside(directory, record, error)
            unpacked.bad.append((record, QuarantineReason.UNREADABLE))
            continue
        if record.kind not in values:
            values[record.kind] = []
            unpacked.items[record.kind] = Items(of_kind)
        values[record.kind].append(value)
        unpacked.items[record.kind].records.append(record)
    for kind, items in unpacked.items.items():
        items.values = items.handler.prepare(project_id, values[kind])
    return unpacked
