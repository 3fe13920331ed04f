"""A request's body as it arrives, bounded in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ingest.edge.errors import Disconnected, TooSlow

Receive = Callable[[], Awaitable[dict[str, Any]]]

# How long a client may keep us waiting for its body in all: this, and a second more for each so many bytes.
GRACE_SECONDS = 30.0
BYTES_PER_SECOND = 16 * 1024
# A refused client is let finish its body, or it sees a broken connection instead of the answer.
DRAIN_SECONDS = 20.0


class Body:
    """The chunks of a request's body, which must arrive in time. `received` counts their bytes, `complete` says
    that no more comes."""

    __slots__ = ("_receive", "_started", "_waited", "complete", "received")

    def __init__(self, receive: Receive) -> None:
        self.received = 0
        self._receive = receive
        self.complete = False
        self._started = False
        self._waited = 0.0

    async def next(self) -> bytes | None:
        """The next chunk, None after the last. Raises TooSlow and, when the client left, Disconnected."""
        if self.complete:
            return None
        # Only what we wait for the client counts: our own disk and queues are not its fault.
        asked = time.monotonic()
        if not self._started:
            # The first chunk is nearly always here already, and mostly the last: no timer for it.
            self._started = True
            message = await self._receive()
        else:
            try:
                async with asyncio.timeout(self._left()):
                    message = await self._receive()
            except TimeoutError:
                self.complete = True
                raise TooSlow("the body did not arrive in time") from None
        self._waited += time.monotonic() - asked
        if message["type"] == "http.disconnect":
            self.complete = True
            if self._left() < 0:  # the server's own patience is over
                raise TooSlow("the body did not arrive in time")
            raise Disconnected("the body ended before it was complete")
        self.complete = not message.get("more_body", False)
        body: bytes = message.get("body", b"")
        self.received += len(body)
        return body

    def _left(self) -> float:
        return GRACE_SECONDS + self.received / BYTES_PER_SECOND - self._waited

    async def drain(self, limit: int) -> None:
        """Takes and forgets what is left of the body, for a while."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self.complete and limit > 0:
                    message = await self._receive()
                    self.complete = message["type"] == "http.disconnect" or not message.get(
                        "more_body", False
                    )
                    limit -= len(message.get("body", b""))
        except TimeoutError:
            pass
