"""POST /api/0/projects/<organization>/<project>/user-feedback/: the feedback API of before envelopes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ingest.edge.answers import Answer
from ingest.edge.decode import json_object, user_report
from ingest.edge.decode.body import Body
from ingest.edge.errors import BadEnvelope
from ingest.edge.request import Request
from rustrak.lib import clock, tolerant_json

if TYPE_CHECKING:
    from ingest.edge.intake import Intake

_META = {"source": "api"}


async def handle(intake: Intake, request: Request, body: Body) -> Answer:
    """200 with the report. `Authorization: DSN <dsn>` says who sends it and to which project: the path's names don't."""
    await intake.authorize(request, request.key)
    given = json_object.parse(await intake.whole(request, body, user_report.MAX_BODY_BYTES))
    if given is None:
        raise BadEnvelope("the feedback is not a JSON object")
    report = user_report.read(given, given.get("event_id"))
    await intake.keep(request, "user_report", report["event_id"], tolerant_json.dumps(report), meta=_META)
    return Answer(
        body=tolerant_json.dumps(
            {
                "id": report["event_id"],
                "eventID": report["event_id"],
                "name": report["name"],
                "email": report["email"],
                "comments": report["comments"],
                "dateCreated": clock.rfc3339(datetime.fromtimestamp(request.received_at, UTC)),
                "event": {"id": None, "eventID": report["event_id"]},
                "issue": None,
                "user": None,
            }
        )
    )
