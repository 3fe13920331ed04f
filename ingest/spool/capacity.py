"""How much the spool may hold: MAX_SPOOL_BYTES."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

from ingest.spool.errors import SpoolUnavailable

LOOK_SECONDS = 1.0
# A backlog of very many files takes a while to add up: that is done for this part of the time at most.
LOOK_SHARE = 0.05


class SpoolCapacity:
    """Whether there is room for more, by looking at the directory once a second and counting in between.

    Used by one event loop; it looks in a thread. `limit` is in bytes, 0 for none.
    """

    def __init__(self, directory: Path, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._directory = directory
        self._limit = limit
        self._clock = clock
        self._used = 0
        self._due = 0.0
        self._look: asyncio.Task[None] | None = None

    def check(self, size: int = 0) -> None:
        """Says that `size` more bytes come. Raises SpoolUnavailable when the spool is full."""
        if not self._limit:
            return
        if self._look is None and self._clock() >= self._due:
            self._look = asyncio.get_running_loop().create_task(self._measure())
        if self._used + size > self._limit:
            raise SpoolUnavailable("the queue of received events is full; try again later")
        self._used += size

    async def _measure(self) -> None:
        started = self._clock()
        try:
            self._used = await asyncio.get_running_loop().run_in_executor(None, used, self._directory)
        finally:
            now = self._clock()
            self._due = now + max(LOOK_SECONDS, (now - started) / LOOK_SHARE)
            self._look = None


def used(directory: Path) -> int:
    """The bytes of all files in the spool, quarantine apart; 0 when there is none."""
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
