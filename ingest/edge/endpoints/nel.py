"""POST /api/<project>/nel/: Network Error Logging reports of browsers, which are read and not stored."""

from __future__ import annotations

from ingest.edge import answers
from ingest.edge.answers import Answer
from ingest.edge.exchange import Exchange


async def handle(exchange: Exchange) -> Answer:
    """200 whatever the body is: a browser that gets an error stops sending reports of other types, too."""
    await exchange.authorize(exchange.request.key)
    async for _ in exchange.decoded(exchange.limits.event):
        pass
    return answers.accepted(None)
