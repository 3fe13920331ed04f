"""What endpoints are made of: one Exchange per request holds what is learned and counted while it is answered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ingest.edge import decoder_memory
from ingest.edge.admission import Admission
from ingest.edge.auth import Keys
from ingest.edge.decode import content_encoding, json_object
from ingest.edge.decode.body import Body
from ingest.edge.decoder_memory import DecoderMemory
from ingest.edge.delivery import Delivery
from ingest.edge.errors import OriginNotAllowed, Refused, TooLarge, Unauthorized, Unavailable
from ingest.edge.holder import Holder
from ingest.edge.request import Request
from ingest.edge.size_limits import SizeLimits
from ingest.edge.work_budget import SLOW, WORTH, WorkBudget
from ingest.filters.origins import origin_allowed
from ingest.ledger.outcomes import Reason
from ingest.spool import Blobs, SegmentWriter, SpoolCapacity
from rustrak.lib.request_memory import NoMemory, RequestMemory, Share

# After so many decoded bytes of one body, or chunks, which may be decoded to nothing, other requests get a turn.
YIELD_BYTES = 1024 * 1024
YIELD_CHUNKS = 32
# How much of the decoded body is remembered.
HEAD_BYTES = 64
# About what a decompressor takes besides a window that is reserved for it, and the piece it has returned.
_DECODER_BYTES = 96 * 1024
# The longest name of an item type that is counted, in characters; longer ones are cut.
_MAX_TYPE = 64
# An event of so many arrays and objects takes several times as long to read as others of its size.
_MANY_CONTAINERS = 5000
_NOBODY = Holder(project_id=0)


@dataclass(frozen=True, slots=True)
class Resources:
    """What all requests of one process share.

    `one_at_a_time` is held by what takes long or much memory. `unfinished` bounds the memory of requests whose body is still arriving, `arrived` that of all others; the last three
    bound the windows of decoders.
    """

    keys: Keys
    limits: SizeLimits
    writer: SegmentWriter
    blobs: Blobs
    capacity: SpoolCapacity
    admission: Admission
    work: WorkBudget
    one_at_a_time: asyncio.Lock
    unfinished: RequestMemory
    arrived: RequestMemory
    complete_bodies: DecoderMemory
    partial_bodies: DecoderMemory
    packed_files: DecoderMemory


class Exchange:
    """A request while it is answered.

    An endpoint calls `authorize` first, reads the body with `decoded` or `whole`, counts each item with `count`,
    and stores items with `delivery`, or a single one with `keep`.
    """

    __slots__ = (
        "_cost",
        "_delivery",
        "_releases",
        "_reserved",
        "_resources",
        "_share",
        "body",
        "claimed_project",
        "event_id",
        "head",
        "holder",
        "items",
        "limits",
        "request",
        "skipped",
        "unreadable",
    )

    def __init__(self, request: Request, body: Body, resources: Resources) -> None:
        self.request = request
        self.body = body
        self.limits = resources.limits
        self._resources = resources
        #: The number of the project that the request says it is for, None if it names none.
        self.claimed_project = request.project
        #: Whose key it is: project 0 until `authorize` has returned.
        self.holder = _NOBODY
        self.event_id: str | None = None
        #: By item type: how many there were, and how many of them are not stored.
        self.items: dict[str, int] = {}
        self.skipped: dict[str, int] = {}
        #: The items that cannot be read and are not among `items`: the type of each, empty if unknown, and why.
        self.unreadable: list[tuple[str, Refused]] | None = None
        #: The beginning of the decoded body, at least HEAD_BYTES if it has as many.
        self.head = b""
        self._delivery: Delivery | None = None
        # Each gives back a part of the decoder memory.
        self._releases: list[Callable[[], None]] = []
        # What this request holds in memory; None while that is too little to be counted.
        self._share: Share | None = None
        # The units of work that the body has cost and that are not taken from the project's budget.
        self._cost = 0
        # Whether `reserve` has reserved memory.
        self._reserved = False

    @property
    def one_at_a_time(self) -> asyncio.Lock:
        """To be held while something takes long or much memory: one request at a time in this process."""
        return self._resources.one_at_a_time

    @property
    def handed_over(self) -> bool:
        """Whether the items are with the spool's writer, so that their outcome is no longer this request's."""
        return self._delivery is not None and self._delivery.handed_over

    async def authorize(self, key: str | None, *, no_key: Reason | None = None) -> None:
        """Return if `key` may send to the request's project; a request that names no project is for the key's.

        Raises Unauthorized (if there is no key for the reason `no_key`, by default the request's), OriginNotAllowed
        for a page of an origin that the project does not allow, Unavailable when the key cannot be looked up, and
        TooMuchWork while the project's budget of work is used up.
        """
        if key is None:
            raise Unauthorized(no_key or self.request.no_key)
        holder = await self._resources.keys.holder(key)
        project = str(holder.project_id)
        if self.claimed_project is None:
            self.claimed_project = project
        elif project != self.claimed_project:
            raise Unauthorized(Reason.KEY_OF_OTHER_PROJECT, holder.project_id)
        if not holder.usable:
            raise Unauthorized(Reason.DISABLED_KEY, holder.project_id)
        self.holder = holder
        if holder.allowed_origins:
            origin = self.request.headers.get(b"origin")
            if not origin_allowed(holder.allowed_origins, origin.decode("latin-1") if origin else None):
                raise OriginNotAllowed("this project does not accept events from this origin")
        self._resources.work.check(holder.project_id)

    def admit(self) -> None:
        """Raise RateLimited if not even one more event of an authorized request would be accepted; counts nothing.

        For endpoints whose bodies are large: it spares reading one that would be refused.
        """
        self._resources.admission.check(self.holder)

    def count(self, kind: str, *, kept: bool = True, quantity: int = 1) -> None:
        """Count items of type `kind`. Those that are not `kept` are read and not stored, and the answer is still 200."""
        if quantity:
            kind = kind[:_MAX_TYPE]
            self.items[kind] = self.items.get(kind, 0) + quantity
            if not kept:
                self.skipped[kind] = self.skipped.get(kind, 0) + quantity

    def count_unreadable(self, kind: str, why: Refused) -> None:
        """Count an item that cannot be read, of type `kind`, empty if that is not known."""
        self.unreadable = [*(self.unreadable or ()), (kind[:_MAX_TYPE], why)]

    def uncount(self, kind: str, *, kept: bool = True) -> None:
        """Take back what `count` did for an item that turned out not to be readable."""
        kind = kind[:_MAX_TYPE]
        for counts in (self.items,) if kept else (self.items, self.skipped):
            counts[kind] -= 1
            if not counts[kind]:
                del counts[kind]

    def count_attachment(self) -> None:
        """Count a file of a form. Raises TooLarge when there are more than an event may have."""
        self.count("attachment")
        if self.items["attachment"] > self.limits.attachments:
            raise TooLarge(f"more than {self.limits.attachments} attachments", Reason.TOO_MANY_ITEMS)

    async def decoded(self, limit: int) -> AsyncIterator[bytes]:
        """The body without its Content-Encoding, in pieces, at most `limit` bytes.

        Raises TooLarge, BadEncoding, UnsupportedEncoding, Unavailable, and what Body raises.
        """
        request, body = self.request, self.body
        encoding = request.header(b"content-encoding")
        most = limit if content_encoding.plain(encoding) else self.limits.encoded_body
        length = request.headers.get(b"content-length")
        if length is not None and length.isdigit() and (len(length) > 18 or int(length) > most):
            raise TooLarge.than(most, "the body")
        stream = content_encoding.Stream(encoding, max_encoded=most, max_decoded=limit)
        since_yield = chunks = 0
        chunk = await body.next()
        if not body.complete:
            chunk = await self._begun(chunk or b"", stream.plain)
        elif self._resources.arrived.free <= 0:
            self._share = self._resources.arrived.share()
            await self._in_time(self._share)
        if chunk and (size := content_encoding.window(encoding, chunk[0])):
            await self._take_decoder_memory(size)
        while chunk is not None:
            for piece in stream.feed(chunk):
                if len(self.head) < HEAD_BYTES:
                    self.head += piece[:HEAD_BYTES]
                yield piece
                since_yield += len(piece)
                if since_yield >= YIELD_BYTES:
                    self.spend(since_yield)
                    since_yield = 0
                    await asyncio.sleep(0)
            chunks += 1
            if chunks % YIELD_CHUNKS == 0:
                await asyncio.sleep(0)
            chunk = await body.next()
        stream.close()
        self.spend(since_yield)

    async def whole(self, limit: int) -> bytes:
        """The decoded body in one piece: for small limits only. Raises what `decoded` raises."""
        pieces = []
        async for piece in self.decoded(limit):
            self.hold(len(piece))
            pieces.append(piece)
        return b"".join(pieces)

    def spend(self, units: int) -> None:
        """Take work from the project's budget, in units of ingest.edge.work_budget; WORTH for each byte of the body are free.

        Raises TooMuchWork if the budget is used up.
        """
        self._cost += units
        due = self._cost - WORTH * self.body.received
        if due > 0:
            self._cost -= due
            self._resources.work.spend(self.holder.project_id, due)

    def spend_slowly(self, size: int) -> None:
        """Take the work of reading `size` bytes slowly from the project's budget. Raises TooMuchWork if it is used up."""
        self.spend(SLOW * size)

    def texts(self, data: bytes) -> dict[str, str] | None:
        """The members of a JSON object whose values are strings; None if `data` is not an object.

        For events, which the digest will read. Raises TooMuchWork.
        """
        if data.count(b"[") + data.count(b"{") > _MANY_CONTAINERS:
            self.spend_slowly(len(data) // 4)
        try:
            return json_object.texts(data)
        except json_object.NotJson:
            self.spend_slowly(len(data))
            return json_object.tolerated_texts(data)

    def hold(self, size: int) -> None:
        """Count `size` bytes that this request keeps in memory until it ends.

        Raises Unavailable if the requests whose bodies are still arriving hold too much, and this is one of them.
        """
        share = self._share
        if share is None:
            shared = self._resources
            share = self._share = (shared.arrived if self.body.complete else shared.unfinished).share()
        try:
            if self.body.complete:
                share.add(size)
            else:
                share.grow(size)
        except NoMemory as error:
            raise Unavailable(str(error)) from None

    @property
    def memory_is_scarce(self) -> bool:
        """Whether what can be in a file should not be in memory."""
        shared = self._resources
        return (shared.arrived if self.body.complete else shared.unfinished).scarce

    async def reserve(self, window: int) -> None:
        """Reserve `window` bytes of decoder memory for unpacking the files of this request, one at a time.

        They are given back by `release`; a second call does nothing. Raises Unavailable.
        """
        if window and not self._reserved:
            self._releases.append(await self._resources.packed_files.take(window))
            self._reserved = True

    def delivery(self) -> Delivery:
        """A Delivery for the items of this request. `authorize` must be called before its `keep`."""
        shared = self._resources
        self._delivery = Delivery(
            self.request, shared.writer, shared.blobs, shared.capacity, shared.admission, self
        )
        return self._delivery

    async def keep(
        self, kind: str, event_id: str, payload: bytes, *, meta: Mapping[str, Any] | None = None
    ) -> None:
        """Count and store the only item of an authorized request. Returns when it is in the spool, on disk.

        Raises Unavailable and SpoolUnavailable.
        """
        self.count(kind)
        self.event_id = event_id
        async with self.delivery() as delivery:
            delivery.add(kind, event_id, payload, meta=meta)
            await delivery.keep(self.holder)

    def release(self) -> None:
        """Give back all memory. To be called when the endpoint is done."""
        for release in self._releases:
            release()
        self._releases.clear()
        if self._share is not None:
            self._share.release()

    async def _begun(self, chunk: bytes, plain: bool) -> bytes:
        """Wait until there is memory for a body that is still arriving; `chunk`, and what arrived after it meanwhile.

        Compressed, a body may be much smaller than what it stands for. So it is not decoded before it is complete, or
        AWAITED_BYTES of it are there: until then it takes no more than the client has sent.
        """
        self._share = self._resources.unfinished.share()
        await self._in_time(self._share)
        self.hold(len(chunk))
        if plain:
            return chunk
        body, chunks, size = self.body, [chunk], len(chunk)
        while not body.complete and size < decoder_memory.AWAITED_BYTES:
            chunk = await body.next() or b""
            self.hold(len(chunk))
            chunks.append(chunk)
            size += len(chunk)
        self.hold(_DECODER_BYTES)
        return b"".join(chunks)

    @staticmethod
    async def _in_time(share: Share) -> None:
        try:
            await share.begin()
        except NoMemory as error:
            raise Unavailable(str(error)) from None

    async def _take_decoder_memory(self, size: int) -> None:
        """Reserve `size` bytes for the window of the body's decoder."""
        shared = self._resources
        budget = shared.complete_bodies if self.body.complete else shared.partial_bodies
        self._releases.append(await budget.take(size))
