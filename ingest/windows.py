"""How much memory decoders may hold together: a brotli or zstd stream can ask for megabytes to look back on."""

from __future__ import annotations

import asyncio
from collections import deque

from ingest.errors import NoRoom

BUDGET_BYTES = 24 * 1024 * 1024
# Bodies that unpack to less need no more than they unpack to, and don't ask.
FREE_BYTES = 128 * 1024
WAIT_SECONDS = 20.0


class Windows:
    """A budget that large bodies take turns with, in the order they come. Used by one event loop."""

    def __init__(self, budget: int = BUDGET_BYTES) -> None:
        self._free = budget
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, size: int) -> None:
        """Returns when `size` bytes are this caller's, until `give`. Raises NoRoom when that takes too long."""
        if not self._waiting and size <= self._free:
            self._free -= size
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                self.give(size)
            else:
                turn.cancel()
                self.give(0)
            if isinstance(error, TimeoutError):
                raise NoRoom("too many large compressed bodies at once; try again later") from None
            raise

    def give(self, size: int) -> None:
        """Gives back what was taken."""
        self._free += size
        while self._waiting:
            wanted, turn = self._waiting[0]
            if not turn.done():
                if wanted > self._free:
                    return
                self._free -= wanted
                turn.set_result(None)
            self._waiting.popleft()
