"""One project's records of a batch: who stores what, and what became of it, all in one transaction.

The events, the other items, the ledger's rows and the progress through the segment are committed together or not
at all: each record counts once, whatever dies in between.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from django.db import DataError, Error, IntegrityError, transaction

from accounts.models import Project
from ingest.digest.checkpoint import Checkpoint, Entry, StaleCheckpoint
from ingest.digest.client_reports import Discard
from ingest.digest.unpack import EVENT, NOT_STORABLE, Unpacked, quarantine, unpack
from ingest.filters import Filters
from ingest.ledger import latest_requests, outcomes
from ingest.ledger import store as ledger
from ingest.ledger.outcomes import Outcome, Seen, category
from ingest.ledger.store import Key
from ingest.rate_limits import stored as quotas
from ingest.rate_limits.stored import StoredLimits
from ingest.spool import Record
from issues.lock import lock_project
from issues.monitors import check_ins
from issues.payload.read import Occurrence
from issues.record import attachments, user_reports, writer
from issues.record.issue_delta import ChangeKind
from issues.record.items import Item, Results
from issues.sessions import session_counts
from rustrak.lib import clock

log = logging.getLogger(__name__)

#: The project of records that are about all projects: what the edge counted.
EDGE = 0

Handler = Callable[[int, Sequence[Item], datetime], Results]
HANDLERS: dict[str, Handler] = {
    "user_report": user_reports.record,
    "feedback": user_reports.record_feedback,
    "check_in": check_ins.record,
    "session": session_counts.record_updates,
    "sessions": session_counts.record_aggregates,
}


def dispatch(
    directory: Path,
    project_id: int,
    entries: Sequence[Entry],
    progress: Checkpoint,
    unwanted: Filters | None = None,
) -> None:
    """Commit `entries`, all of one project and in their order, those that are not yet; `unwanted` are its filters.

    What cannot be stored goes to quarantine alone. Raises django.db.Error or OSError when the database or a disk is
    in the way: then `progress` says what was committed before.
    """
    while left := progress.left(entries):
        try:
            _dispatch(directory, project_id, left, progress, unwanted)
        except StaleCheckpoint:
            progress.reread()
        except writer.ProjectGone:
            log.info("dropped %d items of project %d, which is gone", len(left), project_id)
            return


def _dispatch(
    directory: Path,
    project_id: int,
    entries: Sequence[Entry],
    progress: Checkpoint,
    unwanted: Filters | None,
) -> None:
    try:
        if project_id == EDGE:
            tallies = list(_tallies(directory, entries))
            _commit(project_id, entries, progress, lambda now: _fan_out(tallies))
        else:
            unpacked = unpack(directory, project_id, [entry.record for entry in entries], unwanted)
            _commit(project_id, entries, progress, lambda now: _store(project_id, unpacked, now))
    except (StaleCheckpoint, writer.ProjectGone):
        raise
    except Exception as error:
        if _waiting_helps(error):
            raise
        if len(entries) > 1:
            # One of them breaks the batch: halves of halves show which.
            middle = len(entries) // 2
            _dispatch(directory, project_id, entries[:middle], progress, unwanted)
            _dispatch(directory, project_id, entries[middle:], progress, unwanted)
            return
        record = entries[0].record
        quarantine(directory, record, error)
        alone = Unpacked(bad=[(record, NOT_STORABLE)])
        _commit(
            project_id, entries, progress,
            lambda now: None if project_id == EDGE else _store(project_id, alone, now),
        )  # fmt: skip


def _waiting_helps(error: Exception) -> bool:
    """Whether the database or a disk itself is in trouble (down, locked, full, not migrated)."""
    return isinstance(error, OSError) or (
        isinstance(error, Error) and not isinstance(error, DataError | IntegrityError)
    )


def _commit(
    project_id: int, entries: Sequence[Entry], progress: Checkpoint, store: Callable[[datetime], None]
) -> None:
    now = clock.now()
    with transaction.atomic():
        lock_project(project_id)
        progress.advance(project_id, entries, now)
        store(now)
    progress.committed(project_id, entries)


class _Counts:
    """What became of one project's part of a batch."""

    def __init__(self) -> None:
        self._fates: dict[tuple[float, str, str, str], int] = {}
        self._discards: Counter[tuple[float, str, str]] = Counter()

    def add(self, record: Record, outcome: str, reason: str = "") -> None:
        """Count an accepted record."""
        key = (record.received_at // 60, record.kind, outcome, reason)
        self._fates[key] = self._fates.get(key, 0) + 1

    def spread(self, records: Sequence[Record], results: Results) -> None:
        """Give each of `records` one of `results`: which is known of all together only."""
        for record, (outcome, reason) in zip(records, results.elements(), strict=True):
            self.add(record, outcome, reason)

    def discarded(self, record: Record, discard: Discard) -> None:
        """Count what an SDK says it dropped."""
        self._discards[record.received_at // 60, discard.category, discard.reason] += discard.quantity

    def accepted(self, kind: str) -> int:
        """How many records of a kind were counted."""
        return sum(quantity for (_, of, _, _), quantity in self._fates.items() if of == kind)

    def rows(self, project_id: int) -> dict[Key, int]:
        """The ledger's rows."""
        rows: Counter[Key] = Counter()
        for (minute, kind, outcome, reason), quantity in self._fates.items():
            place = project_id, int(minute), category(kind)
            rows[*place, Outcome.ACCEPTED.value, ""] += quantity
            rows[*place, str(outcome), reason[:64]] += quantity
        for (minute, name, reason), quantity in self._discards.items():
            rows[project_id, int(minute), name, Outcome.CLIENT_DISCARD.value, reason] += quantity
        return rows


def _store(project_id: int, unpacked: Unpacked, now: datetime) -> None:
    """Everything that is in `unpacked`, and what became of it. Raises ProjectGone."""
    counts = _Counts()
    before = quotas.load_limits(project_id)
    if before is None:
        raise writer.ProjectGone(f"project {project_id} does not exist any more")
    digested = _store_events(before, unpacked.events, counts, now) if unpacked.events else 0
    if unpacked.attachments:
        counts.spread(unpacked.attachments, attachments.record(project_id, unpacked.staged, now))
    for kind, pairs in unpacked.items.items():
        results = HANDLERS[kind](project_id, [item for _, item in pairs], now)
        counts.spread([record for record, _ in pairs], results)
    for record, discards in unpacked.reports:
        counts.add(record, Outcome.STORED.value)
        for discard in discards:
            counts.discarded(record, discard)
    for record, rule in unpacked.filtered:
        counts.add(record, Outcome.FILTERED.value, rule)
    for record, reason in unpacked.bad:
        counts.add(record, Outcome.INVALID.value, reason)
    ledger.add(counts.rows(project_id))
    quotas.update_exceeded(before, counts.accepted(EVENT), digested, now)


def _store_events(
    before: StoredLimits, events: Sequence[tuple[Record, Occurrence]], counts: _Counts, now: datetime
) -> int:
    """How many of them were new."""
    changes = writer.store(before.project_id, [occurrence for _, occurrence in events], now, before.sample)
    new = {change.sent_id: change for change in changes}
    stored, duplicate, sampled = Outcome.STORED.value, Outcome.DUPLICATE.value, Outcome.SAMPLED.value
    salvaged = Outcome.SALVAGED.value
    for record, occurrence in events:
        change = new.pop(occurrence.event_id, None)
        if change is None:
            counts.add(record, duplicate)
        elif change.kind is ChangeKind.SAMPLED:
            counts.add(record, sampled, str(change.order))
        else:
            counts.add(record, salvaged if occurrence.salvaged else stored)
    return len(changes)


def _hold(project_ids: Iterable[int]) -> set[int]:
    """Those of the projects that exist; they cannot go away until the transaction ends."""
    projects = (
        Project.objects.select_for_update(no_key=True)
        .filter(pk__in=project_ids, deleting_at=None)
        .order_by("pk")
    )
    return set(projects.values_list("pk", flat=True))


_EdgeTally = tuple[list[tuple[Key, int]], list[tuple[int, Seen]]]


def _tallies(directory: Path, entries: Sequence[Entry]) -> Iterator[_EdgeTally]:
    """What web processes counted; what is no tally is in quarantine."""
    for entry in entries:
        try:
            yield outcomes.read(entry.record.payload)
        except ValueError as error:
            quarantine(directory, entry.record, error)


def _fan_out(tallies: Sequence[_EdgeTally]) -> None:
    """Add what was counted to each project's ledger, and the requests to its latest. Strangers can name any project:
    what is for none is dropped."""
    counts: Counter[Key] = Counter()
    seen: list[tuple[int, Seen]] = []
    for counted, requests in tallies:
        for key, quantity in counted:
            counts[key] += quantity
        seen += requests
    named = {key[0] for key in counts} | {project_id for project_id, _ in seen}
    known = _hold(named)
    if named - known:
        log.debug("dropped what was counted for %d projects that do not exist", len(named - known))
    ledger.add({key: quantity for key, quantity in counts.items() if key[0] in known})
    latest_requests.add((project_id, request) for project_id, request in seen if project_id in known)
