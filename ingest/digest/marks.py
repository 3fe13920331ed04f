"""Remembers on disk which records were slow to read, so that a digest that is killed does not try the same again.

Beside a segment `<name>.sealed` lies `<name>.slow` while there are any: lines of a record's index and the stage at which
to begin with it; the last line for a record counts. It is deleted before the segment.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path

from ingest.digest.checkpoint import Entry
from ingest.spool import files

log = logging.getLogger(__name__)

SUFFIX = ".slow"


class Stage(IntEnum):
    """The ways to treat a record, each cheaper than the one before."""

    FULL = 0
    REDUCED = 1
    SET_ASIDE = 2


class Marks:
    """The slow records of the segments that one digest holds, in the spool `directory`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stages: dict[tuple[str, int], Stage] = {}
        for path in files.named(directory, SUFFIX):
            if not path.with_suffix(files.SEALED).exists():
                path.unlink(missing_ok=True)  # somebody deleted the segment

    def load(self, segments: Iterable[str]) -> None:
        """Read what is known of `segments`, which have just been claimed."""
        self._stages = {}
        for segment in segments:
            path = self._path(segment)
            if not os.access(path, os.F_OK):
                continue
            for line in path.read_text().split("\n"):
                index, _, stage = line.partition(" ")
                if index.isdecimal() and stage in ("0", "1", "2"):  # a torn line says nothing
                    self._stages[segment, int(index)] = Stage(int(stage))

    def stage(self, entry: Entry) -> Stage:
        """The stage at which to begin with a record."""
        return self._stages.get((entry.segment, entry.index), Stage.FULL) if self._stages else Stage.FULL

    def begun(self, entry: Entry, stage: Stage) -> None:
        """Note that reading the record at `stage` takes long: the next attempt begins after it."""
        if stage is not Stage.SET_ASIDE and self.stage(entry) <= stage:
            self._note(entry, Stage(stage + 1))

    def ended(self, entry: Entry, stage: Stage) -> None:
        """Note that the record was read at `stage` after all."""
        if self._stages and self.stage(entry) > stage:
            self._note(entry, stage)

    def settled(self, segment: str) -> None:
        """Forget a segment of which everything is committed, before it is deleted itself."""
        if any(name == segment for name, _ in self._stages):
            self._path(segment).unlink(missing_ok=True)

    def _note(self, entry: Entry, stage: Stage) -> None:
        self._stages[entry.segment, entry.index] = stage
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        try:
            descriptor = os.open(self._path(entry.segment), flags, 0o600)
            try:
                files.write_all(descriptor, f"{entry.index} {stage.value}\n".encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            log.warning("a slow record cannot be marked: %s", error)

    def _path(self, segment: str) -> Path:
        return self._directory / (segment + SUFFIX)
