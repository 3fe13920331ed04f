"""POST /api/<project>/events/<event id>/attachments/: files for an event that was sent before, or will be."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ingest.edge import form
from ingest.edge.answers import Answer
from ingest.edge.decode import multipart
from ingest.edge.decode.body import Body
from ingest.edge.decode.multipart import Part
from ingest.edge.errors import BadEnvelope, TooLarge
from ingest.edge.form import Place
from ingest.edge.request import Request
from ingest.ledger.outcomes import Reason
from rustrak.lib import ids

if TYPE_CHECKING:
    from ingest.edge.intake import Intake

MAX_NAME = 1024


async def handle(intake: Intake, request: Request, body: Body) -> Answer:
    """201 when each file of the form is kept."""
    await intake.authorize(request, request.key)
    event_id = ids.event_id(request.arguments["event_id"])
    boundary = multipart.boundary(request.header(b"content-type"))
    if event_id is None:
        raise BadEnvelope("the address names no event's id")
    if boundary is None:
        raise BadEnvelope("send attachments as multipart/form-data")
    request.event_id = event_id
    async with intake.delivery(request) as delivery:

        def place(part: Part) -> Place | None:
            request.item(
                "form_data" if part.filename is None else "attachment", kept=part.filename is not None
            )
            if part.filename is None:
                return None
            check_count(intake, request)
            limits = intake.limits
            return Place(delivery.sink(limits.attachment, limits.too_large("attachment"), in_file=True))

        pieces = intake.decoded(request, body, intake.limits.body)
        hold = partial(intake.hold, request)
        found = await form.receive(pieces, boundary, delivery, place, most=intake.limits.event, hold=hold)
        if not found.files:
            raise BadEnvelope("the form has no file", Reason.EMPTY)
        for part, sink in found.files:
            delivery.add("attachment", event_id, sink, meta=about(part))
        await delivery.keep()
    return Answer(status=201, body=b"{}")


def check_count(intake: Intake, request: Request) -> None:
    """Raises TooLarge when the request has more attachments than an event may have."""
    most = intake.limits.attachments
    if request.items.get("attachment", 0) > most:
        raise TooLarge(f"more than {most} attachments", Reason.TOO_MANY_ITEMS)


def about(part: Part, kind: str = "event.attachment") -> dict[str, str]:
    """What a record says of an attachment; `kind` is the protocol's attachment_type."""
    return {
        "id": ids.new_event_id(),
        "filename": (part.filename or part.name)[:MAX_NAME],
        "content_type": part.content_type[:MAX_NAME],
        "attachment_type": kind,
    }
