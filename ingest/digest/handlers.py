"""How the digest treats items of each type: reads them, prepares them outside the transaction, stores them inside.

ingest.item_types names the handler of each type. Most items are passed on as they are; events, attachments and client
reports have handlers of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from ingest import free_space, item_types
from ingest.digest import client_reports, records
from ingest.digest.counts import Counts
from ingest.filters.reading import Reading
from ingest.filters.rules import Rule
from ingest.ledger.outcomes import FINGERPRINT_RULE, TOO_MANY_BYTES, TOO_MANY_ISSUES, Outcome
from ingest.rate_limits.stored import StoredLimits
from ingest.spool import Record, blob_path
from issues.payload import read
from issues.payload.read import Occurrence
from issues.privacy import engine
from issues.record import attachments
from issues.record.issue_delta import ChangeKind
from issues.record.items import Item


class NoReducedForm(Exception):
    """Of an item of this type no part can be kept."""


class Filtered(Exception):
    """The item is dropped: `rule` is the inbound filter that matches it, or another reason of the ledger."""

    def __init__(self, rule: Rule | str) -> None:
        super().__init__(rule)
        self.rule = rule


@dataclass(slots=True)
class Batch:
    """One project's part of a batch inside its transaction. Handlers add to `counts` and to `new_events`, the number of
    events that the project did not have yet."""

    limits: StoredLimits
    counts: Counts
    now: datetime
    new_events: int = 0

    @property
    def project_id(self) -> int:
        return self.limits.project_id


class ItemHandler:
    """Passes items on to the function that the table names as `stored_by`; `sets_aside`: what cannot be used is put into
    quarantine."""

    def __init__(
        self, store: Callable[..., Any], reader: Callable[[Item], Any] | None = None, sets_aside: bool = True
    ) -> None:
        self.stored_by = store
        self.sets_aside = sets_aside
        self._read_by = reader

    def read(self, directory: Path, record: Record, data: bytes, reading: Reading) -> Any:
        """The value of one record, whose bytes are `data`. Raises Filtered; any other exception puts the record into
        quarantine."""
        streamed = record.kind in item_types.STREAMED
        item = Item(
            id=record.event_id,
            received_at=records.received_at(record),
            sent_at=records.sent_at(record),
            data=engine.scrub_json(data, reading.policy)[0],
            path=blob_path(directory, record.file) if record.file is not None and streamed else None,
            meta=self._meta(record, reading),
        )
        if self._read_by is not None:
            item.prepare(self._read_by)
        return item

    def _meta(self, record: Record, reading: Reading) -> dict[str, Any]:
        return record.meta

    def read_reduced(self, directory: Path, record: Record, data: bytes, reading: Reading) -> Any:
        """What can be kept of a record that takes too long to `read`. Raises NoReducedForm when that is nothing, else as
        `read` does."""
        raise NoReducedForm

    def prepare(self, project_id: int, values: list[Any]) -> Sequence[Any]:
        """What `store` gets in place of `values`; called once before the transaction. Raises OSError."""
        return values

    def store(self, batch: Batch, items: Sequence[Record], values: Sequence[Any]) -> None:
        """Store the values of the records `items` and count their outcomes, inside the transaction."""
        batch.counts.spread(items, self.stored_by(batch.project_id, values, batch.now))


class EventHandler(ItemHandler):
    """Events: normalised and filtered before the transaction, then written to their issues."""

    def read(self, directory: Path, record: Record, data: bytes, reading: Reading) -> Occurrence:
        return self._read(record, data, reading)

    def read_reduced(self, directory: Path, record: Record, data: bytes, reading: Reading) -> Occurrence:
        return self._read(record, data, reading, reduced=True)

    def _read(self, record: Record, data: bytes, reading: Reading, *, reduced: bool = False) -> Occurrence:
        try:
            occurrence = self._occurrence(record, data, reading, reduced=reduced)
        except read.DroppedByRule:
            raise Filtered(FINGERPRINT_RULE) from None
        filters = reading.filters
        rule = filters and filters.verdict(occurrence.payload, remote_addr=record.remote_addr)
        if rule:
            raise Filtered(rule)
        return occurrence

    def _occurrence(self, record: Record, data: bytes, reading: Reading, *, reduced: bool) -> Occurrence:
        return read.read(
            data,
            event_id=record.event_id,
            received_at=records.received_at(record),
            sent_at=records.sent_at(record),
            remote_addr=record.remote_addr,
            limit=settings.MAX_EVENT_BYTES,
            sdk=sdk if isinstance(sdk := record.meta.get("sdk"), dict) else None,
            reduced=reduced,
            rules=reading.rules,
            policy=reading.policy,
            readable=reading.mapping.readable if reading.mapping and not reduced else None,
        )

    def store(self, batch: Batch, items: Sequence[Record], values: Sequence[Occurrence]) -> None:
        changes = self.stored_by(batch.project_id, values, batch.now, batch.limits.sample)
        batch.new_events += sum(change.kind is not ChangeKind.LEFT_OUT for change in changes)
        new = {change.sent_id: change for change in changes}
        for record, occurrence in zip(items, values, strict=True):
            change = new.pop(occurrence.event_id, None)
            if change is None:
                batch.counts.add(record, Outcome.DUPLICATE)
            elif change.kind is ChangeKind.LEFT_OUT:
                batch.counts.add(record, Outcome.FILTERED, TOO_MANY_ISSUES)
            elif change.kind is ChangeKind.COUNTED:
                batch.counts.add(record, Outcome.FILTERED, TOO_MANY_BYTES)
            elif change.kind is ChangeKind.SAMPLED:
                batch.counts.add(record, Outcome.SAMPLED, str(change.order))
            else:
                batch.counts.add(record, Outcome.SALVAGED if occurrence.salvaged else Outcome.STORED)


class AttachmentHandler(ItemHandler):
    """Attachments: their bytes go into the storage before the transaction, their rows are written inside. What is in them is not looked at."""

    def _meta(self, record: Record, reading: Reading) -> dict[str, Any]:
        name = record.meta.get("filename")
        if not isinstance(name, str):
            return record.meta
        return {**record.meta, "filename": engine.scrub_text(name, reading.policy)}

    def prepare(self, project_id: int, values: list[Item]) -> Sequence[attachments.Staged]:
        refused = free_space.LITTLE_SPACE if free_space.is_little() else ""
        return attachments.stage(project_id, values, refused)


class ClientReportHandler(ItemHandler):
    """Client reports: only counted in the ledger."""

    def read(
        self, directory: Path, record: Record, data: bytes, reading: Reading
    ) -> list[client_reports.Discard]:
        return client_reports.read(data)

    def store(
        self, batch: Batch, items: Sequence[Record], values: Sequence[list[client_reports.Discard]]
    ) -> None:
        for record, discards in zip(items, values, strict=True):
            batch.counts.add(record, Outcome.STORED)
            for discard in discards:
                batch.counts.add_discard(record, discard)


def _no_store(*arguments: Any) -> Any:
    raise TypeError("ingest.item_types names no function that stores these items")


_handlers: dict[str, ItemHandler] = {}


def handler(kind: str) -> ItemHandler | None:
    """The handler of a kind of record; None if no row of ingest.item_types keeps it."""
    found = _handlers.get(kind)
    if found is None and (kept := item_types.kept(kind)) is not None:
        store = import_string(kept.stored_by) if kept.stored_by else _no_store
        reader = import_string(kept.read_by) if kept.read_by else None
        found = _handlers[kind] = import_string(kept.handler)(store, reader, kept.set_aside)
    return found


def load() -> None:
    """Import everything that the table names."""
    for kind in item_types.ITEM_TYPES:
        handler(kind)
