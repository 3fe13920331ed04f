"""POST /api/<project>/envelope/: what all current SDKs send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest import answers, auth, events
from ingest.answers import Answer
from ingest.body import Body
from ingest.envelope import Item, Parser
from ingest.errors import BadEnvelope, Refused
from ingest.request import Request
from rustrak.lib import ids

if TYPE_CHECKING:
    from ingest.intake import Intake

CONTENT_TYPE = "application/x-sentry-envelope"


async def handle(intake: Intake, request: Request, body: Body) -> Answer:
    """200 with the envelope's event id; nothing of it is kept unless all of it could be read."""
    authorized = request.key is not None
    if authorized:
        await intake.authorize(request, request.key)
    parser = Parser({"event": intake.limits.event})
    items: list[Item] = []
    try:
        async for piece in intake.decoded(request, body, intake.limits.body):
            items += parser.feed(piece)
            if not authorized and parser.header is not None:
                await intake.authorize(request, auth.key_in_dsn(parser.header.get("dsn")))
                authorized = True
        items += parser.close()
    except Refused:
        # Who may not send learns no more than that.
        if not authorized:
            await intake.authorize(request, auth.key_in_dsn((parser.header or {}).get("dsn")))
        raise
    header = parser.header or {}
    if not authorized:
        await intake.authorize(request, auth.key_in_dsn(header.get("dsn")))
    if len(items) > 1:
        raise BadEnvelope("more than one event in an envelope")
    event_id = ids.event_id(header.get("event_id"))
    if not items:
        return answers.accepted(event_id)
    payload = items[0].payload
    if event_id is None:
        event_id = ids.event_id((events.parse(payload) or {}).get("event_id")) or ids.new_event_id()
    sent_at = header.get("sent_at")
    if not isinstance(sent_at, str) or len(sent_at) > 64:
        sent_at = None
    await intake.keep(request, "event", event_id, payload, sent_at=sent_at)
    return answers.accepted(event_id)
