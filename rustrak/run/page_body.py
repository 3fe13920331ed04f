"""Reads the body of a request to a page: within the view's limit, in time, and within the memory for unfinished requests."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import Mapping
from contextlib import suppress

from django.urls import Resolver404, get_resolver

from rustrak.lib import wording
from rustrak.lib.http import body_deadline, view_limits
from rustrak.lib.request_memory import UNFINISHED, Share
from rustrak.run.answers import Receive, Scope

# How much of a body that is refused is read on and dropped.
DRAIN_BYTES = 32 * 1024 * 1024


class ClientLeft(Exception):
    """The client closed the connection before its body was complete."""


class TooSlow(Exception):
    """The body did not arrive in time, or in very many pieces."""


class BodyTooLarge(Exception):
    """The body is longer than its view takes: `most` bytes."""

    def __init__(self, most: int) -> None:
        super().__init__(f"The request's body is larger than {wording.size(most)}.")
        self.most = most


async def read(scope: Scope, receive: Receive) -> tuple[io.BytesIO, int]:
    """The request's body, and its length in bytes. Raises ClientLeft, TooSlow, BodyTooLarge and NoMemory."""
    headers = dict(scope["headers"])
    most = view_limits.BODY_BYTES
    declared = _declared(headers)
    if declared > most and declared > (most := _limit(scope["path"])):
        raise BodyTooLarge(most)
    share = UNFINISHED.share()
    try:
        if declared:
            await share.begin()
        return await _read(scope, receive, share, most)
    finally:
        share.release()


async def _read(scope: Scope, receive: Receive, share: Share, most: int) -> tuple[io.BytesIO, int]:
    file, size, chunks, waited, more = io.BytesIO(), 0, 0, 0.0, True
    while more:
        chunks += 1
        if body_deadline.too_many_chunks(chunks, size):
            raise TooSlow
        asked = time.monotonic()
        try:
            async with asyncio.timeout(body_deadline.seconds_left(size, waited)):
                message = await receive()
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
        if size > most and size > (most := _limit(scope["path"])):
            raise BodyTooLarge(most)
        share.grow(len(chunk))
        file.write(chunk)
    file.seek(0)
    return file, size


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


def _limit(path: str) -> int:
    """The largest body that the view of `path` takes. Called only for bodies that few views take."""
    try:
        return view_limits.body_bytes(get_resolver().resolve(path).func)
    except Resolver404:
        return view_limits.BODY_BYTES
