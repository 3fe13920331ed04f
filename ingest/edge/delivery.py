"""The items of one request on their way to the spool: small ones in memory, large ones in files, stored all or none."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, TypeVar

from ingest import item_types
from ingest.edge.admission import Admission
from ingest.edge.errors import RateLimited, TooLarge, Unavailable
from ingest.edge.holder import Holder
from ingest.edge.request import Request
from ingest.ledger.outcomes import Reason
from ingest.spool import Blob, Blobs, Record, SegmentWriter, SpoolCapacity
from ingest.spool.blobs import Read

T = TypeVar("T")

# How much memory the items of one request may use together; beyond it they go to files. Then the same while memory is
# scarce, and what is too little to be counted.
MEMORY_BYTES = 256 * 1024
SCARCE_BYTES = 32 * 1024
UNCOUNTED_BYTES = 16 * 1024
# Files are written in pieces of about this size; each is an open descriptor until the request ends.
WRITE_BYTES = 32 * 1024
MAX_FILES = 64
# What an open file counts as in memory: what waits to be written, and a descriptor.
FILE_BYTES = 128 * 1024
# About what a record takes in a segment besides its payload.
_OVERHEAD = 300


class Memory(Protocol):
    """Counts what a request keeps in memory: an Exchange."""

    def hold(self, size: int) -> None: ...

    @property
    def memory_is_scarce(self) -> bool: ...


class Buffer:
    """The payload of one item: in memory, or in a file once it is large. Made by `Delivery.buffer`.

    `size` is in bytes, `head` its first 64 bytes or more, `blob` its file, None while it is in memory.
    """

    __slots__ = ("_delivery", "_limit", "_too_large", "blob", "head", "parts", "scan", "size")

    def __init__(
        self, delivery: Delivery, limit: int, too_large: TooLarge, scan: Callable[[bytes], None] | None
    ) -> None:
        self._delivery = delivery
        self._limit = limit
        self._too_large = too_large
        self.size = 0
        self.head = b""
        #: What is not in the file yet.
        self.parts: list[bytes] = []
        self.blob: Blob | None = None
        #: Is called with the bytes that go to a file.
        self.scan = scan

    def write(self, data: bytes) -> None:
        """Append `data`. Raises TooLarge beyond the limit."""
        size = len(data)
        self.size += size
        if self.size > self._limit:
            raise TooLarge(self._too_large.detail, self._too_large.reason)
        if len(self.head) < 64:
            self.head += data[:64]
        if self.scan is not None and self.blob is not None:
            self.scan(data)
        self.parts.append(data)
        self._delivery.grew(self, size)

    def expect(self, size: int) -> None:
        """Announce that `size` bytes will be written. Raises TooLarge if they are beyond the limit."""
        if size > self._limit:
            raise TooLarge(self._too_large.detail, self._too_large.reason)

    @property
    def data(self) -> bytes:
        """All of the payload while it is in memory; empty if it is in a file."""
        if self.blob is not None:
            return b""
        return self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)


@dataclass(slots=True)
class _Item:
    """An item to be stored, as given to `Delivery.add`."""

    kind: str
    event_id: str
    payload: Buffer | bytes
    meta: Mapping[str, Any] | None
    sent_at: str | None


class Delivery:
    """Buffers for a request's items, and the records made of them.

        async with exchange.delivery() as delivery:
            buffer = delivery.buffer(limit, TooLarge(…))
            async for piece in …:
                buffer.write(piece)
                await delivery.flush()
            delivery.add("attachment", event_id, buffer, meta={…})
            await delivery.keep(exchange.holder)

    If it is left without `keep`, or if that fails, nothing is stored. Raises SpoolUnavailable.
    """

    __slots__ = (
        "_admission", "_blobs", "_buffers", "_capacity", "_counted", "_counted_at", "_dropped", "_files", "_held",
        "_in_files", "_in_memory", "_items", "_memory", "_request", "_writer", "handed_over",
    )  # fmt: skip

    def __init__(
        self,
        request: Request,
        writer: SegmentWriter,
        blobs: Blobs,
        capacity: SpoolCapacity,
        admission: Admission,
        memory: Memory,
    ) -> None:
        self._request = request
        self._writer = writer
        self._blobs = blobs
        self._capacity = capacity
        self._admission = admission
        self._memory: Memory | None = memory
        #: Whether the records are with the spool's writer, so that they may be stored whatever happens here.
        self.handed_over = False
        self._items: list[_Item] = []
        # The second are those whose item turned out not to be readable.
        self._files: list[Buffer] = []
        self._dropped: list[Buffer] = []
        # The buffers that were made in memory; bytes in memory, and how many of them are counted or need not be.
        self._buffers: list[Buffer] = []
        self._in_memory, self._held = 0, UNCOUNTED_BYTES
        self._in_files = 0  # bytes that wait to be written
        # How many events `_admission` has counted, and when.
        self._counted, self._counted_at = 0, 0.0

    def buffer(
        self,
        limit: int,
        too_large: TooLarge,
        *,
        in_file: bool = False,
        scan: Callable[[bytes], None] | None = None,
    ) -> Buffer:
        """A buffer for the next item, of at most `limit` bytes; beyond them it raises a copy of `too_large`.

        With `in_file` the item is never in memory as a whole. `scan` is called with the bytes of an item that goes to a
        file.
        """
        buffer = Buffer(self, limit, too_large, scan)
        if in_file:
            self._to_file(buffer)
        else:
            self._buffers.append(buffer)
        return buffer

    def grew(self, buffer: Buffer, size: int) -> None:
        """Called by a buffer when `size` bytes were written to it."""
        if buffer.blob is None:
            self._in_memory += size
        else:
            self._in_files += size

    def drop(self, buffer: Buffer) -> None:
        """Forget a buffer whose item is not stored."""
        buffer.parts = []
        if buffer.blob is not None:
            self._files.remove(buffer)
            self._dropped.append(buffer)
            return
        self._in_memory -= buffer.size
        self._buffers.remove(buffer)

    async def flush(self) -> None:
        """Write to files what is too large for memory. To be awaited after each piece of a body."""
        if self._in_memory > self._held:
            self._count()
        if self._in_files > WRITE_BYTES:
            self._in_files = 0
            for buffer in self._files:
                if buffer.parts and buffer.blob is not None:
                    parts, buffer.parts = buffer.parts, []
                    self._capacity.check(sum(map(len, parts)))
                    await buffer.blob.write(parts)

    def _count(self) -> None:
        """Count what is in memory, or move the largest item to a file if it is too much. Raises Unavailable."""
        memory = self._memory
        most = SCARCE_BYTES if memory is None or memory.memory_is_scarce else MEMORY_BYTES
        if memory is not None and self._in_memory <= most:
            try:
                memory.hold(self._in_memory - self._held)
                self._held = self._in_memory
                return
            except Unavailable:
                if self._in_memory <= SCARCE_BYTES:
                    raise
        self._buffers = [one for one in self._buffers if one.blob is None]
        buffer = max(self._buffers, key=lambda one: one.size)
        self._to_file(buffer)
        self._in_memory -= buffer.size
        self._in_files += buffer.size

    async def read(self, buffer: Buffer, work: Callable[[Read], T]) -> T:
        """What `work` returns, which is called with a function that reads the item by offset and length. For an item
        in a file it runs in a thread."""
        if buffer.blob is None:
            data = buffer.data
            return work(lambda at, length: data[at : at + length])
        parts, buffer.parts = buffer.parts, []
        return await buffer.blob.read(parts, work)

    def add(
        self,
        kind: str,
        event_id: str,
        payload: Buffer | bytes,
        *,
        meta: Mapping[str, Any] | None = None,
        sent_at: str | None = None,
    ) -> None:
        """Add an item for `keep` to store. The records are in the order of the calls."""
        self._items.append(_Item(kind, event_id, payload, meta, sent_at))

    async def keep(self, holder: Holder) -> None:
        """Store what was added, for the holder's project. Returns when all of it is in the spool, on disk.

        Raises RateLimited when a limit excludes its events; the items that are not limited are stored all the same.
        """
        if not self._items:
            return
        self._capacity.check(self._in_memory + self._in_files + _OVERHEAD * len(self._items))
        events = sum([item.kind == "event" for item in self._items])
        if events:
            try:
                self._counted_at = self._admission.take(holder, events)
            except RateLimited as refusal:
                await self._keep_others(holder, refusal)
                raise
            self._counted = events
        await self._keep(holder)

    async def _keep_others(self, holder: Holder, refusal: RateLimited) -> None:
        """Store the items that are not limited, and count them in `refusal`."""
        dropped = {id(item.payload) for item in self._items if item.kind in item_types.LIMITED}
        self._items = [item for item in self._items if item.kind not in item_types.LIMITED]
        files, self._files = self._files, [buffer for buffer in self._files if id(buffer) not in dropped]
        await self._discard([buffer for buffer in files if id(buffer) in dropped])
        if self._items:
            await self._keep(holder)
            refusal.kept = Counter(item.kind for item in self._items)

    async def _keep(self, holder: Holder) -> None:
        if not self._files:
            await self._append(holder, [self._record(holder, item) for item in self._items], [])
            return
        try:
            await asyncio.gather(*[self._finish(buffer) for buffer in self._files])
        except BaseException:
            self._give_back(holder)
            raise
        files, self._files = self._files, []
        records = [self._record(holder, item) for item in self._items]
        # Shielded from a client that disconnects: a record must not lose its file.
        await asyncio.shield(asyncio.create_task(self._append(holder, records, files)))

    def _give_back(self, holder: Holder) -> None:
        if self._counted:
            self._admission.give_back(holder, self._counted, self._counted_at)
            self._counted = 0

    async def __aenter__(self) -> Delivery:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Buffers and the exchange refer to this: such a cycle would keep payloads in memory until it is collected.
        self._items, self._buffers, self._memory = [], [], None
        if self._files or self._dropped:
            files, self._files, self._dropped = [*self._files, *self._dropped], [], []
            await self._discard(files)

    async def _append(self, holder: Holder, records: list[Record], files: list[Buffer]) -> None:
        self.handed_over = True
        try:
            await self._writer.append(*records)
        except Exception:
            self.handed_over = False
            self._give_back(holder)
            await self._discard(files)
            raise
        for buffer in files:
            if buffer.blob is not None:
                buffer.blob.release()

    @staticmethod
    async def _discard(files: list[Buffer]) -> None:
        for buffer in files:
            if buffer.blob is not None:
                await buffer.blob.discard()

    def _to_file(self, buffer: Buffer) -> None:
        if len(self._files) + len(self._dropped) >= MAX_FILES:
            raise TooLarge(f"more than {MAX_FILES} large items in one request", Reason.TOO_MANY_ITEMS)
        if self._memory is not None:
            self._memory.hold(FILE_BYTES)
        buffer.blob = self._blobs.new()
        self._files.append(buffer)
        if buffer.scan is not None:
            for part in buffer.parts:
                buffer.scan(part)

    @staticmethod
    async def _finish(buffer: Buffer) -> None:
        if buffer.blob is not None:
            parts, buffer.parts = buffer.parts, []
            await buffer.blob.finish(parts)

    def _record(self, holder: Holder, item: _Item) -> Record:
        request = self._request
        payload = item.payload
        blob = payload.blob if isinstance(payload, Buffer) else None
        return Record(
            kind=item.kind,
            project_id=holder.project_id,
            event_id=item.event_id,
            received_at=request.received_at,
            remote_addr=request.client,
            sent_at=item.sent_at,
            payload=payload.data if isinstance(payload, Buffer) else payload,
            file=blob.name if blob is not None else None,
            meta=dict(item.meta) if item.meta else {},
        )
