"""Remembers which records of a segment are committed, so that each record is stored exactly once across crashes.

A project's progress through a segment is saved in the transaction that stores its records. A segment that is read
again continues from there; the rows are deleted after the segment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ingest.models import SegmentProgress
from ingest.spool import Record, files
from issues.retention.batches import RetentionPolicy, RowsToDelete, rows_of
from rustrak.lib import bulk
from rustrak.lib.database.prepared import Prepared

KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Entry:
    """A record, the name of its segment and its index in the segment, from 0."""

    segment: str
    index: int
    record: Record


_DONE = Prepared(
    lambda values: SegmentProgress.objects.filter(project_id=values[0], segment__in=values[1:]).values_list(
        "segment", "done"
    )
)


class StaleCheckpoint(Exception):
    """A transaction was committed after the checkpoint was read. Read it again."""


class Checkpoint:
    """The progress of one digest through the segments it holds. While it holds them, no other digest changes their
    rows."""

    def __init__(self) -> None:
        # By segment and project: the index from which on no record of the project is committed.
        self._done: dict[tuple[str, int], int] = {}
        self._segments: list[str] = []
        self._settled: list[str] = []

    def begin(self, segments: Iterable[str]) -> None:
        """Read the progress through `segments`, which have just been claimed; one query."""
        self._segments = list(segments)
        self._read()

    def _read(self) -> None:
        rows = SegmentProgress.objects.filter(segment__in=self._segments)
        self._done = {
            (segment, project_id): done
            for segment, project_id, done in rows.values_list("segment", "project_id", "done")
        }

    def reached(self, segment: str) -> dict[int, int]:
        """By project, the index in the segment from which on nothing is committed."""
        return {project_id: done for (name, project_id), done in self._done.items() if name == segment}

    def settled(self, segment: str) -> None:
        """Have the next transaction delete the segment's rows: the segment itself was deleted."""
        self._settled.append(segment)

    def remaining(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those of `entries`, all of one project, that are not committed."""
        return list(self.unfinished(entries))

    def unfinished(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """`entries` without those that were committed before this claim."""
        if not self._done:
            yield from entries
            return
        for entry in entries:
            if entry.index >= self._done.get((entry.segment, entry.record.project_id), 0):
                yield entry

    def advance(self, project_id: int, entries: Sequence[Entry], now: datetime) -> None:
        """Save that `entries`, the project's next ones, are done. To be called inside the transaction that stores them,
        which holds the project's lock. Raises StaleCheckpoint if the transaction must be rolled back."""
        if self._settled:
            SegmentProgress.objects.filter(segment__in=self._settled).delete()
        reached = _reached(entries)
        # A commit whose answer was lost with its connection may land after `begin` has read, but not after the lock.
        saved = dict(_DONE.fetch([project_id, *reached]))
        if any(saved.get(name, 0) != self._done.get((name, project_id), 0) for name in reached):
            raise StaleCheckpoint
        bulk.upsert(
            SegmentProgress,
            ["segment", "project_id", "done", "at"],
            [(name, project_id, done - saved.get(name, 0), now) for name, done in sorted(reached.items())],
            unique=["segment", "project_id"],
            add="done",
        )

    def committed(self, project_id: int, entries: Sequence[Entry]) -> None:
        """Note that the transaction in which `advance` was called is committed."""
        self._settled = []
        for name, done in _reached(entries).items():
            self._done[name, project_id] = done

    def reread(self) -> None:
        """Read the progress again, after StaleCheckpoint."""
        self._read()


def _reached(entries: Sequence[Entry]) -> dict[str, int]:
    return {entry.segment: entry.index + 1 for entry in entries}


def policy(directory: Path) -> RetentionPolicy:
    """Keeps the rows of segments that are in `directory`, others for a week: a digest that crashes leaves them behind."""

    def expired(now: datetime) -> Iterator[RowsToDelete]:
        old = SegmentProgress.objects.filter(at__lt=now - KEPT_FOR)
        waiting = [path.stem for path in files.named(directory, files.SEALED)]
        yield rows_of(old.exclude(segment__in=waiting))

    return RetentionPolicy("progress through segments", expired)
