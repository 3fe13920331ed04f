"""The digest: claims what the edge left in the spool and hands it to issues.record, batch by batch.

A segment is deleted after everything in it is committed or in quarantine, so a crash only means that it is read
again; events already stored add nothing. Any number of digests may work on one spool.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import DataError, Error, IntegrityError, connection

from ingest import spool
from ingest.spool import Record
from issues.record import payload, writer
from issues.record.payload import Occurrence
from rustrak.lib import clock

log = logging.getLogger(__name__)

BATCH_EVENTS = 500
# Parsed, JSON takes several times its size: this bounds the process's memory.
BATCH_BYTES = 4 * 1024 * 1024
CLAIM_BYTES = 2 * BATCH_BYTES
LOOK_SECONDS = 1.0
LEAST_PAUSE, LONGEST_PAUSE = 0.1, 5.0


def drain(directory: Path) -> int:
    """Digests all that can be claimed now; how many records that were. Raises as `digest_claim` does."""
    total = 0
    while (count := digest_claim(directory)) is not None:
        total += count
    return total


def digest_claim(directory: Path, stopping: Callable[[], bool] = lambda: False) -> int | None:
    """Digests the oldest segments that nobody holds; how many records that were, None when there are none.

    Raises django.db.Error or OSError when the database or the disk is in the way. Then, and when `stopping`
    says so between two batches, what was claimed is given back and nothing is lost.
    """
    segments = spool.claim(directory, CLAIM_BYTES)
    if not segments:
        return None
    count = 0
    with ExitStack() as held:
        for segment in segments:
            held.enter_context(segment)
        _commit_to_disk()
        for batch in _batches(record for segment in segments for record in segment.records()):
            if stopping():
                return count
            _digest(directory, batch)
            count += len(batch)
        for segment in segments:
            segment.settle()
    return count


def _commit_to_disk() -> None:
    """Have commits reach the disk before segments are deleted: docs/decisions/0002."""
    if connection.vendor == "sqlite" and settings.INGEST_FSYNC and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous=FULL")


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    size = 0
    for record in records:
        if batch and (len(batch) >= BATCH_EVENTS or size + len(record.payload) > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record.payload)
    if batch:
        yield batch


def _digest(directory: Path, batch: list[Record]) -> None:
    """One transaction per project of the batch."""
    started = time.perf_counter()
    by_project: dict[int, list[Record]] = {}
    for record in batch:
        by_project.setdefault(record.project_id, []).append(record)
    for project_id, records in by_project.items():
        _digest_project(directory, project_id, records)
    log.debug("digested %d events in %.0f ms", len(batch), (time.perf_counter() - started) * 1000)


def _digest_project(directory: Path, project_id: int, records: list[Record]) -> None:
    read: list[tuple[Record, Occurrence]] = []
    for record in records:
        try:
            read.append((record, _read(record)))
        except Exception as error:
            _quarantine(directory, record, error)
    if not read:
        return
    try:
        _store(project_id, [occurrence for _, occurrence in read])
    except Exception as error:
        if _not_the_events_fault(error):
            raise
        if len(read) == 1:
            _quarantine(directory, read[0][0], error)
            return
        # One of them breaks the batch: alone, each shows whether it is the one.
        for record, _ in read:
            _digest_project(directory, project_id, [record])


def _read(record: Record) -> Occurrence:
    if record.kind != "event":
        raise payload.Unreadable(f"a record of the unknown kind {record.kind!r}")
    return payload.read(
        record.payload,
        event_id=record.event_id,
        received_at=datetime.fromtimestamp(record.received_at, UTC),
        sent_at=_moment(record.sent_at),
        remote_addr=record.remote_addr,
    )


def _store(project_id: int, occurrences: list[Occurrence]) -> None:
    try:
        writer.record(project_id, occurrences, clock.now())
    except writer.ProjectGone:
        log.info("dropped %d events of project %d, which is gone", len(occurrences), project_id)


def _not_the_events_fault(error: Exception) -> bool:
    """Whether the database itself is in trouble (down, locked, full, not migrated): then waiting helps."""
    return isinstance(error, Error) and not isinstance(error, DataError | IntegrityError)


def _quarantine(directory: Path, record: Record, error: Exception) -> None:
    reason = f"{type(error).__name__}: {error}"
    log.error("event %s of project %d is in quarantine: %s", record.event_id, record.project_id, reason)
    spool.quarantine(directory, record, reason)


def _moment(text: str | None) -> datetime | None:
    """An RFC 3339 time, without a zone UTC; None when it cannot be read."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


class Loop:
    """Drains the spool whenever something is sealed in it, until stopped."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._waker = spool.Waker(directory)
        self._stopping = False

    def stop(self) -> None:
        """Ends `run` after the batch under way; may be called from a signal handler."""
        self._stopping = True
        self._waker.interrupt()

    def run(self) -> None:
        pause = LEAST_PAUSE
        recover_at = 0.0
        try:
            while not self._stopping:
                try:
                    if time.monotonic() >= recover_at:
                        spool.recover(self._directory)
                        recover_at = time.monotonic() + LOOK_SECONDS
                    idle = digest_claim(self._directory, lambda: self._stopping) is None
                    pause = LEAST_PAUSE
                except Exception as error:
                    unexpected = not isinstance(error, Error | OSError)
                    log.error("the digest waits %.1f s: %s", pause, error, exc_info=unexpected)
                    connection.close()
                    self._sleep(pause)
                    pause = min(2 * pause, LONGEST_PAUSE)
                else:
                    if idle:
                        self._waker.wait(max(0.0, recover_at - time.monotonic()))
        finally:
            self._waker.close()

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            self._waker.wait(left)
