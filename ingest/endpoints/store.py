"""POST /api/<project>/store/: one event as JSON, from SDKs of before envelopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest import answers, events
from ingest.answers import Answer
from ingest.body import Body
from ingest.endpoints import envelope
from ingest.errors import BadEnvelope
from ingest.request import Request
from rustrak.lib import ids

if TYPE_CHECKING:
    from ingest.intake import Intake


async def handle(intake: Intake, request: Request, body: Body) -> Answer:
    """200 with the event's id. A body that calls itself an envelope is taken as one."""
    if request.content_type == envelope.CONTENT_TYPE:
        return await envelope.handle(intake, request, body)
    await intake.authorize(request, request.key)
    limit = intake.limits.event
    data = events.stored(await intake.whole(request, body, limit), limit)
    event = events.parse(data)
    if event is None:
        raise BadEnvelope("the body is no JSON object")
    event_id = ids.event_id(event.get("event_id")) or ids.new_event_id()
    if event.get("type") != "transaction":  # old SDKs send theirs here too; we don't keep them
        await intake.keep(request, "event", event_id, data)
    return answers.accepted(event_id)
