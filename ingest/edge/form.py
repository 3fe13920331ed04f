"""A multipart form as it arrives: fields in memory, files into the request's delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

from ingest.edge.decode.multipart import End, Part, Reader
from ingest.edge.decode.packed import HEAD_BYTES, Unpacker, packing
from ingest.edge.delivery import Delivery, Sink
from ingest.edge.errors import TooLarge
from ingest.ledger.outcomes import Reason


@dataclass(slots=True)
class Form:
    """What a form held. `files` are in the order of their parts, those that are fields included in none."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[Part, Sink]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file's bytes go. `unpacked`: as what they are once they are no longer gzip, xz, bzip2 or zstd."""

    sink: Sink
    unpacked: bool = False


Hold = Callable[[int], Awaitable[None]]


async def receive(
    pieces: AsyncIterator[bytes],
    boundary: bytes,
    delivery: Delivery,
    place: Callable[[Part], Place | None],
    *,
    most: int,
    hold: Hold,
) -> Form:
    """The form in a body. `place` says of each part where it goes, None for a field; `most` bytes of those in all.

    `hold` is awaited with the memory that unpacking a large file takes.

    Raises BadEnvelope, BadEncoding, TooLarge and what the pieces and the delivery raise.
    """
    form = Form()
    reader = Reader(boundary)
    part: Part | None = None
    writing: _Writing | None = None
    text: list[bytes] = []
    async for data in pieces:
        for piece in reader.feed(data):
            if isinstance(piece, Part):
                part, text = piece, []
                found = place(piece)
                writing = _Writing(found, delivery, hold) if found else None
                if found:
                    form.files.append((piece, found.sink))
            elif isinstance(piece, End):
                if writing is not None:
                    await writing.end()
                elif part is not None:
                    form.fields.append((part.name, b"".join(text).decode("utf-8", "replace")))
            elif writing is not None:
                await writing.take(piece)
            else:
                most -= len(piece)
                if most < 0:
                    raise TooLarge("the form's fields are too large", Reason.TOO_LARGE_EVENT)
                text.append(piece)
    reader.close()
    return form


async def write(pieces: AsyncIterator[bytes], place: Place, delivery: Delivery, *, hold: Hold) -> None:
    """A body that is one file and no form. Raises as `receive` does."""
    writing = _Writing(place, delivery, hold)
    async for piece in pieces:
        await writing.take(piece)
    await writing.end()


class _Writing:
    """One file's way into its sink."""

    __slots__ = ("_delivery", "_head", "_hold", "_sink", "_unpacker")

    def __init__(self, place: Place, delivery: Delivery, hold: Hold) -> None:
        self._sink = place.sink
        self._delivery = delivery
        self._hold = hold
        self._unpacker: Unpacker | None = None
        # The file's beginning, until there is enough of it to tell how it is packed.
        self._head: bytes | None = b"" if place.unpacked else None

    async def take(self, data: bytes) -> None:
        """The next bytes. Raises BadEncoding, TooLarge, Unavailable."""
        if self._head is not None:
            self._head += data
            if len(self._head) >= HEAD_BYTES:
                await self._begin(self._head)
        else:
            await self._put(data)

    async def end(self) -> None:
        """Says that no more comes. Raises as `take` does."""
        if self._head is not None:
            await self._begin(self._head)
        if self._unpacker is not None:
            self._unpacker.close()

    async def _begin(self, head: bytes) -> None:
        self._head = None
        if (found := packing(head)) is not None:
            if found.window:
                await self._hold(found.window)
            self._unpacker = Unpacker(found)
        await self._put(head)

    async def _put(self, data: bytes) -> None:
        for piece in self._unpacker.feed(data) if self._unpacker else (data,):
            self._sink.write(piece)
            await self._delivery.settle()
