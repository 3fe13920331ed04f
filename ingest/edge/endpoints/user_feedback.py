"""POST /api/0/projects/<organization>/<project>/user-feedback/: the older feedback API, from before envelopes."""

from __future__ import annotations

from datetime import UTC, datetime

from ingest.edge.answers import Answer
from ingest.edge.decode import json_object, user_report
from ingest.edge.errors import BadEnvelope
from ingest.edge.exchange import Exchange
from rustrak.lib import clock, tolerant_json

_META = {"source": "api"}


async def handle(exchange: Exchange) -> Answer:
    """200 with the feedback. The project is that of the key (`Authorization: DSN <dsn>`), whatever the path names."""
    request = exchange.request
    await exchange.authorize(request.key)
    given = json_object.parse(await exchange.whole(user_report.MAX_BODY_BYTES))
    if given is None:
        raise BadEnvelope("the feedback is not a JSON object")
    report = user_report.read(given, given.get("event_id"))
    await exchange.keep("user_report", report["event_id"], tolerant_json.dumps(report), meta=_META)
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
