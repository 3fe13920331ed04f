"""POST /api/<project>/store/: one event as JSON, from SDKs older than envelopes.

POST /api/store/ is the same for the project of the key.
"""

from __future__ import annotations

from ingest.edge import answers
from ingest.edge.answers import Answer
from ingest.edge.decode import json_object
from ingest.edge.decode.base64_zlib import Base64Zlib
from ingest.edge.decode.top_level import TopLevel
from ingest.edge.endpoints import envelope
from ingest.edge.errors import BadEnvelope
from ingest.edge.exchange import Exchange
from ingest.ledger.outcomes import Reason
from rustrak.lib import ids


async def handle(exchange: Exchange) -> Answer:
    """200 with the event's id. A body with the Content-Type of envelopes is read as an envelope."""
    request = exchange.request
    if request.content_type == envelope.CONTENT_TYPE:
        return await envelope.handle(exchange)
    await exchange.authorize(request.key)
    limit = exchange.limits.items["event"]
    async with exchange.delivery() as delivery:
        scan = TopLevel({"event_id", "type"})
        buffer = delivery.buffer(limit, exchange.limits.too_large("event"), scan=scan.feed)
        decoder = Base64Zlib()
        # base64 makes incompressible data a third larger, and there may be blanks in between.
        async for piece in exchange.decoded(2 * limit):
            for part in decoder.feed(piece):
                buffer.write(part)
                await delivery.flush()
                if decoder.packed:
                    exchange.spend(len(part))
        decoder.close()
        if buffer.blob is None:
            event = exchange.texts(buffer.data)
        else:
            exchange.spend_slowly(scan.slow_bytes)
            event = scan.found if json_object.looks_like_object(buffer.head) else None
        if event is None:
            raise BadEnvelope("the body is not a JSON object", Reason.MALFORMED_JSON)
        exchange.event_id = ids.event_id(event.get("event_id")) or ids.new_event_id()
        # Old SDKs send transactions to this address, too.
        kind = "transaction" if event.get("type") == "transaction" else "event"
        exchange.count(kind, kept=kind == "event")
        if kind == "event":
            delivery.add("event", exchange.event_id, buffer)
            await delivery.keep(exchange.holder)
    return answers.accepted(exchange.event_id)
