"""Limits how much the spool may hold (MAX_SPOOL_BYTES), and stops it while the disks have too little free space."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ingest.spool.errors import SpoolUnavailable
from rustrak.lib.disk.space import FreeSpace

MEASURE_SECONDS = 1.0
# Adding up very many files takes a while: this is the largest share of the time that may go into it.
MEASURE_SHARE = 0.05


class SpoolCapacity:
    """Whether the spool has room, from its size on disk once a second and what was written since.

    `limit` is in bytes, 0 means no limit. While `space` is little there is no room either. For one event loop; the
    directory and the file systems are looked at in a thread.
    """

    def __init__(
        self,
        directory: Path,
        limit: int,
        clock: Callable[[], float] = time.monotonic,
        space: FreeSpace | None = None,
    ) -> None:
        self._directory = directory
        self._limit = limit
        self._clock = clock
        self._space = space
        self._used = 0
        # Measured at once: a worker that starts on a full disk must not accept anything first.
        self._little = space is not None and space.is_little()
        # What may be written until the space is measured again.
        self._room = sys.maxsize if space is None else space.room(directory)
        self._due = 0.0
        self._measuring: asyncio.Task[None] | None = None

    def check(self, size: int = 0) -> None:
        """Reserve `size` bytes. Raises SpoolUnavailable if the spool is full, or the disk nearly so."""
        if not self._limit and self._space is None:
            return
        if self._measuring is None and self._clock() >= self._due:
            self._measuring = asyncio.get_running_loop().create_task(self._measure())
        if self._little or size > self._room:
            raise SpoolUnavailable("the server's disk is nearly full; try again later")
        if self._limit and self._used + size > self._limit:
            raise SpoolUnavailable("the queue is full; try again later")
        self._used += size
        self._room -= size

    async def _measure(self) -> None:
        started = self._clock()
        try:
            loop = asyncio.get_running_loop()
            if self._space is not None:
                self._little = await loop.run_in_executor(None, self._space.is_little)
                self._room = self._space.room(self._directory)
            if self._limit:
                self._used = await loop.run_in_executor(None, used, self._directory)
        finally:
            now = self._clock()
            self._due = now + max(MEASURE_SECONDS, (now - started) / MEASURE_SHARE)
            self._measuring = None


def used(directory: Path) -> int:
    """The bytes of all files in the spool without its quarantine; 0 if there is no spool."""
    total = 0
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                try:
                    if entry.is_file(follow_symlinks=False):
                        total += entry.stat(follow_symlinks=False).st_size
                except FileNotFoundError:
                    continue
    except OSError:
        return 0
    return total
