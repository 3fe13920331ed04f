"""POST /api/<project>/nel/: what browsers report about the network; read to the end and not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ingest.edge import answers
from ingest.edge.answers import Answer
from ingest.edge.decode.body import Body
from ingest.edge.request import Request

if TYPE_CHECKING:
    from ingest.edge.intake import Intake


async def handle(intake: Intake, request: Request, body: Body) -> Answer:
    """200 whatever it says: a browser that is refused reports nothing else either."""
    await intake.authorize(request, request.key)
    async for _ in intake.decoded(request, body, intake.limits.event):
        pass
    return answers.accepted(None)
