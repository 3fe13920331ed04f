"""Appends the records of one web worker to its open segment. Requests that wait at the same time share one fsync."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from pathlib import Path

from ingest.spool import files
from ingest.spool.errors import SpoolUnavailable
from ingest.spool.record import Record
from ingest.spool.waking import wake

log = logging.getLogger(__name__)

# How long a record waits at most before a digest can claim it, and how much a digest reads at a time.
SEAL_SECONDS = 0.04
SEAL_BYTES = 4 * 1024 * 1024


class SegmentWriter:
    """Appends records to its own segments in `directory`. `name` becomes part of the file names, so that people can tell
    workers apart.

    For one event loop. Disk work runs in a thread, one write at a time.
    """

    def __init__(self, directory: Path, name: str, *, fsync: bool = True) -> None:
        self._directory = directory
        self._name = name
        self._fsync = fsync
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._seal_due = False
        # The segment. Only the thread that `_run` waits for touches it.
        self._file: tuple[int, Path] | None = None
        self._size = 0

    async def append(self, *records: Record) -> None:
        """Append all of `records` in order; on return they are on disk. Raises SpoolUnavailable if they cannot be written; none
        of them is kept in that case."""
        loop = asyncio.get_running_loop()
        kept = loop.create_future()
        encoded = records[0].encode() if len(records) == 1 else b"".join([one.encode() for one in records])
        self._waiting.append((encoded, kept))
        if self._task is None:
            self._task = loop.create_task(self._run())
        await kept

    async def close(self) -> None:
        """Write what is waiting and seal the segment."""
        self._seal_due = True
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())
        await self._task

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting or self._seal_due:
                if self._waiting:
                    batch, self._waiting = self._waiting, []
                    await self._write(loop, batch)
                if self._seal_due or self._size >= SEAL_BYTES:
                    await loop.run_in_executor(None, self._seal)
                    self._seal_due = False
                    if self._timer is not None:
                        self._timer.cancel()
                        self._timer = None
        finally:
            self._task = None

    async def _write(
        self, loop: asyncio.AbstractEventLoop, batch: list[tuple[bytes, asyncio.Future[None]]]
    ) -> None:
        data = b"".join([encoded for encoded, _ in batch])
        try:
            if self._fsync:
                await loop.run_in_executor(None, self._commit, data)
            else:
                self._commit(data)
        except Exception as error:
            for _, kept in batch:
                if not kept.done():
                    kept.set_exception(SpoolUnavailable.because(error))
            return
        for _, kept in batch:
            if not kept.done():
                kept.set_result(None)
        if self._timer is None:
            self._timer = loop.call_later(SEAL_SECONDS, self._aged)

    def _aged(self) -> None:
        self._timer = None
        self._seal_due = True
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def _commit(self, data: bytes) -> None:
        """Append `data`; on return it is on disk. Raises OSError and leaves the segment as it was."""
        new = self._file is None
        if self._file is None:
            self._file = files.create_locked(self._directory, self._name, sync=self._fsync)
            self._size = 0
        descriptor, path = self._file
        try:
            files.write_all(descriptor, data)
            if new and self._fsync:
                files.sync_directory(self._directory)
            if not os.fstat(descriptor).st_nlink:
                raise FileNotFoundError(f"{path} was removed")
        except OSError:
            # Do not append to this file again; the good records in it go to the digest.
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, self._size)
            self._seal()
            raise
        self._size += len(data)

    def _seal(self) -> None:
        """Seal the segment. If that fails, it is an orphan once it is closed, and the digest recovers it."""
        if self._file is None:
            return
        descriptor, path = self._file
        self._file, size, self._size = None, self._size, 0
        try:
            if size:
                path.rename(path.with_suffix(files.SEALED))
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            log.error("cannot seal %s (%s); the digest will recover it", path.name, error)
        finally:
            os.close(descriptor)
        if size:
            wake(self._directory)
