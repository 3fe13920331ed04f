"""The digest's loop: claims what the edge left in the spool and stores it, batch by batch (ingest.digest.dispatch).

A segment is deleted once everything in it is committed or in quarantine. After a crash it is read again, from each
project's last commit on. Any number of digests may work on one spool. While more is waiting than one claim holds,
projects take turns (ingest.spool.backlog).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.db import Error, connection

from ingest import free_space, spool
from ingest.digest import handlers
from ingest.digest.checkpoint import Checkpoint, Entry
from ingest.digest.dispatch import dispatch
from ingest.digest.marks import Marks
from ingest.digest.records import possible_times, weight
from ingest.digest.stats import DigestStats
from ingest.filters import stored as stored_filters
from ingest.filters.reading import USUAL
from ingest.spool import Claim
from rustrak.lib.database import priority
from rustrak.lib.database.postgresql.connections import is_full

log = logging.getLogger(__name__)

# At import, which happens before the digests are forked: they share what it loads.
handlers.load()

BATCH_RECORDS = 500
# Bounds the process's memory: parsed JSON takes several times its size.
BATCH_BYTES = 4 * 1024 * 1024
CLAIM_BYTES = 2 * BATCH_BYTES
# After so many seconds of CPU time for one project, the records of others come first. A usual claim takes less in all.
TURN_SECONDS = 2.0
MOST_SLOW_PROJECTS = 1000
RECOVER_SECONDS = 1.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
# While nothing waits, a connection is looked after so often: a server that was restarted may have few for all.
CHECK_SECONDS = 5.0


def drain(directory: Path) -> int:
    """Digest everything that can be claimed now. Returns how many records that were; raises as `Digest.claim` does."""
    total = 0
    digest = Digest(directory)
    while (count := digest.claim()) is not None:
        total += count
    return total


class Digest:
    """One digest of the spool in `directory`, with its view of the backlog and its checkpoint."""

    def __init__(self, directory: Path, stats: DigestStats | None = None) -> None:
        self._directory = directory
        self._backlog = spool.Backlog(directory)
        self._checkpoint = Checkpoint()
        self._marks = Marks(directory)
        self._stats = stats
        # The projects that took long lately, the latest last.
        self._slow: dict[int, None] = {}
        # By project: the CPU time that is left for it in this claim.
        self._left: dict[int, float] = {}

    def claim(self, stopping: Callable[[], bool] = lambda: False) -> int | None:
        """Digest the next claim of the backlog. Returns how many records that were, or None if nothing is waiting.

        Raises django.db.Error or OSError if the database or a disk fails. In that case, and if `stopping` returns True
        between two batches, the claim is released and nothing is lost.
        """
        claims = self._backlog.claim(CLAIM_BYTES)
        if not claims:
            return None
        count = 0
        with ExitStack() as held:
            for claim in claims:
                held.enter_context(claim.segment)
            free_space.require_for_database()
            _commit_to_disk()
            names = [claim.segment.path.stem for claim in claims]
            self._checkpoint.begin(names)
            self._marks.load(names)
            self._left = {}
            for batch in _batches(self._directory, self._checkpoint.unfinished(self._entries(claims))):
                if stopping() or min(self._left.values(), default=1.0) <= 0:
                    return count
                if not self._digest(batch):
                    return count
                count += len(batch)
            for claim in claims:
                name = claim.segment.path.stem
                if self._backlog.done(claim, self._checkpoint.reached(name)):
                    self._marks.settled(name)
                    claim.segment.settle()
                    self._checkpoint.settled(name)
        return count

    def _entries(self, claims: Sequence[Claim]) -> Iterator[Entry]:
        """The claimed records; those of projects that took long after all others, which do not wait for them."""
        if not self._slow:
            yield from _entries(claims, lambda project_id: True)
            return
        slow = frozenset(self._slow)
        yield from _entries(claims, lambda project_id: project_id not in slow)
        yield from _entries(claims, slow.__contains__)

    def _digest(self, batch: list[Entry]) -> bool:
        """One transaction per project of the batch. Returns False when a project's turn ended before its records did."""
        started = time.perf_counter()
        by_project: dict[int, list[Entry]] = {}
        for entry in batch:
            by_project.setdefault(entry.record.project_id, []).append(entry)
        readings = stored_filters.load(by_project)
        whole = True
        for project_id, entries in by_project.items():
            own = readings.get(project_id, USUAL)
            begun = time.process_time()
            until = begun + self._left.get(project_id, TURN_SECONDS)
            whole &= dispatch(self._directory, project_id, entries, self._checkpoint, own, self._marks, until)
            self._left[project_id] = until - time.process_time()
            if self._left[project_id] <= 0:
                self._slow.pop(project_id, None)
                self._slow[project_id] = None
                if len(self._slow) > MOST_SLOW_PROJECTS:
                    del self._slow[next(iter(self._slow))]
        seconds = time.perf_counter() - started
        log.debug("digested %d records in %.0f ms", len(batch), seconds * 1000)
        if self._stats is not None:
            records = [entry.record for entry in batch]
            size = sum(len(record.payload) for record in records)
            self._stats.batch(len(records), size, seconds, min(record.received_at for record in records))
        return whole


def _commit_to_disk() -> None:
    """Have SQLite sync commits to disk before segments are deleted (docs/decisions/0002-sqlite-immediate.md)."""
    if connection.vendor == "sqlite" and settings.INGEST_FSYNC and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")


def _entries(claims: Iterable[Claim], wanted: Callable[[int], bool]) -> Iterator[Entry]:
    first, last = possible_times()
    for claim in claims:
        for index, record in claim.segment.records(claim.projects):
            if wanted(record.project_id):
                if not first <= record.received_at <= last:
                    record = replace(record, received_at=time.time())
                yield Entry(claim.segment.path.stem, index, record)


def _batches(directory: Path, entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        more = weight(directory, entry.record)
        if batch and (len(batch) >= BATCH_RECORDS or size + more > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += more
    if batch:
        yield batch


class DigestLoop:
    """Digests whatever is sealed in the spool, until stopped.

    It connects before anything waits and keeps its connection; while it cannot connect, the web processes of this machine
    leave theirs (rustrak.lib.database.priority).
    """

    def __init__(self, directory: Path, stats: DigestStats | None = None) -> None:
        self._directory = directory
        self._waker = spool.Waker(directory)
        self._digest = Digest(directory, stats)
        self._stats = stats
        self._stopping = False
        self._priority = priority.of_digest(settings.RUN_DIR)
        self._check_at = 0.0

    def stop(self) -> None:
        """Have `run` return after the current batch; may be called from a signal handler."""
        self._stopping = True
        self._waker.interrupt()

    def run(self) -> None:
        """Digest until `stop` is called. A failure of the database or a disk is logged and retried after a pause."""
        pause = SHORTEST_PAUSE
        recover_at = 0.0
        try:
            while not self._stopping:
                try:
                    self._connect()
                    if time.monotonic() >= recover_at:
                        spool.recover(self._directory)
                        recover_at = time.monotonic() + RECOVER_SECONDS
                    idle = self._digest.claim(lambda: self._stopping) is None
                    pause = SHORTEST_PAUSE
                except Exception as error:
                    unexpected = not isinstance(error, Error | OSError)
                    log.error("the digest pauses for %.1f s: %s", pause, error, exc_info=unexpected)
                    connection.close()
                    self._sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
                else:
                    if idle:
                        if self._stats is not None:
                            self._stats.flush()
                        self._look_after_connection()
                        self._waker.wait(max(0.0, recover_at - time.monotonic()))
        finally:
            self._waker.close()
            if self._stats is not None:
                self._stats.flush()

    def _connect(self) -> None:
        if connection.vendor == "sqlite":
            connection.close_if_unusable_or_obsolete()  # another file may have taken its place
            return
        if connection.connection is not None:
            return
        try:
            connection.ensure_connection()
        except Error as error:
            if is_full(error):
                self._priority.claim()
            raise
        self._priority.release()
        self._check_at = time.monotonic() + CHECK_SECONDS

    def _look_after_connection(self) -> None:
        now = time.monotonic()
        if connection.vendor != "sqlite" and now >= self._check_at:
            self._check_at = now + CHECK_SECONDS
            if not connection.is_usable():
                connection.close()

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            self._waker.wait(left)
