"""Segments as the digest uses them: recover those of dead writers, hold, read and settle them."""

from __future__ import annotations

import logging
import os
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from types import TracebackType

from ingest.spool import files
from ingest.spool.blobs import blob_path, sweep
from ingest.spool.quarantine_writer import of as quarantine_of
from ingest.spool.record import Damage, Record, read
from ingest.spool.waking import wake

log = logging.getLogger(__name__)


class Segment:
    """A sealed segment that this process has locked: no other reads it until it is released or settled."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.size = os.fstat(descriptor).st_size
        self._descriptor: int | None = descriptor
        self._blobs: set[str] = set()

    def records(self, wanted: Container[int] | None = None) -> Iterator[tuple[int, Record]]:
        """The records of the projects in `wanted` (None: of all), in order, each with its index in the segment.

        A torn record at the end was never acknowledged, so it is logged and dropped. Other damage goes into quarantine.
        """
        if self._descriptor is None:
            raise ValueError(f"{self.path.name} is no longer held")
        with open(self._descriptor, "rb", closefd=False) as file:
            file.seek(0)
            data = file.read()
        for index, found in enumerate(read(data, wanted)):
            if isinstance(found, Damage):
                self._damaged(index, found)
                continue
            if found.file is not None:
                self._blobs.add(found.file)
            if isinstance(found, Record):
                yield index, found

    def settle(self) -> None:
        """Delete the segment and the blobs that its records name, once all of it is stored or in quarantine. `records`
        must have been read to the end."""
        quarantine_of(self.path.parent).sync()
        self.path.unlink(missing_ok=True)
        # After the segment: if the process dies in between, `sweep` deletes the blobs, which no record names any more.
        for name in self._blobs:
            blob_path(self.path.parent, name).unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Release the lock: the segment may be claimed again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Segment:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.release()

    def _damaged(self, index: int, damage: Damage) -> None:
        if damage.torn:
            size = len(damage.data)
            log.warning("dropped a torn record of %d bytes at the end of %s", size, self.path.name)
            return
        log.error("put a damaged record of %s into quarantine", self.path.name)
        about = {"kind": "damaged", "segment": self.path.name}
        identity = f"{self.path.stem}#{index}"
        view = quarantine_of(self.path.parent)
        view.keep_bytes(0, identity, damage.data, about, "the record's checksum is wrong")


def hold(path: Path) -> Segment | None:
    """Lock the sealed segment at `path`. None if somebody else holds it or it is gone."""
    descriptor = files.try_lock(path)
    return None if descriptor is None else Segment(path, descriptor)


def recover(directory: Path) -> int:
    """Seal the open segments whose writers are dead; delete empty ones, and blobs that nothing names. Returns how many
    segments were sealed."""
    sealed = 0
    for path in files.named(directory, files.OPEN):
        descriptor = files.try_lock(path)
        if descriptor is None:
            continue
        try:
            if os.fstat(descriptor).st_size:
                path.rename(path.with_suffix(files.SEALED))
                log.warning("recovered %s, whose writer ended without sealing it", path.name)
                sealed += 1
            else:
                path.unlink()
        finally:
            os.close(descriptor)
    sweep(directory)
    return sealed


def write_sealed(directory: Path, records: Iterable[Record], *, fsync: bool = True) -> None:
    """Write `records` as one sealed segment and wake the digest. Raises OSError; nothing is kept in that case."""
    descriptor, path = files.create_locked(directory, "once", sync=fsync)
    try:
        try:
            files.write_all(descriptor, b"".join(record.encode() for record in records))
            path.rename(path.with_suffix(files.SEALED))
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        if fsync:
            files.sync_directory(directory)
    finally:
        os.close(descriptor)
    wake(directory)
