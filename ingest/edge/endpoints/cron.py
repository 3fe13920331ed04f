"""GET or POST /api/<project>/cron/<monitor>[/<key>]/: a job says how it does, with nothing but curl."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from ingest.edge import auth
from ingest.edge.answers import Answer
from ingest.edge.decode import check_in_url
from ingest.edge.decode.body import Body
from ingest.edge.request import Request
from rustrak.lib import ids, tolerant_json

if TYPE_CHECKING:
    from ingest.edge.intake import Intake


async def handle(intake: Intake, request: Request, body: Body) -> Answer:
    """202 with the check-in's id. The key may be in the path, where any other form of it may be, or `curl -u`."""
    key = auth.well_formed(request.arguments.get("key", "")) or request.key
    await intake.authorize(request, key)
    data = b""
    if request.method == "POST":
        data = await intake.whole(request, body, check_in_url.MAX_BODY_BYTES)
    check_in = check_in_url.read(request.arguments["monitor"], request.query, data)
    await intake.keep(request, "check_in", ids.new_event_id(), tolerant_json.dumps(check_in))
    return Answer(status=202, body=orjson.dumps({"id": check_in["check_in_id"]}))
