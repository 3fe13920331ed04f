"""POST /api/<project>/envelope/: the format of all current SDKs."""

from __future__ import annotations

from typing import Any

from ingest.edge import answers, auth
from ingest.edge.answers import Answer
from ingest.edge.decode import header_values, json_object
from ingest.edge.decode.envelope import Parser
from ingest.edge.decode.top_level import TopLevel
from ingest.edge.delivery import Buffer, Delivery
from ingest.edge.errors import BadEnvelope, Refused, TooLarge
from ingest.edge.exchange import Exchange
from ingest.item_types import STREAMED
from ingest.ledger.outcomes import Reason
from ingest.spool import SpoolUnavailable
from rustrak.lib import ids

CONTENT_TYPE = "application/x-sentry-envelope"
# Content types of placeholders: for attachments that are stored elsewhere or do not belong to an event.
_PLACEHOLDERS = {"application/vnd.sentry.trace-attachment", "application/vnd.sentry.attachment-ref+json"}

# What a byte of the headers costs in units of work: they are made into Python's values. SDKs send fewer than are free.
_HEADER_UNITS = 16
_FREE_HEADER_BYTES = 8 * 1024


async def handle(exchange: Exchange) -> Answer:
    """200 with the envelope's event id. What cannot be read is counted and left out, unless it is all that there is."""
    key = exchange.request.key
    authorized = key is not None
    if authorized:
        await exchange.authorize(key)
    async with exchange.delivery() as delivery:
        items = _Items(exchange, delivery)
        parser = Parser(items.begin, items.unreadable)
        counted = _FREE_HEADER_BYTES
        try:
            async for piece in exchange.decoded(exchange.limits.body):
                parser.feed(piece)
                if not authorized and parser.header is not None:
                    await _authorize(exchange, parser)
                    authorized = True
                if parser.header_bytes > counted:
                    exchange.spend(_HEADER_UNITS * (parser.header_bytes - counted))
                    counted = parser.header_bytes
                await delivery.flush()
            parser.close()
            items.check()
        except (Refused, SpoolUnavailable):
            # A client that may not send learns only that.
            if not authorized:
                await _authorize(exchange, parser)
            raise
        if not authorized:
            await _authorize(exchange, parser)
        items.deliver(parser.header or {})
        await delivery.keep(exchange.holder)
    return answers.accepted(exchange.event_id)


async def _authorize(exchange: Exchange, parser: Parser) -> None:
    """Authorize with the DSN in the envelope's header, for a request that has no key itself."""
    dsn = (parser.header or {}).get("dsn")
    no_key = None if dsn is None else Reason.MALFORMED_KEY
    await exchange.authorize(auth.key_in_dsn(dsn), no_key=no_key)


class _Items:
    """The items of one envelope, on their way from the parser to the delivery."""

    __slots__ = ("_delivery", "_ends_line", "_exchange", "_header_id", "_kept", "_last", "_limits", "_scans")

    def __init__(self, exchange: Exchange, delivery: Delivery) -> None:
        self._exchange = exchange
        self._limits = exchange.limits
        self._delivery = delivery
        # (type, headers, payload) of each item that is stored. Only attachments need their headers.
        self._kept: list[tuple[str, dict[str, str] | None, Buffer]] = []
        self._scans: dict[Buffer, TopLevel] = {}
        self._header_id: str | None = None
        # The last item, None if it is not kept, and whether it ends with its line, because its header has no length.
        self._last: Buffer | None = None
        self._ends_line = False

    def begin(
        self, header: dict[str, Any], kind: str, headers: dict[str, Any], length: int | None
    ) -> Buffer | None:
        """The buffer for the next item; None if it is not stored. Raises BadEnvelope and TooLarge."""
        exchange, limits = self._exchange, self._limits
        limit = limits.items.get(kind)
        kept = limit is not None and not (kind == "attachment" and _is_placeholder(headers))
        if not exchange.items:
            self._header_id = ids.event_id(header.get("event_id"))
        exchange.count(kind, kept=kept)
        self._last = None
        if limit is None or not kept:
            return None
        count = exchange.items[kind] - exchange.skipped.get(kind, 0)
        if kind == "event" and count > 1:
            why = BadEnvelope("more than one event in an envelope", Reason.TOO_MANY_ITEMS)
            if exchange.unreadable is None:
                raise why
            # It may be part of what cannot be read.
            exchange.uncount(kind)
            exchange.count_unreadable(kind, why)
            return None
        most = limits.counts.get(kind)
        if most is not None and count > most:
            raise TooLarge(f"more than {most} items of type {kind!r}", Reason.TOO_MANY_ITEMS)
        scan = None
        if kind == "feedback" or (kind == "event" and self._header_id is None):
            scan = TopLevel({"event_id"})
        buffer = self._delivery.buffer(
            limit, limits.too_large(kind), in_file=kind in STREAMED, scan=scan.feed if scan else None
        )
        if scan is not None:
            self._scans[buffer] = scan
        if length is not None:
            buffer.expect(length)
        about = header_values.item_headers(headers) if kind == "attachment" else None
        self._kept.append((kind, about, buffer))
        self._last, self._ends_line = buffer, length is None
        return buffer

    def unreadable(self, kind: str, why: Refused, begun: bool) -> None:
        """Count an item that cannot be read; `begun` if it is the last one."""
        exchange, last = self._exchange, self._last
        self._last = None
        if begun and last is not None:
            self._drop(last, why)
            return
        if begun:
            if kind not in exchange.skipped:
                # It has been counted already, as one event too many.
                return
            exchange.uncount(kind, kept=False)
        elif last is not None and self._ends_line and self._is_cut(last):
            # What follows is the rest of it.
            self._drop(last, BadEnvelope("an item without a length ends at the first newline"))
            return
        exchange.count_unreadable(kind, why)

    def _is_cut(self, buffer: Buffer) -> bool:
        """Whether an item that ends with its line, and is followed by what is not a header, is JSON of several lines."""
        kind = self._kept[-1][0]
        return kind not in STREAMED and buffer.blob is None and not buffer.data.rstrip().endswith(b"}")

    def _drop(self, buffer: Buffer, why: Refused) -> None:
        """Count an item that is kept as unreadable instead."""
        at = next(at for at, (_, _, one) in enumerate(self._kept) if one is buffer)
        kind, _, _ = self._kept.pop(at)
        self._scans.pop(buffer, None)
        self._delivery.drop(buffer)
        self._exchange.uncount(kind)
        self._exchange.count_unreadable(kind, why)

    def check(self) -> None:
        """Leave out an event that is not a JSON object. Raises why an item cannot be read if none can be."""
        for kind, _, buffer in self._kept:
            if kind == "event" and not json_object.looks_like_object(buffer.head):
                self._drop(buffer, BadEnvelope("the event is not a JSON object", Reason.MALFORMED_JSON))
                break
        exchange = self._exchange
        if exchange.unreadable and not exchange.items:
            raise exchange.unreadable[0][1]

    def deliver(self, header: dict[str, Any]) -> None:
        """Add the items to the delivery, and determine the envelope's event id."""
        if not self._exchange.items:
            self._header_id = ids.event_id(header.get("event_id"))
        event_id = self._header_id
        own_ids = {buffer: self._own_id(buffer) for buffer in self._scans}
        if event_id is None:
            event_id = self._event_id(own_ids)
        self._exchange.event_id = event_id
        sent_at = header_values.sent_at(header.get("sent_at"))
        has_event = "event" in self._exchange.items
        for kind, about, buffer in self._kept:
            meta: dict[str, Any] | None = None
            record_id = event_id
            if kind == "event":
                sdk = header_values.sdk(header.get("sdk"))
                meta = {"sdk": sdk} if sdk is not None else None
            elif about is not None:
                meta = header_values.attachment(ids.new_event_id(), **about)
            elif kind == "feedback" and (has_event or self._header_id is None):
                record_id = own_ids[buffer] if buffer in own_ids else self._own_id(buffer)
            self._delivery.add(kind, record_id or ids.new_event_id(), buffer, meta=meta, sent_at=sent_at)

    def _event_id(self, own_ids: dict[Buffer, str | None]) -> str | None:
        """The event id of an envelope without one in its header: that of its event, else of its feedback, else a new one.

        None if it has no event, feedback or attachment.
        """
        for wanted in ("event", "feedback"):
            for kind, _, buffer in self._kept:
                if kind == wanted:
                    own_ids[buffer] = own_ids[buffer] or ids.new_event_id()
                    return own_ids[buffer]
        return ids.new_event_id() if any(kind == "attachment" for kind, _, _ in self._kept) else None

    def _own_id(self, buffer: Buffer) -> str | None:
        """The event id in an item's payload."""
        if buffer.blob is None:
            return ids.event_id((self._exchange.texts(buffer.data) or {}).get("event_id"))
        if (scan := self._scans.get(buffer)) is None:
            return None
        self._exchange.spend_slowly(scan.slow_bytes)
        return ids.event_id(scan.found.get("event_id"))


def _is_placeholder(headers: dict[str, Any]) -> bool:
    content_type = headers.get("content_type")
    return isinstance(content_type, str) and content_type.partition(";")[0].strip().lower() in _PLACEHOLDERS
