"""How much memory decoders may hold together: a brotli or zstd stream can ask for megabytes to look back on, and a
thousand bytes of either are enough to make the decoder take them.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial

from ingest.edge.errors import Unavailable

# Bodies that are here whole, and those that their clients still send: the second never keep the first waiting.
WHOLE_BYTES = 16 * 1024 * 1024
COMING_BYTES = 16 * 1024 * 1024
# Files within bodies, apart so that nobody who holds one budget waits for more of the same.
FILES_BYTES = 8 * 1024 * 1024
# So much of a body is awaited before its decoder is opened: most are whole by then.
AWAITED_BYTES = 64 * 1024
WAIT_SECONDS = 45.0


class DecoderMemory:
    """A budget in bytes that bodies take turns with, in the order they come. Used by one event loop."""

    def __init__(self, budget: int) -> None:
        self._budget = self._free = budget
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, size: int) -> Callable[[], None]:
        """Returns when `size` bytes, or all there are, are this caller's, until what it returns is called. Raises
        Unavailable when that takes too long."""
        size = min(size, self._budget)
        await self._take(size)
        return partial(self._give, size)

    async def _take(self, size: int) -> None:
        if not self._waiting and size <= self._free:
            self._free -= size
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await turn
        except BaseException as error:
            # Its turn may have come in the same moment; else it is passed over.
            self._give(size if turn.done() and not turn.cancelled() else 0)
            if isinstance(error, TimeoutError):
                raise Unavailable("too many large compressed bodies at once; try again later") from None
            raise

    def _give(self, size: int) -> None:
        self._free += size
        while self._waiting:
            wanted, turn = self._waiting[0]
            if not turn.done():
                if wanted > self._free:
                    return
                self._free -= wanted
                turn.set_result(None)
            self._waiting.popleft()
