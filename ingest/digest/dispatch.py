"""Stores one project's records of a batch, and what became of each, in one transaction.

The events, the other items, the ledger's counts and the checkpoint are committed together or not at all, so that each
record counts exactly once, whatever crashes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from django.db import DataError, Error, IntegrityError, connection, transaction

from ingest import spool
from ingest.digest import tallies
from ingest.digest.budget import OverBudget, storing, ticking, watch
from ingest.digest.checkpoint import Checkpoint, Entry, StaleCheckpoint
from ingest.digest.counts import Counts
from ingest.digest.handlers import Batch
from ingest.digest.marks import Marks
from ingest.digest.set_aside import set_aside
from ingest.digest.unpack import TooCostly, Unpacked, unpack
from ingest.filters.reading import USUAL, Reading
from ingest.item_types import EVENT, ITEM_TYPES
from ingest.ledger import store as ledger
from ingest.ledger.outcomes import Outcome, QuarantineReason
from ingest.rate_limits import stored as rate_limits
from issues import facts
from issues.lock import lock_project
from issues.record.writer import ProjectGone
from rustrak.lib import clock

log = logging.getLogger(__name__)

#: The project id of records that concern all projects: the edge's tallies.
EDGE = 0


def dispatch(
    directory: Path,
    project_id: int,
    entries: Sequence[Entry],
    checkpoint: Checkpoint,
    reading: Reading = USUAL,
    marks: Marks | None = None,
    until: float | None = None,
) -> bool:
    """Commit those of `entries`, all of one project and in order, that are not committed yet; `reading` is what
    the project has decided, `marks` say which records were slow. Returns whether that is all of them: it ends with the
    record that is read when the process has used `until` seconds of CPU time.

    A record that cannot be stored goes into quarantine; the others are stored. Raises django.db.Error or OSError if
    the database or a disk fails; `checkpoint` then knows what was committed before.
    """
    marks = marks or Marks(directory)
    while remaining := checkpoint.remaining(entries):
        try:
            with ticking(marks):
                if not _dispatch(directory, project_id, remaining, checkpoint, reading, marks, until):
                    return False
        except StaleCheckpoint:
            checkpoint.reread()
        except ProjectGone:
            log.info("dropped %d items of project %d, which was deleted", len(remaining), project_id)
            return True
    return True


def _dispatch(
    directory: Path,
    project_id: int,
    entries: Sequence[Entry],
    checkpoint: Checkpoint,
    reading: Reading,
    marks: Marks,
    until: float | None = None,
) -> bool:
    count = len(entries)
    try:
        if project_id == EDGE:
            read = list(tallies.read(directory, entries))
            _commit(directory, project_id, entries, checkpoint, lambda now: tallies.fan_out(read))
        else:
            unpacked = unpack(directory, project_id, entries, reading, marks, until)
            count = unpacked.count
            _commit(
                directory,
                project_id,
                entries[:count],
                checkpoint,
                lambda now: _store(project_id, unpacked, now),
            )
    except (StaleCheckpoint, ProjectGone):
        raise
    except (Exception, OverBudget) as error:
        if _waiting_helps(error):
            raise
        if isinstance(error, OverBudget) and not connection.in_atomic_block:
            connection.close()  # it was interrupted anywhere in a statement
        if count > 1:
            # One record breaks the batch: bisect to find it. Each half is committed whole, as their order counts.
            middle = count // 2
            _dispatch(directory, project_id, entries[:middle], checkpoint, reading, marks)
            _dispatch(directory, project_id, entries[middle:count], checkpoint, reading, marks)
            return count == len(entries)
        if isinstance(error, OverBudget):
            error = TooCostly("it takes too much CPU time to store")
        _set_aside(directory, project_id, entries[:1], checkpoint, error)
        return len(entries) == 1
    return count == len(entries)


def _set_aside(
    directory: Path, project_id: int, entries: Sequence[Entry], checkpoint: Checkpoint, error: Exception
) -> None:
    """Put the one record of `entries` into quarantine and commit that."""
    set_aside(directory, entries[0], error)
    costly = isinstance(error, TooCostly)
    reason = QuarantineReason.TOO_COSTLY if costly else QuarantineReason.NOT_STORABLE
    bad = Unpacked(bad=[(entries[0].record, reason)])
    _commit(
        directory, project_id, entries, checkpoint,
        lambda now: None if project_id == EDGE else _store(project_id, bad, now),
    )  # fmt: skip


def _waiting_helps(error: BaseException) -> bool:
    """Whether the database or a disk itself has failed (down, locked, full, not migrated), not the records."""
    return isinstance(error, OSError) or (
        isinstance(error, Error) and not isinstance(error, DataError | IntegrityError)
    )


def _commit(
    directory: Path,
    project_id: int,
    entries: Sequence[Entry],
    checkpoint: Checkpoint,
    store: Callable[[datetime], None],
) -> None:
    # Once it is committed that these records are done, they are not read again.
    spool.sync_quarantine(directory)
    now = clock.now()
    with transaction.atomic():
        lock_project(project_id)
        checkpoint.advance(project_id, entries, now)
        # Outside of what may be interrupted anywhere, so that what was gathered is always dropped or written.
        with facts.together():
            try:
                watch.now = storing(len(entries))
                store(now)
            finally:
                watch.now = None
    checkpoint.committed(project_id, entries)


def _store(project_id: int, unpacked: Unpacked, now: datetime) -> None:
    """Store everything in `unpacked` and count its outcomes. Raises ProjectGone."""
    limits = rate_limits.load_limits(project_id)
    if limits is None:
        raise ProjectGone(f"project {project_id} does not exist any more")
    counts = Counts()
    batch = Batch(limits, counts, now)
    for kind in ITEM_TYPES:
        if items := unpacked.items.get(kind):
            items.handler.store(batch, items.records, items.values)
    for record, rule in unpacked.filtered:
        counts.add(record, Outcome.FILTERED, rule)
    for record, reason in unpacked.bad:
        counts.add(record, Outcome.INVALID, reason)
    ledger.add(counts.rows(project_id))
    rate_limits.update_exceeded(limits, counts.accepted(EVENT), batch.new_events, now)
