"""Reads the body of a request to a page: within the view's limit, in time, and within the memory for unfinished requests.

Uploads, which are larger, go to disk: rustrak.lib.disk.bodies.
"""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from django.urls import Resolver404, get_resolver

from rustrak.lib import wording
from rustrak.lib.disk.bodies import DiskBodies, DiskBody
from rustrak.lib.http import body_deadline, view_limits
from rustrak.lib.http.view_limits import BodyLimit
from rustrak.lib.request_memory import UNFINISHED, Share
from rustrak.run.answers import Receive, Scope

# How much of a body that is refused is read on and dropped.
DRAIN_BYTES = 32 * 1024 * 1024
_USUAL = BodyLimit()


class ClientLeft(Exception):
    """The client closed the connection before its body was complete."""


class TooSlow(Exception):
    """The body did not arrive in time, or in very many pieces."""


class BodyTooLarge(Exception):
    """The body is longer than its view takes: `most` bytes."""

    def __init__(self, most: int) -> None:
        super().__init__(f"The request's body is larger than {wording.size(most)}.")
        self.most = most


@dataclass(frozen=True, slots=True)
class Body:
    """A body that has arrived: `file` has its `size` bytes, of which `held` are in memory. `close` must be called in the end.

    `is_left_out`: its sender may not send so much. Then it was not read, and the file is empty: the view says why.
    """

    file: IO[bytes]
    size: int
    held: int
    is_left_out: bool = False
    on_disk: DiskBody | None = None

    def close(self) -> None:
        """May be called by any thread, and several times."""
        self.file.close()
        if self.on_disk is not None:
            self.on_disk.release()


async def read(
    scope: Scope,
    receive: Receive,
    disk: DiskBodies,
    in_thread: Callable[[Callable[[], bool]], Awaitable[bool]],
) -> Body:
    """The request's body. Raises ClientLeft, TooSlow, BodyTooLarge, NoMemory and NoSpace. `in_thread` calls something where the database
    may be used."""
    headers = dict(scope["headers"])
    limit, declared = _USUAL, _declared(headers)
    if declared > limit.size and declared > (limit := _limit(scope["path"])).size:
        raise BodyTooLarge(limit.size)
    reading = _Reading(scope, receive, disk, in_thread, limit)
    share = UNFINISHED.share()
    try:
        if declared:
            await share.begin()
        if (
            declared > view_limits.BODY_BYTES
            and limit.may_send is not None
            and not await reading.to_disk(declared)
        ):
            return Body(io.BytesIO(), 0, 0, is_left_out=True)
        return await reading.all(share)
    except BaseException:
        reading.close()
        raise
    finally:
        share.release()


class _Reading:
    """A body while it arrives: in memory, or on disk where it is large and the view has it so."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        disk: DiskBodies,
        in_thread: Callable[[Callable[[], bool]], Awaitable[bool]],
        limit: BodyLimit,
    ) -> None:
        self._scope, self._receive, self._disk, self._in_thread = scope, receive, disk, in_thread
        self._limit = limit
        self._memory = io.BytesIO()
        self._on_disk: DiskBody | None = None

    async def to_disk(self, size: int) -> bool:
        """Go on on disk, with a body of about `size` bytes. Whether the sender may send it. Raises NoSpace."""
        check = self._limit.may_send
        sent = dict(self._scope["headers"]).get(b"authorization", b"").decode("latin-1")
        if check is None or not await self._in_thread(lambda: check(sent)):
            return False
        self._on_disk = self._disk.body(size)
        return True

    async def all(self, share: Share) -> Body:
        size, chunks, waited, more = 0, 0, 0.0, True
        while more:
            chunks += 1
            if body_deadline.too_many_chunks(chunks, size):
                raise TooSlow
            asked = time.monotonic()
            try:
                async with asyncio.timeout(body_deadline.seconds_left(size, waited)):
                    message = await self._receive()
            except TimeoutError:
                raise TooSlow from None
            waited += time.monotonic() - asked
            if message["type"] == "http.disconnect":
                if body_deadline.seconds_left(size, waited) < 0:  # gunicorn's own timeout
                    raise TooSlow
                raise ClientLeft
            chunk = message.get("body", b"")
            more = message.get("more_body", False)
            size += len(chunk)
            # A chunked body does not say how long it is.
            if size > self._limit.size and size > (limit := _limit(self._scope["path"])).size:
                raise BodyTooLarge(limit.size)
            if size > view_limits.BODY_BYTES and self._on_disk is None:
                self._limit = _limit(self._scope["path"])
                if self._limit.may_send is not None:
                    if not await self.to_disk(size):
                        return Body(io.BytesIO(), 0, 0, is_left_out=True)
                    await self._write(self._memory.getvalue())
                    self._memory = io.BytesIO()
                    share.release()
            if self._on_disk is not None:
                await self._write(chunk)
            else:
                share.grow(len(chunk))
                self._memory.write(chunk)
        if (on_disk := self._on_disk) is None:
            self._memory.seek(0)
            return Body(self._memory, size, size)
        await on_disk.flush()
        on_disk.file.seek(0)
        return Body(on_disk.file, size, 0, on_disk=on_disk)

    async def _write(self, data: bytes) -> None:
        assert self._on_disk is not None  # noqa: S101  the callers look
        await self._on_disk.write(data)

    def close(self) -> None:
        if self._on_disk is not None:
            self._on_disk.file.close()
            self._on_disk.release()


async def drain(scope: Scope, receive: Receive) -> None:
    """Read and drop what a client goes on sending of a body that was refused: it sees the answer only afterwards."""
    if any(name == b"expect" for name, _ in scope["headers"]):
        return  # it waits for our leave, which the answer has not given
    left, more = DRAIN_BYTES, True
    with suppress(TimeoutError):
        async with asyncio.timeout(body_deadline.DRAIN_SECONDS):
            while more and left > 0:
                message = await receive()
                more = message["type"] != "http.disconnect" and message.get("more_body", False)
                left -= len(message.get("body", b""))


def _declared(headers: Mapping[bytes, bytes]) -> int:
    """The body's length in bytes as its header says; 0 without a body, 1 if the length is not known."""
    try:
        return int(headers.get(b"content-length", b"1" if b"transfer-encoding" in headers else b"0"))
    except ValueError:
        return 1


def _limit(path: str) -> BodyLimit:
    """The largest body that the view of `path` takes. Called only for bodies that few views take."""
    try:
        return view_limits.body_limit(get_resolver().resolve(path).func)
    except Resolver404:
        return _USUAL
