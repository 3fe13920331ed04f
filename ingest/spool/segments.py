"""The digest's side of the spool: recover what dead writers left, hold, read, settle."""

from __future__ import annotations

import logging
import os
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from types import TracebackType

from ingest.spool import files
from ingest.spool.blobs import blob_path, sweep
from ingest.spool.quarantine import keep
from ingest.spool.record import Damage, Record, read
from ingest.spool.waking import wake

log = logging.getLogger(__name__)


class Segment:
    """A sealed segment that this process holds: nobody else reads it until it is released or settled."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.size = os.fstat(descriptor).st_size
        self._descriptor: int | None = descriptor
        self._blobs: set[str] = set()

    def records(self, wanted: Container[int] | None = None) -> Iterator[tuple[int, Record]]:
        """What was accepted, in order, each with its place; of projects in `wanted` only, of all for None. A torn end
        was never acknowledged: logged and dropped. Other damage is kept in quarantine."""
        if self._descriptor is None:
            raise ValueError(f"{self.path.name} is no longer held")
        with open(self._descriptor, "rb", closefd=False) as file:
            file.seek(0)
            data = file.read()
        for place, found in enumerate(read(data, wanted)):
            if isinstance(found, Damage):
                self._damaged(place, found)
                continue
            if found.file is not None:
                self._blobs.add(found.file)
            if isinstance(found, Record):
                yield place, found

    def settle(self) -> None:
        """Deletes the segment and the files its records name: all of it is stored or in quarantine. `records` must
        have been read to the end."""
        self.path.unlink(missing_ok=True)
        for name in self._blobs:  # after it: what a crash leaves of them is swept, as nothing names it
            blob_path(self.path.parent, name).unlink(missing_ok=True)
        self.release()

    def release(self) -> None:
        """Gives the segment back, to be claimed again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Segment:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.release()

    def _damaged(self, place: int, damage: Damage) -> None:
        if damage.torn:
            size = len(damage.data)
            log.warning("dropped a torn record of %d bytes at the end of %s", size, self.path.name)
            return
        log.error("kept a damaged record of %s in quarantine", self.path.name)
        about: dict[str, object] = {"segment": self.path.name, "reason": "the record's checksum is wrong"}
        keep(self.path.parent, f"damaged-{self.path.stem}-{place}", damage.data, about)


def hold(path: Path) -> Segment | None:
    """The sealed segment at `path`; None when somebody else holds it or it is gone."""
    descriptor = files.try_lock(path)
    return None if descriptor is None else Segment(path, descriptor)


def recover(directory: Path) -> int:
    """Seals the open segments whose writers are dead, removes empty ones and files that nothing names; how many
    were sealed."""
    sealed = 0
    for path in files.named(directory, files.OPEN):
        descriptor = files.try_lock(path)
        if descriptor is None:
            continue
        try:
            if os.fstat(descriptor).st_size:
                path.rename(path.with_suffix(files.SEALED))
                log.warning("recovered %s, left behind by a process that ended early", path.name)
                sealed += 1
            else:
                path.unlink()
        finally:
            os.close(descriptor)
    sweep(directory)
    return sealed


def write_sealed(directory: Path, records: Iterable[Record], *, fsync: bool = True) -> None:
    """Writes one sealed segment with these records and wakes the digest. Raises OSError; then nothing is kept."""
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
