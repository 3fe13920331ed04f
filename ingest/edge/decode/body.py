"""Reads a request's body as it arrives, within a time limit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ingest.edge.errors import Disconnected, TooSlow
from rustrak.lib.http import body_deadline

Receive = Callable[[], Awaitable[dict[str, Any]]]

# How many chunks a body may come in: each takes longer than 64 bytes in it. Servers join what arrives together.
MAX_CHUNKS = 4096
BYTES_PER_CHUNK = 64


class Body:
    """The chunks of one request's body. `received` is their size in bytes so far; `complete` is True after the last."""

    __slots__ = ("_chunks", "_receive", "_started", "_waited", "complete", "received")

    def __init__(self, receive: Receive) -> None:
        self.received = 0
        self._receive = receive
        self.complete = False
        self._started = False
        self._waited = 0.0
        self._chunks = 0

    async def next(self) -> bytes | None:
        """The next chunk, None after the last.

        Raises TooSlow, also for very many small chunks, and Disconnected if the client disconnects.
        """
        if self.complete:
            return None
        # Only the time that we wait for the client counts, not that of our own disk and queues.
        asked = time.monotonic()
        if not self._started:
            # The first chunk has nearly always arrived already, and is mostly the last: no timer for it.
            self._started = True
            message = await self._receive()
        else:
            self._count_chunk()
            try:
                async with asyncio.timeout(self._left()):
                    message = await self._receive()
            except TimeoutError:
                self.complete = True
                raise TooSlow("the body did not arrive in time") from None
        self._waited += time.monotonic() - asked
        if message["type"] == "http.disconnect":
            self.complete = True
            if self._left() < 0:  # the server's own timeout
                raise TooSlow("the body did not arrive in time")
            raise Disconnected("the client disconnected before its body was complete")
        self.complete = not message.get("more_body", False)
        body: bytes = message.get("body", b"")
        self.received += len(body)
        return body

    def _count_chunk(self) -> None:
        self._chunks += 1
        if self._chunks > MAX_CHUNKS + self.received // BYTES_PER_CHUNK:
            self.complete = True
            raise TooSlow("the body arrives in too many small pieces")

    def _left(self) -> float:
        return body_deadline.seconds_left(self.received, self._waited)

    async def drain(self, limit: int) -> None:
        """Read and discard the rest of the body: at most `limit` bytes, for body_deadline.DRAIN_SECONDS at most."""
        try:
            async with asyncio.timeout(body_deadline.DRAIN_SECONDS):
                while not self.complete and limit > 0:
                    message = await self._receive()
                    self.complete = message["type"] == "http.disconnect" or not message.get(
                        "more_body", False
                    )
                    limit -= len(message.get("body", b""))
        except TimeoutError:
            pass
