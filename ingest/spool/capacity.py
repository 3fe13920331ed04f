"""Limits how much the spool may hold (MAX_SPOOL_BYTES)."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

from ingest.spool.errors import SpoolUnavailable

MEASURE_SECONDS = 1.0
# Adding up very many files takes a while: this is the largest share of the time that may go into it.
MEASURE_SHARE = 0.05


class SpoolCapacity:
    """Whether the spool has room, from its size on disk once a second and what was written since.

    `limit` is in bytes, 0 means no limit. For one event loop; the directory is read in a thread.
    """

    def __init__(self, directory: Path, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._directory = directory
        self._limit = limit
        self._clock = clock
        self._used = 0
        self._due = 0.0
        self._measuring: asyncio.Task[None] | None = None

    def check(self, size: int = 0) -> None:
        """Reserve `size` bytes. Raises SpoolUnavailable if the spool is full."""
        if not self._limit:
            return
        if self._measuring is None and self._clock() >= self._due:
            self._measuring = asyncio.get_running_loop().create_task(self._measure())
        if self._used + size > self._limit:
            raise SpoolUnavailable("the queue is full; try again later")
        self._used += size

    async def _measure(self) -> None:
        started = self._clock()
        try:
            self._used = await asyncio.get_running_loop().run_in_executor(None, used, self._directory)
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
