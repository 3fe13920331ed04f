"""Reads a project's records before any transaction: events are normalised, attachments go into their storage.

Records that cannot be read are in quarantine when `unpack` returns.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ingest.digest import records
from ingest.digest.budget import BUDGETS, Attempt, OverBudget, watch
from ingest.digest.checkpoint import Entry
from ingest.digest.handlers import Filtered, ItemHandler, NoReducedForm, handler
from ingest.digest.marks import Marks, Stage
from ingest.digest.set_aside import set_aside
from ingest.filters.reading import Reading
from ingest.item_types import EVENT
from ingest.ledger.outcomes import QuarantineReason
from ingest.spool import Record
from issues.mapping.batches import BatchMapping
from issues.record.items import Item
from rustrak.lib import collector


class TooCostly(Exception):
    """To read or to store the record takes more CPU time than a record may cost."""


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
    """Each record is in one of these: `items` by kind, `filtered` with the filter that matched, `bad` in quarantine.
    `count` is how many there are."""

    items: dict[str, Items] = field(default_factory=dict)
    filtered: list[tuple[Record, str]] = field(default_factory=list)
    bad: list[tuple[Record, QuarantineReason]] = field(default_factory=list)
    count: int = 0


def unpack(
    directory: Path,
    project_id: int,
    found: Sequence[Entry],
    reading: Reading,
    marks: Marks,
    until: float | None = None,
) -> Unpacked:
    """Read the records `found`, all of one project; `reading` is what it has decided, `marks` say which records were slow. It
    ends with the record that is read when the process has used `until` seconds of CPU time.

    Raises OSError if the spool or the storage of attachments fails.
    """
    unpacked = Unpacked()
    values: dict[str, list[Any]] = {}
    if reading.artifacts_version:
        reading = replace(reading, mapping=_mapping(project_id, found, reading.artifacts_version))
    for entry in found:
        if until is not None and unpacked.count and time.process_time() >= until:
            break
        unpacked.count += 1
        record = entry.record
        try:
            data = records.contents(directory, record)
        except FileNotFoundError as error:
            set_aside(directory, entry, error)
            unpacked.bad.append((record, QuarantineReason.BYTES_LOST))
            continue
        of_kind = handler(record.kind)
        if of_kind is None:
            set_aside(directory, entry, UnknownKind(f"there is no item type {record.kind!r}"))
            unpacked.bad.append((record, QuarantineReason.UNKNOWN_KIND))
            continue
        stage = marks.stage(entry)
        try:
            if stage is Stage.FULL:
                try:
                    watch.now = entry
                    if len(data) < collector.MANY_BYTES:
                        value = of_kind.read(directory, record, data, reading)
                    else:
                        with collector.paused():
                            value = of_kind.read(directory, record, data, reading)
                except OverBudget:
                    stage = Stage.REDUCED
                finally:
                    watch.now = None
            if stage is not Stage.FULL:
                value = _reduced(of_kind, directory, entry, data, reading, stage)
            marks.ended(entry, stage)
            if isinstance(value, Item) and value.unusable is not None and of_kind.sets_aside:
                # Counted with its reason by the function that stores the others.
                set_aside(directory, entry, value.unusable)
        except Filtered as filtered:
            unpacked.filtered.append((record, filtered.rule))
            continue
        except Exception as error:
            set_aside(directory, entry, error)
            costly = isinstance(error, TooCostly)
            reason = QuarantineReason.TOO_COSTLY if costly else QuarantineReason.UNREADABLE
            unpacked.bad.append((record, reason))
            continue
        if record.kind not in values:
            values[record.kind] = []
            unpacked.items[record.kind] = Items(of_kind)
        values[record.kind].append(value)
        unpacked.items[record.kind].records.append(record)
    if reading.mapping is not None:
        reading.mapping.close()
    for kind, items in unpacked.items.items():
        items.values = items.handler.prepare(project_id, values[kind])
    return unpacked


def _mapping(project_id: int, found: Sequence[Entry], version: int) -> BatchMapping:
    """Maps the events among the records."""

    def payloads() -> Iterable[bytes]:
        return (entry.record.payload for entry in found if entry.record.kind == EVENT)

    return BatchMapping.of_digest(project_id, version, payloads)


def _reduced(
    of_kind: ItemHandler, directory: Path, entry: Entry, data: bytes, reading: Reading, stage: Stage
) -> Any:
    """What can be read of a slow record in little time. Raises TooCostly when even that cannot be, else as `read` does."""
    try:
        if stage is Stage.REDUCED:
            watch.now = Attempt(BUDGETS[Stage.REDUCED], entry, Stage.REDUCED)
            return of_kind.read_reduced(directory, entry.record, data, reading)
    except (OverBudget, NoReducedForm):
        pass
    finally:
        watch.now = None
    raise TooCostly(f"it takes more than {BUDGETS[Stage.FULL]:g} seconds of CPU time to read")
