"""A request's body as it arrives, bounded in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ingest.errors import BadEncoding, TooSlow

Receive = Callable[[], Awaitable[dict[str, Any]]]

BODY_SECONDS = 60.0
# A refused client is let finish its body, or it sees a broken connection instead of the answer.
DRAIN_SECONDS = 20.0


class Body:
    """The chunks of a request's body, which must all arrive in time."""

    __slots__ = ("_complete", "_deadline", "_receive")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._complete = False
        self._deadline = 0.0

    async def next(self) -> bytes | None:
        """The next chunk, None after the last. Raises TooSlow and, when the client left, BadEncoding."""
        if self._complete:
            return None
        if not self._deadline:
            # The first chunk is nearly always here already, and mostly the last: no timer for it.
            message = await self._receive()
            self._deadline = time.monotonic() + BODY_SECONDS
        else:
            try:
                async with asyncio.timeout(self._deadline - time.monotonic()):
                    message = await self._receive()
            except TimeoutError:
                self._complete = True
                raise TooSlow("the body did not arrive in time") from None
        if message["type"] == "http.disconnect":
            self._complete = True
            raise BadEncoding("the body ended before it was complete")
        self._complete = not message.get("more_body", False)
        body: bytes = message.get("body", b"")
        return body

    async def drain(self, limit: int) -> None:
        """Takes and forgets what is left of the body, for a while."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self._complete and limit > 0:
                    message = await self._receive()
                    self._complete = message["type"] == "http.disconnect" or not message.get(
                        "more_body", False
                    )
                    limit -= len(message.get("body", b""))
        except TimeoutError:
            pass
