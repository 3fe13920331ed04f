"""What one request brings into the spool: small items in memory, large ones in files, all of it kept at once or not."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, TypeVar

from ingest import item_types
from ingest.edge.admission import Admission
from ingest.edge.errors import RateLimited, TooLarge
from ingest.edge.request import Request
from ingest.ledger.outcomes import Reason
from ingest.spool import Blob, Blobs, Record, SegmentWriter, SpoolCapacity
from ingest.spool.blobs import Read

T = TypeVar("T")

# What one request's items may hold of memory together; past it they go to files.
MEMORY_BYTES = 256 * 1024
# Files are written in strokes of about this size.
STROKE_BYTES = 32 * 1024
# Each is an open descriptor until the request ends.
MAX_FILES = 64
# What a record costs in a segment besides its payload, about.
_OVERHEAD = 300
# What is refused past a limit: events, and what is nothing without its event.
_LIMITED = item_types.LIMITED


class Sink:
    """Takes one item's bytes, at most `limit`; made by `Delivery.sink`."""

    __slots__ = ("_delivery", "_limit", "_too_large", "blob", "head", "parts", "scan", "size")

    def __init__(
        self, delivery: Delivery, limit: int, too_large: TooLarge, scan: Callable[[bytes], None] | None
    ) -> None:
        self._delivery = delivery
        self._limit = limit
        self._too_large = too_large
        self.size = 0
        self.head = b""
        self.parts: list[bytes] = []
        self.blob: Blob | None = None
        #: Is fed the bytes of what goes to a file.
        self.scan = scan

    def write(self, data: bytes) -> None:
        """Appends. Raises TooLarge past the limit."""
        size = len(data)
        self.size += size
        if self.size > self._limit:
            raise TooLarge(self._too_large.detail, self._too_large.reason)
        if len(self.head) < 64:
            self.head += data[:64]
        if self.scan is not None and self.blob is not None:
            self.scan(data)
        self.parts.append(data)
        self._delivery.took(self, size)

    def expect(self, size: int) -> None:
        """Says how many bytes come. Raises TooLarge when that is past the limit."""
        if size > self._limit:
            raise TooLarge(self._too_large.detail, self._too_large.reason)

    @property
    def payload(self) -> bytes:
        """All of it, while it is in memory; empty for a file."""
        if self.blob is not None:
            return b""
        return self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)


class Delivery:
    """Sinks for a request's items, and the records they become.

        async with intake.delivery(request) as delivery:
            sink = delivery.sink(limit, TooLarge(…))
            async for piece in …:
                sink.write(piece)
                await delivery.settle()
            delivery.add("attachment", event_id, sink, meta={…})
            await delivery.keep()

    Left without `keep`, or when that fails, nothing of it stays. Raises Unavailable when the disk is in the way.
    """

    __slots__ = (
        "_admission",
        "_blobs",
        "_counted",
        "_counted_at",
        "_files",
        "_in_files",
        "_in_memory",
        "_items",
        "_last",
        "_request",
        "_room",
        "_writer",
    )

    def __init__(
        self, request: Request, writer: SegmentWriter, blobs: Blobs, room: SpoolCapacity, admission: Admission
    ) -> None:
        self._request = request
        self._admission = admission
        self._counted = 0
        self._counted_at = 0.0
        self._writer = writer
        self._blobs = blobs
        self._room = room
        self._files: list[Sink] = []
        self._items: list[tuple[str, str, Sink | bytes, Mapping[str, Any] | None, str | None]] = []
        self._in_memory = self._in_files = 0
        self._last: Sink | None = None

    def sink(
        self,
        limit: int,
        too_large: TooLarge,
        *,
        in_file: bool = False,
        scan: Callable[[bytes], None] | None = None,
    ) -> Sink:
        """For the next item. Past `limit` bytes a copy of `too_large` is raised. `in_file`: never in memory as a whole.
        `scan` gets the bytes of an item that went to a file."""
        sink = Sink(self, limit, too_large, scan)
        if in_file:
            self._to_file(sink)
        return sink

    def took(self, sink: Sink, size: int) -> None:
        """Called by a sink for what was written to it."""
        if sink.blob is None:
            self._in_memory += size
            self._last = sink
        else:
            self._in_files += size

    async def settle(self) -> None:
        """To be awaited after each piece of a body: writes what is too much for memory."""
        if self._in_memory > MEMORY_BYTES and self._last is not None:
            sink, self._last = self._last, None
            self._to_file(sink)
            self._in_memory -= sink.size
            self._in_files += sink.size
        if self._in_files > STROKE_BYTES:
            self._in_files = 0
            for sink in self._files:
                if sink.parts and sink.blob is not None:
                    parts, sink.parts = sink.parts, []
                    self._room.check(sum(map(len, parts)))
                    await sink.blob.write(parts)

    async def look(self, sink: Sink, work: Callable[[Read], T]) -> T:
        """What `work` makes of an item, which it reads by offset and length; in a thread when it is a file."""
        if sink.blob is None:
            payload = sink.payload
            return work(lambda at, length: payload[at : at + length])
        parts, sink.parts = sink.parts, []
        return await sink.blob.look(parts, work)

    def add(
        self,
        kind: str,
        event_id: str,
        payload: Sink | bytes,
        *,
        meta: Mapping[str, Any] | None = None,
        sent_at: str | None = None,
    ) -> None:
        """One more item for `keep`, in the order of the calls."""
        self._items.append((kind, event_id, payload, meta, sent_at))

    async def keep(self) -> None:
        """Returns when all that was added is in the spool, on disk. Raises RateLimited when a limit keeps its events
        out; what is no event is kept then, too."""
        if not self._items:
            return
        self._room.check(self._in_memory + self._in_files + _OVERHEAD * len(self._items))
        events = sum([item[0] == "event" for item in self._items])
        if events:
            try:
                self._counted_at = self._admission.take(self._request, events)
            except RateLimited as refusal:
                await self._keep_others(refusal)
                raise
            self._counted = events
        await self._keep()

    async def _keep_others(self, refusal: RateLimited) -> None:
        """Keeps what is not limited, and says so in `refusal`."""
        dropped = {id(payload) for kind, _, payload, _, _ in self._items if kind in _LIMITED}
        self._items = [item for item in self._items if item[0] not in _LIMITED]
        files, self._files = self._files, [sink for sink in self._files if id(sink) not in dropped]
        await self._discard([sink for sink in files if id(sink) in dropped])
        if self._items:
            await self._keep()
            refusal.kept = Counter(item[0] for item in self._items)

    async def _keep(self) -> None:
        if not self._files:
            await self._append([self._record(*item) for item in self._items], [])
            return
        try:
            await asyncio.gather(*[self._finish(sink) for sink in self._files])
        except BaseException:
            self._give_back()
            raise
        files, self._files = self._files, []
        records = [self._record(*item) for item in self._items]
        # To its end also when the client leaves meanwhile: a record must not lose its file.
        await asyncio.shield(asyncio.create_task(self._append(records, files)))

    def _give_back(self) -> None:
        if self._counted:
            self._admission.give_back(self._request, self._counted, self._counted_at)
            self._counted = 0

    async def __aenter__(self) -> Delivery:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Sinks know their delivery: a cycle would keep payloads alive until it is collected.
        self._items, self._last = [], None
        if self._files:
            files, self._files = self._files, []
            await self._discard(files)

    async def _append(self, records: list[Record], files: list[Sink]) -> None:
        self._request.handed_over = True
        try:
            await self._writer.append(*records)
        except Exception:
            self._request.handed_over = False
            self._give_back()
            await self._discard(files)
            raise
        for sink in files:
            if sink.blob is not None:
                sink.blob.release()

    @staticmethod
    async def _discard(files: list[Sink]) -> None:
        for sink in files:
            if sink.blob is not None:
                await sink.blob.discard()

    def _to_file(self, sink: Sink) -> None:
        if len(self._files) >= MAX_FILES:
            raise TooLarge(f"more than {MAX_FILES} large items in one request", Reason.TOO_MANY_ITEMS)
        sink.blob = self._blobs.new()
        self._files.append(sink)
        if sink.scan is not None:
            for part in sink.parts:
                sink.scan(part)

    @staticmethod
    async def _finish(sink: Sink) -> None:
        if sink.blob is not None:
            parts, sink.parts = sink.parts, []
            await sink.blob.finish(parts)

    def _record(
        self,
        kind: str,
        event_id: str,
        payload: Sink | bytes,
        meta: Mapping[str, Any] | None,
        sent_at: str | None,
    ) -> Record:
        request = self._request
        blob = payload.blob if isinstance(payload, Sink) else None
        return Record(
            kind=kind,
            project_id=request.project_id,
            event_id=event_id,
            received_at=request.received_at,
            remote_addr=request.client,
            sent_at=sent_at,
            payload=payload.payload if isinstance(payload, Sink) else payload,
            file=blob.name if blob is not None else None,
            meta=dict(meta) if meta else {},
        )
