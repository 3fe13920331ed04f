"""POST /api/<project>/envelope/: what all current SDKs send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ingest.edge import answers, auth
from ingest.edge.answers import Answer
from ingest.edge.decode import events
from ingest.edge.decode.body import Body
from ingest.edge.decode.envelope import Parser
from ingest.edge.decode.top_level import TopLevel
from ingest.edge.delivery import Delivery, Sink
from ingest.edge.errors import BadEnvelope, Refused, TooLarge
from ingest.edge.request import Request
from ingest.item_types import STREAMED
from ingest.ledger.outcomes import Reason
from rustrak.lib import ids

if TYPE_CHECKING:
    from ingest.edge.intake import Intake
    from ingest.edge.size_limits import SizeLimits

CONTENT_TYPE = "application/x-sentry-envelope"
# What stands for an attachment that is elsewhere, or belongs to no event.
_NO_ATTACHMENT = {"application/vnd.sentry.trace-attachment", "application/vnd.sentry.attachment-ref+json"}
# Of an item's header, in characters.
_MAX_NAME = 1024


async def handle(intake: Intake, request: Request, body: Body) -> Answer:
    """200 with the envelope's event id; nothing of it is kept unless all of it could be read."""
    authorized = request.key is not None
    if authorized:
        await intake.authorize(request, request.key)
    async with intake.delivery(request) as delivery:
        items = _Items(intake.limits, request, delivery)
        parser = Parser(items.begin)
        try:
            async for piece in intake.decoded(request, body, intake.limits.body):
                parser.feed(piece)
                if not authorized and parser.header is not None:
                    await _authorize(intake, request, parser)
                    authorized = True
                await delivery.settle()
            parser.close()
        except Refused:
            # Who may not send learns no more than that.
            if not authorized:
                await _authorize(intake, request, parser)
            raise
        if not authorized:
            await _authorize(intake, request, parser)
        items.deliver(parser.header or {})
        await delivery.keep()
    return answers.accepted(request.event_id)


async def _authorize(intake: Intake, request: Request, parser: Parser) -> None:
    dsn = (parser.header or {}).get("dsn")
    if dsn is not None:
        request.no_key = Reason.MALFORMED_KEY
    await intake.authorize(request, auth.key_in_dsn(dsn))


class _Items:
    """The items of one envelope, on their way from the parser to the delivery."""

    __slots__ = ("_delivery", "_header_id", "_kept", "_limits", "_request", "_scans")

    def __init__(self, limits: SizeLimits, request: Request, delivery: Delivery) -> None:
        self._limits = limits
        self._request = request
        self._delivery = delivery
        self._kept: list[tuple[str, dict[str, Any], Sink]] = []
        self._scans: dict[Sink, TopLevel] = {}
        self._header_id: str | None = None

    def begin(
        self, header: dict[str, Any], kind: str, headers: dict[str, Any], length: int | None
    ) -> Sink | None:
        """Where the next item goes; None when it is not kept. Raises BadEnvelope and TooLarge."""
        request, limits = self._request, self._limits
        limit = limits.items.get(kind)
        kept = limit is not None and not (kind == "attachment" and _stands_for(headers))
        if not request.items:
            self._header_id = ids.event_id(header.get("event_id"))
        request.item(kind, kept=kept)
        if limit is None or not kept:
            return None
        count = request.items[kind] - request.skipped.get(kind, 0)
        if kind == "event" and count > 1:
            raise BadEnvelope("more than one event in an envelope", Reason.TOO_MANY_ITEMS)
        most = limits.counts.get(kind)
        if most is not None and count > most:
            raise TooLarge(f"more than {most} items of type {kind!r}", Reason.TOO_MANY_ITEMS)
        scan = None
        if kind == "feedback" or (kind == "event" and self._header_id is None):
            scan = TopLevel({"event_id"})
        sink = self._delivery.sink(
            limit, limits.too_large(kind), in_file=kind in STREAMED, scan=scan.feed if scan else None
        )
        if scan is not None:
            self._scans[sink] = scan
        if length is not None:
            sink.expect(length)
        self._kept.append((kind, headers, sink))
        return sink

    def deliver(self, header: dict[str, Any]) -> None:
        """Adds what was kept to the delivery, and finds the envelope's event id."""
        if not self._request.items:
            self._header_id = ids.event_id(header.get("event_id"))
        event_id = self._header_id
        own_ids = {sink: self._own_id(sink) for sink in self._scans}
        if event_id is None:
            event_id = self._event_id(own_ids)
        self._request.event_id = event_id
        sent_at, sdk = header.get("sent_at"), header.get("sdk")
        if not isinstance(sent_at, str) or len(sent_at) > 64:
            sent_at = None
        has_event = "event" in self._request.items
        for kind, headers, sink in self._kept:
            meta: dict[str, Any] | None = None
            record_id = event_id
            if kind == "event":
                if not events.looks_like_object(sink.head):
                    raise BadEnvelope("an event is no JSON object", Reason.MALFORMED_JSON)
                meta = {"sdk": sdk} if isinstance(sdk, dict) else None
            elif kind == "attachment":
                meta = _about(headers)
            elif kind == "feedback" and (has_event or self._header_id is None):
                record_id = own_ids[sink] if sink in own_ids else self._own_id(sink)
            self._delivery.add(kind, record_id or ids.new_event_id(), sink, meta=meta, sent_at=sent_at)

    def _event_id(self, own_ids: dict[Sink, str | None]) -> str | None:
        """Of an envelope that names none: its event's, else its feedback's, or a new one where one is needed."""
        for wanted in ("event", "feedback"):
            for kind, _, sink in self._kept:
                if kind == wanted:
                    own_ids[sink] = own_ids[sink] or ids.new_event_id()
                    return own_ids[sink]
        return ids.new_event_id() if any(kind == "attachment" for kind, _, _ in self._kept) else None

    def _own_id(self, sink: Sink) -> str | None:
        if sink.blob is None:
            return ids.event_id((events.parse(sink.payload) or {}).get("event_id"))
        scan = self._scans.get(sink)
        return ids.event_id(scan.found.get("event_id")) if scan else None


def _stands_for(headers: dict[str, Any]) -> bool:
    content_type = headers.get("content_type")
    return isinstance(content_type, str) and content_type.partition(";")[0].strip().lower() in _NO_ATTACHMENT


def _about(headers: dict[str, Any]) -> dict[str, str]:
    """What a record says of an attachment."""
    about = {"id": ids.new_event_id()}
    for name in ("filename", "content_type", "attachment_type"):
        value = headers.get(name)
        about[name] = value[:_MAX_NAME] if isinstance(value, str) else ""
    return about
