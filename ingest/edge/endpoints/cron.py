"""GET or POST /api/<project>/cron/<monitor>[/<key>]/: a check-in that a job sends with nothing but curl."""

from __future__ import annotations

import orjson

from ingest.edge import auth
from ingest.edge.answers import Answer
from ingest.edge.decode import check_in_url
from ingest.edge.errors import BadEnvelope
from ingest.edge.exchange import Exchange
from rustrak.lib import ids


async def handle(exchange: Exchange) -> Answer:
    """202 with the check-in's id. The key may be in the path, or in any of the forms that other endpoints accept."""
    request = exchange.request
    await exchange.authorize(auth.well_formed(request.arguments.get("key", "")) or request.key)
    body = b""
    if request.method == "POST":
        body = await exchange.whole(check_in_url.MAX_BODY_BYTES)
        exchange.spend_slowly(len(body))
    check_in = check_in_url.read(request.arguments["monitor"], request.query, body)
    try:
        payload = orjson.dumps(check_in)
    except TypeError:
        raise BadEnvelope("the check-in is nested too deeply") from None
    await exchange.keep("check_in", ids.new_event_id(), payload)
    return Answer(status=202, body=orjson.dumps({"id": check_in["check_in_id"]}))
