"""Which records of a segment are committed: what makes the digest exact across crashes.

A project's progress through a segment is saved in the transaction that stores its records. A segment that is read
again goes on from there; when it is gone, so are its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from ingest.models import SegmentProgress
from ingest.spool import Record, files
from rustrak.lib import bulk

KEPT_FOR = timedelta(days=7)


class Entry(NamedTuple):
    """A record, the name of its segment and its place in it, from 0."""

    segment: str
    place: int
    record: Record


class StaleCheckpoint(Exception):
    """Something that was under way when the progress was read has been committed since. Read it again."""


class Checkpoint:
    """The progress of one digest through the segments it holds. Nobody else changes their rows."""

    def __init__(self) -> None:
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
        """By project the place in one of those segments from which on nothing is committed."""
        return {project_id: done for (name, project_id), done in self._done.items() if name == segment}

    def settled(self, segment: str) -> None:
        """The segment is deleted: so are its rows, with the next transaction."""
        self._settled.append(segment)

    def left(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those of `entries`, all of one project, that are not committed."""
        if not self._done:
            return list(entries)
        return [
            entry
            for entry in entries
            if entry.place >= self._done.get((entry.segment, entry.record.project_id), 0)
        ]

    def advance(self, project_id: int, entries: Sequence[Entry], now: datetime) -> None:
        """Save that `entries`, the project's next ones, are done; inside the transaction that makes it so, which
        holds the project's lock. Raises StaleCheckpoint when the transaction must not be committed."""
        if self._settled:
            SegmentProgress.objects.filter(segment__in=self._settled).delete()
        reached = _reached(entries)
        # A commit whose answer was lost with the connection may come after `begin` has looked: not after the lock.
        rows = SegmentProgress.objects.filter(project_id=project_id, segment__in=reached)
        saved = dict(rows.values_list("segment", "done"))
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
        """What `advance` saved is committed."""
        self._settled = []
        for name, done in _reached(entries).items():
            self._done[name, project_id] = done

    def reread(self) -> None:
        """After StaleCheckpoint."""
        self._read()


def _reached(entries: Sequence[Entry]) -> dict[str, int]:
    return {entry.segment: entry.place + 1 for entry in entries}


def retain(directory: Path, now: datetime) -> None:
    """Delete the rows of segments that are gone: those that no digest came round to delete."""
    old = SegmentProgress.objects.filter(at__lt=now - KEPT_FOR)
    waiting = [path.stem for path in files.named(directory, files.SEALED)]
    old.exclude(segment__in=waiting).delete()
