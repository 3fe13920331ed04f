"""Reads a multipart form as it arrives: fields into memory, files into the request's delivery."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Protocol

from ingest.edge.decode import header_values
from ingest.edge.decode.multipart import End, Part, Reader
from ingest.edge.decode.packed import HEAD_BYTES, Unpacker, packing
from ingest.edge.delivery import Buffer, Delivery
from ingest.edge.errors import TooLarge
from ingest.ledger.outcomes import Reason
from rustrak.lib import ids


@dataclass(slots=True)
class Form:
    """The contents of a form, in the order of its parts. `fields` are (name, value)."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[tuple[Part, Buffer]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FileTarget:
    """The buffer that a file is written to. With `unpack` it is decompressed first if it is gzip, xz, bzip2 or zstd."""

    buffer: Buffer
    unpack: bool = False


class Meter(Protocol):
    """Counts what a request costs: an Exchange."""

    def spend(self, units: int) -> None: ...

    def spend_slowly(self, size: int) -> None: ...

    def hold(self, size: int) -> None: ...

    async def reserve(self, window: int) -> None: ...


async def receive(
    pieces: AsyncIterator[bytes],
    boundary: bytes,
    delivery: Delivery,
    target: Callable[[Part], FileTarget | None],
    *,
    most: int,
    meter: Meter,
) -> Form:
    """The form in a body.

    `target` is called with each part and returns where its bytes are written, or None for a field; all fields together
    may have `most` bytes. `meter` counts the work and the memory that the form takes.
    Raises BadEnvelope, BadEncoding, TooLarge and what the pieces, the meter and the delivery raise.
    """
    form = Form()
    reader = Reader(boundary)
    part: Part | None = None
    file: _FileWriter | None = None
    text: list[bytes] = []
    slowly_read = 0
    async for data in pieces:
        found_pieces = reader.feed(data)
        # What looks like a boundary and is none takes as long again as decoding it.
        meter.spend(len(data))
        meter.spend_slowly(reader.slow_bytes - slowly_read)
        slowly_read = reader.slow_bytes
        for piece in found_pieces:
            if isinstance(piece, Part):
                part, text = piece, []
                found = target(piece)
                file = _FileWriter(found, delivery, meter) if found else None
                if found:
                    form.files.append((piece, found.buffer))
            elif isinstance(piece, End):
                if file is not None:
                    await file.close()
                elif part is not None:
                    form.fields.append((part.name, b"".join(text).decode("utf-8", "replace")))
            elif file is not None:
                await file.write(piece)
            else:
                most -= len(piece)
                if most < 0:
                    raise TooLarge("the form's fields are too large", Reason.TOO_LARGE_EVENT)
                meter.hold(len(piece))
                text.append(piece)
    reader.close()
    return form


async def receive_file(
    pieces: AsyncIterator[bytes], target: FileTarget, delivery: Delivery, *, meter: Meter
) -> None:
    """Read a body that is one file and not a form. Raises what `receive` raises."""
    file = _FileWriter(target, delivery, meter)
    async for piece in pieces:
        await file.write(piece)
    await file.close()


def attachment_meta(part: Part, attachment_type: str = "event.attachment") -> dict[str, str]:
    """The `meta` of the record of an attachment that came as a file of a form."""
    return header_values.attachment(
        ids.new_event_id(), part.filename or part.name, part.content_type, attachment_type
    )


class _FileWriter:
    """Writes one file to its buffer, unpacked if its target says so."""

    __slots__ = ("_buffer", "_delivery", "_head", "_meter", "_unpacker")

    def __init__(self, target: FileTarget, delivery: Delivery, meter: Meter) -> None:
        self._buffer = target.buffer
        self._delivery = delivery
        self._meter = meter
        self._unpacker: Unpacker | None = None
        # The beginning of the file until it is long enough to detect how the file is packed; None from then on.
        self._head: bytes | None = b"" if target.unpack else None

    async def write(self, data: bytes) -> None:
        """Write the next bytes. Raises BadEncoding, TooLarge, Unavailable, SpoolUnavailable."""
        if self._head is not None:
            self._head += data
            if len(self._head) >= HEAD_BYTES:
                await self._start(self._head)
        else:
            await self._put(data)

    async def close(self) -> None:
        """End the file. Raises what `write` raises."""
        if self._head is not None:
            await self._start(self._head)
        if self._unpacker is not None:
            self._unpacker.close()

    async def _start(self, head: bytes) -> None:
        self._head = None
        if (found := packing(head)) is not None:
            if found.window:
                await self._meter.reserve(found.window)
            self._unpacker = Unpacker(found)
        await self._put(head)

    async def _put(self, data: bytes) -> None:
        for piece in self._unpacker.feed(data) if self._unpacker else (data,):
            if self._unpacker:
                self._meter.spend(self._unpacker.units * len(piece))
            self._buffer.write(piece)
            await self._delivery.flush()
