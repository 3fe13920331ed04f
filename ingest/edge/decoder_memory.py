"""Bounds the memory that the decoders of all requests use together.

A brotli or zstd stream of a thousand bytes can make its decoder allocate a window of megabytes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial

from ingest.edge.errors import Unavailable

# For bodies that have arrived completely, which must never wait for the clients that are still sending theirs.
COMPLETE_BYTES = 16 * 1024 * 1024
PARTIAL_BYTES = 16 * 1024 * 1024
# For compressed files within bodies: apart, so that a request never waits for a budget of which it holds a part.
PACKED_BYTES = 8 * 1024 * 1024
# This much of a body is awaited before its decoder is opened; most bodies are complete by then.
AWAITED_BYTES = 64 * 1024
WAIT_SECONDS = 45.0


class DecoderMemory:
    """A budget in bytes, which requests get in the order in which they ask for it. Used by one event loop."""

    def __init__(self, budget: int) -> None:
        self._budget = self._free = budget
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, size: int) -> Callable[[], None]:
        """Reserve `size` bytes, or the whole budget if that is less; returns the function that gives them back.

        Raises Unavailable after WAIT_SECONDS.
        """
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
            # If its turn came at the same moment the bytes are given back; otherwise `_give` skips it.
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
