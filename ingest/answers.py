"""What an SDK is told: headers are the same every time, so they are made once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import orjson

from ingest.errors import Refused, WrongMethod

Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

# Browsers hide any answer without these, errors included (docs/protocol.md, "Responses").
_CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"x-sentry-error, x-sentry-rate-limits, retry-after"),
    (b"cross-origin-resource-policy", b"cross-origin"),
]
_PREFLIGHT: Headers = [
    *_CORS,
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept, content-type, "
        b"authentication, authorization, content-encoding, transfer-encoding, sentry-trace, baggage",
    ),
    (b"access-control-max-age", b"3600"),
    (b"allow", b"POST, OPTIONS"),
    (b"content-length", b"0"),
]


def _json(length: int) -> Headers:
    return [(b"content-type", b"application/json"), (b"content-length", b"%d" % length), *_CORS]


_WITH_ID = {"type": "http.response.start", "status": 200, "headers": _json(len(b'{"id":""}') + 32)}
_WITHOUT_ID = {"type": "http.response.start", "status": 200, "headers": _json(2)}


async def accepted(send: Send, event_id: str | None) -> None:
    """200 with the event's id (32 hex digits), or `{}` when the envelope names no event."""
    if event_id is None:
        await send(_WITHOUT_ID)
        await send({"type": "http.response.body", "body": b"{}"})
    else:
        await send(_WITH_ID)
        await send({"type": "http.response.body", "body": b'{"id":"%b"}' % event_id.encode()})


async def preflight(send: Send) -> None:
    """The answer to OPTIONS."""
    await send({"type": "http.response.start", "status": 200, "headers": _PREFLIGHT})
    await send({"type": "http.response.body", "body": b""})


async def refused(send: Send, refusal: Refused) -> None:
    """The error, in the form that SDKs print (`detail`) and in ours (`error`)."""
    body = orjson.dumps(
        {
            "detail": refusal.detail,
            "causes": [HTTPStatus(refusal.status).phrase],
            "error": {"type": refusal.kind, "message": refusal.detail},
        }
    )
    headers = [*_json(len(body)), (b"x-sentry-error", refusal.detail.encode("ascii", "replace"))]
    if isinstance(refusal, WrongMethod):
        headers.append((b"allow", b"POST, OPTIONS"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
