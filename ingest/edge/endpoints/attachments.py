"""POST /api/<project>/events/<event id>/attachments/: files for an event, which may be sent before or after them."""

from __future__ import annotations

from ingest.edge import form
from ingest.edge.answers import Answer
from ingest.edge.decode import multipart
from ingest.edge.decode.multipart import Part
from ingest.edge.errors import BadEnvelope
from ingest.edge.exchange import Exchange
from ingest.edge.form import FileTarget
from ingest.ledger.outcomes import Reason
from rustrak.lib import ids


async def handle(exchange: Exchange) -> Answer:
    """201 when all files of the form are stored."""
    request, limits = exchange.request, exchange.limits
    await exchange.authorize(request.key)
    event_id = ids.event_id(request.arguments["event_id"])
    boundary = multipart.boundary(request.header(b"content-type"))
    if event_id is None:
        raise BadEnvelope("the address does not contain an event id")
    if boundary is None:
        raise BadEnvelope("send attachments as multipart/form-data")
    exchange.event_id = event_id
    async with exchange.delivery() as delivery:

        def target(part: Part) -> FileTarget | None:
            if part.filename is None:
                exchange.count("form_data", kept=False)
                return None
            exchange.count_attachment()
            return FileTarget(
                delivery.buffer(limits.attachment, limits.too_large("attachment"), in_file=True)
            )

        pieces = exchange.decoded(limits.body)
        found = await form.receive(pieces, boundary, delivery, target, most=limits.event, meter=exchange)
        if not found.files:
            raise BadEnvelope("the form has no file", Reason.EMPTY)
        for part, buffer in found.files:
            delivery.add("attachment", event_id, buffer, meta=form.attachment_meta(part))
        await delivery.keep(exchange.holder)
    return Answer(status=201, body=b"{}")
