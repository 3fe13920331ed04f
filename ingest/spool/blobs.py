"""Blobs: files of their own for payloads that are too large for a segment."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from ingest.spool import files
from ingest.spool.errors import SpoolUnavailable

T = TypeVar("T")
Read = Callable[[int, int], bytes]

log = logging.getLogger(__name__)

# Threads of their own: the writes of segments must not wait for the fsync of a large file.
THREADS = 3


class Blob:
    """One blob that is being written. `name` is what a record calls it; it is empty until the first write.

    Its lock, held until `release`, says that a record will still name it. Disk work runs in a thread.
    """

    def __init__(self, directory: Path, name: str, threads: Executor, *, fsync: bool) -> None:
        self.name = ""
        self._directory = directory
        self._writer = name
        self._threads = threads
        self._fsync = fsync
        self._file: tuple[int, Path] | None = None
        self._discarded = False
        # A cancelled request discards the blob while its last write may still be running.
        self._busy = threading.Lock()

    async def write(self, parts: list[bytes]) -> None:
        """Append `parts`. Raises SpoolUnavailable."""
        await self._in_thread(lambda: self._write(parts))

    async def finish(self, parts: list[bytes]) -> None:
        """Append the last `parts`. The file and its name are on disk on return. Raises SpoolUnavailable."""
        await self._in_thread(lambda: self._finish(parts))

    async def read(self, parts: list[bytes], work: Callable[[Read], T]) -> T:
        """Append `parts`, then return the result of `work`, which gets a function that reads by offset and length. Raises
        SpoolUnavailable."""
        return await self._in_thread(lambda: self._read(parts, work))

    async def discard(self) -> None:
        """Delete the file: no record will name it."""
        await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._threads, self._discard))

    def release(self) -> None:
        """Release the lock; the segment owns the blob now."""
        if self._file is not None:
            os.close(self._file[0])
            self._file = None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except OSError as error:
            raise SpoolUnavailable.because(error) from error

    def _write(self, parts: list[bytes]) -> int:
        with self._busy:
            if self._discarded:
                raise OSError(errno.ECANCELED, "the request is over")
            if self._file is None:
                self._file = files.create_locked(self._directory, self._writer, sync=False, suffix=files.BLOB)
                self.name = self._file[1].name
            descriptor = self._file[0]
            for part in parts:
                files.write_all(descriptor, part)
            return descriptor

    def _read(self, parts: list[bytes], work: Callable[[Read], T]) -> T:
        self._write(parts)
        with open(self._directory / self.name, "rb", buffering=0) as file:
            return work(lambda at, length: os.pread(file.fileno(), length, at))

    def _finish(self, parts: list[bytes]) -> None:
        descriptor = self._write(parts)
        with self._busy:
            if self._fsync and not self._discarded:
                os.fdatasync(descriptor)
                files.sync_directory(self._directory)
            if not self._discarded and not os.fstat(descriptor).st_nlink:
                raise FileNotFoundError(errno.ENOENT, f"{self.name} was removed")

    def _discard(self) -> None:
        with self._busy:
            self._discarded = True
            if self._file is not None:
                descriptor, path = self._file
                self._file = None
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)
                os.close(descriptor)


class Blobs:
    """Creates the blobs of one web worker in `directory`. `name` becomes part of the file names, so that people can tell
    workers apart."""

    def __init__(self, directory: Path, name: str, *, fsync: bool = True) -> None:
        self._directory = directory
        self._name = name
        self._fsync = fsync
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="blob")

    def new(self) -> Blob:
        """A new blob. The file is created by its first `write`."""
        return Blob(self._directory, self._name, self._threads, fsync=self._fsync)


def blob_path(directory: Path, name: str) -> Path:
    """The path of the blob that a record names as `file`. Raises ValueError if the name is not a blob's."""
    if "/" in name or not name.endswith(files.BLOB):
        raise ValueError(f"{name!r} is not the name of a blob")
    return directory / name


def sweep(directory: Path) -> int:
    """Delete the blobs that no record will ever name. Returns how many.

    These are blobs without a lock, whose writer is done or dead, while there is no segment that could name them.
    """
    # Listed before the segments: records that are written from now on name newer blobs.
    blobs = files.named(directory, files.BLOB)
    if not blobs:
        return 0
    free = []
    for path in blobs:
        descriptor = files.try_lock(path)
        if descriptor is not None:
            free.append(path)
            os.close(descriptor)
    if not free or files.named(directory, files.OPEN) or files.named(directory, files.SEALED):
        return 0
    for path in free:
        log.warning("deleted %s, which no record names", path.name)
        path.unlink(missing_ok=True)
    return len(free)
