"""Bounds the bytes that the unfinished requests of a process hold together: bodies that arrive, and what is made of them.

A client that sends slowly keeps what it has sent in our memory. So a request whose body has not arrived takes what it
holds from a budget, and one that finds none waits for a short while and is then refused. Requests whose body has
arrived have a budget of their own: they depend on nobody but us, and never wait for slow clients.
"""

from __future__ import annotations

import asyncio
from collections import deque

MIB = 1024 * 1024
#: For all requests of the process whose body is still arriving, pages and SDK addresses together.
PARTIAL_BYTES = 48 * MIB
#: For all requests of the process whose body has arrived.
COMPLETE_BYTES = 32 * MIB
# How long a request waits for memory, and how many may wait: each of them holds what it has sent so far.
WAIT_SECONDS = 10.0
MOST_WAITING = 100


class NoMemory(Exception):
    """The unfinished requests hold all the memory that they may hold; the client should try again later."""

    def __init__(self) -> None:
        super().__init__("too many unfinished requests at once; try again later")


class RequestMemory:
    """A budget of `size` bytes. Used by one event loop."""

    def __init__(self, size: int) -> None:
        self.size = size
        #: What is left. Below 0 while requests hold more, because of `Share.add`.
        self.free = size
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def scarce(self) -> bool:
        """Whether less than half is left, so that what can be elsewhere should not be in memory."""
        return self.free < self.size // 2

    def share(self) -> Share:
        """What one request holds; nothing at first. `Share.release` must be called in the end."""
        return Share(self)

    async def wait(self) -> None:
        """Return when there is memory left, in the order of the calls. Raises NoMemory after WAIT_SECONDS, and at once
        if MOST_WAITING wait already."""
        if self.free > 0 and not self._waiting:
            return
        if len(self._waiting) >= MOST_WAITING:
            raise NoMemory
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await turn
        except TimeoutError:
            raise NoMemory from None
        finally:
            # The next one in line gets its turn when this one has taken what it needs, or has left.
            if turn in self._waiting:
                self._waiting.remove(turn)
            asyncio.get_running_loop().call_soon(self._wake)

    def give_back(self, size: int) -> None:
        """Add `size` bytes to what is left. Called by a Share."""
        self.free += size
        if self._waiting:
            self._wake()

    def _wake(self) -> None:
        while self._waiting and self.free > 0:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return


class Share:
    """The bytes that one request holds of a budget.

    share = UNFINISHED.share()
    try:
        await share.begin()          # before the body is read
        share.grow(len(chunk))       # for each chunk that is kept in memory
    finally:
        share.release()
    """

    __slots__ = ("_memory", "held")

    def __init__(self, memory: RequestMemory) -> None:
        self._memory = memory
        self.held = 0

    async def begin(self) -> None:
        """Return when there is memory left. Raises NoMemory."""
        memory = self._memory
        if memory.free <= 0 or memory._waiting:
            await memory.wait()

    def grow(self, size: int) -> None:
        """Hold `size` bytes more. Raises NoMemory if there are not as many, and the request should then end.

        It never waits: requests that each hold a part and wait for more would wait for each other.
        """
        if size > self._memory.free:
            raise NoMemory
        self.add(size)

    def add(self, size: int) -> None:
        """Hold `size` bytes more, or fewer if it is negative, even if there are not as many left.

        For requests that end by themselves: new ones wait in `begin` until these have ended.
        """
        self._memory.free -= size
        self.held += size
        if size < 0:
            self._memory.give_back(0)

    def release(self) -> None:
        """Give back everything. A second call does nothing."""
        held, self.held = self.held, 0
        if held:
            self._memory.give_back(held)


#: The budgets of this process.
UNFINISHED = RequestMemory(PARTIAL_BYTES)
ARRIVED = RequestMemory(COMPLETE_BYTES)
