"""Sets records aside that cannot be stored, within the limits of the installation, and counts what expires there."""

from __future__ import annotations

import logging
import time
from collections import Counter
from pathlib import Path

from django.conf import settings

from accounts.models import Project
from ingest import item_types, spool
from ingest.digest.checkpoint import Entry
from ingest.ledger.outcomes import Outcome
from ingest.ledger.tally import Tally
from ingest.spool import Record, quarantine_files
from rustrak.lib import ids

log = logging.getLogger(__name__)

#: The ledger's reason for items that were set aside and have been deleted since.
EXPIRED = "set_aside"
# As the edge names its tallies; any record of project 0 is one.
_KIND = "intake"
_LOG_SECONDS = 60.0


class _Log:
    """Says what was set aside: the first record at once, then how many in each minute. Anybody can send such records."""

    def __init__(self) -> None:
        self._next = 0.0
        self._silent = 0

    def add(self, record: Record, reason: str) -> None:
        now = time.monotonic()
        if now < self._next:
            self._silent += 1
            return
        more = f" ({self._silent} more since this was last logged)" if self._silent else ""
        self._next, self._silent = now + _LOG_SECONDS, 0
        log.error(
            "put %s %s of project %d into quarantine: %s%s",
            record.kind, record.event_id, record.project_id, _line(reason), more,
        )  # fmt: skip


_log = _Log()


def set_aside(directory: Path, entry: Entry, error: Exception) -> None:
    """Put a record that cannot be stored into quarantine, with `error` as the reason; it is on disk after
    `ingest.spool.sync_quarantine`. Raises OSError."""
    reason = f"{type(error).__name__}: {error}"
    _log.add(entry.record, reason)
    spool.quarantine_of(directory).keep(entry.record, reason, f"{entry.segment}#{entry.index}")
    expire(directory)


def expire(directory: Path, *, by_age: bool = True) -> None:
    """Delete what is set aside beyond MAX_SET_ASIDE_BYTES, MAX_SET_ASIDE_FILES and, `by_age`, RETAIN_DAYS, and count it in
    the ledger. Cheap when there is nothing to do. Raises OSError."""
    seconds = settings.RETAIN_DAYS * 24 * 3600.0 if by_age else 0.0
    limits = spool.QuarantineLimits(settings.MAX_SET_ASIDE_BYTES, settings.MAX_SET_ASIDE_FILES, seconds)
    expired = spool.quarantine_of(directory).trim(limits, time.time())
    if expired:
        log.warning(
            "deleted %d records that had been set aside: too old, or more than are kept", expired.total()
        )
        _count(directory, expired)


def forget_deleted(directory: Path) -> None:
    """Delete what is set aside of projects that are deleted, or are being deleted. Raises OSError and django.db.Error."""
    # Listed before the query: a project exists before anything of it is set aside.
    if found := quarantine_files.projects(directory):
        deleted = found - set(
            Project.objects.filter(deleting_at=None, pk__in=found).values_list("pk", flat=True)
        )
        if deleted:
            quarantine_files.forget(directory, deleted)


def _count(directory: Path, expired: Counter[tuple[int, str]]) -> None:
    """Pass the counts on through the queue, as the edge does: they are added to the ledger exactly once."""
    tally = Tally()
    now = time.time()
    for (project_id, kind), quantity in expired.items():
        if project_id:
            tally.count(project_id, item_types.category(kind), Outcome.EVICTED, EXPIRED, quantity, at=now)
    if payload := tally.take():
        record = Record(_KIND, 0, ids.new_event_id(), now, None, None, payload)
        spool.write_sealed(directory, [record], fsync=settings.INGEST_FSYNC)


def _line(text: str) -> str:
    """Text from strangers, as a part of one line of a log."""
    return "".join(char if char.isprintable() else " " for char in text[:300])
