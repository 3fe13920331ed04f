"""POST /api/<project>/store/: one event as JSON, from SDKs of before envelopes. /api/store/ takes the key's project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.edge import answers
from ingest.edge.answers import Answer
from ingest.edge.decode import json_object
from ingest.edge.decode.base64_zlib import Base64Zlib
from ingest.edge.decode.body import Body
from ingest.edge.decode.top_level import TopLevel
from ingest.edge.endpoints import envelope
from ingest.edge.errors import BadEnvelope
from ingest.edge.request import Request
from ingest.ledger.outcomes import Reason
from rustrak.lib import ids

if TYPE_CHECKING:
    from ingest.edge.intake import Intake


async def handle(intake: Intake, request: Request, body: Body) -> Answer:
    """200 with the event's id. A body that calls itself an envelope is taken as one."""
    if request.content_type == envelope.CONTENT_TYPE:
        return await envelope.handle(intake, request, body)
    await intake.authorize(request, request.key)
    limit = intake.limits.items["event"]
    async with intake.delivery(request) as delivery:
        scan = TopLevel({"event_id", "type"})
        sink = delivery.sink(limit, intake.limits.too_large("event"), scan=scan.feed)
        unpacked = Base64Zlib()
        # Incompressible data grows by a third in base64, and blanks may be in between.
        async for piece in intake.decoded(request, body, 2 * limit):
            for part in unpacked.feed(piece):
                sink.write(part)
                await delivery.settle()
        unpacked.close()
        if sink.blob is None:
            event = json_object.parse(sink.payload)
        else:
            event = dict(scan.found) if json_object.looks_like_object(sink.head) else None
        if event is None:
            raise BadEnvelope("the body is not a JSON object", Reason.MALFORMED_JSON)
        request.event_id = ids.event_id(event.get("event_id")) or ids.new_event_id()
        # Old SDKs send transactions here too.
        kind = "transaction" if event.get("type") == "transaction" else "event"
        request.item(kind, kept=kind == "event")
        if kind == "event":
            delivery.add("event", request.event_id, sink)
            await delivery.keep()
    return answers.accepted(request.event_id)
