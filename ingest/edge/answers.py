"""Answers to SDKs, with the headers that all of them have."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import orjson

from ingest.edge.errors import Refused

Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]

JSON = "application/json"
# Without these, browsers hide an answer from the page, errors included (docs/protocol.md, "Responses"). The last one
# keeps them from taking it for a page.
_CORS: Headers = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"x-sentry-error, x-sentry-rate-limits, retry-after"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
)
_ALLOWED_HEADERS = (
    b"x-sentry-auth, x-requested-with, x-forwarded-for, origin, referer, accept, content-type, "
    b"authentication, authorization, content-encoding, transfer-encoding, sentry-trace, baggage"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. `headers` are those that not every answer has, with lower-case names."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: Headers = ()


@lru_cache(maxsize=256)
def _headers(content_type: str, length: int) -> list[tuple[bytes, bytes]]:
    return [(b"content-type", content_type.encode()), (b"content-length", b"%d" % length), *_CORS]


async def send(answer: Answer, to: Send) -> None:
    """Send `answer` with the ASGI callable `to`."""
    headers = _headers(answer.content_type, len(answer.body))
    if answer.headers:
        headers = [*headers, *answer.headers]
    await to({"type": "http.response.start", "status": answer.status, "headers": headers})
    await to({"type": "http.response.body", "body": answer.body})


def accepted(event_id: str | None) -> Answer:
    """200 with the event's id (32 hex digits), or `{}` if the request has no event."""
    return Answer(body=b"{}" if event_id is None else b'{"id":"%b"}' % event_id.encode())


def allow(methods: Sequence[str]) -> tuple[bytes, bytes]:
    """The Allow header of an endpoint with these methods."""
    return b"allow", ", ".join([*methods, "OPTIONS"]).encode()


def preflight(methods: Sequence[str]) -> Answer:
    """The answer to OPTIONS at an endpoint with these methods."""
    allowed = allow(methods)
    return Answer(
        headers=(
            (b"access-control-allow-methods", allowed[1]),
            (b"access-control-allow-headers", _ALLOWED_HEADERS),
            (b"access-control-max-age", b"3600"),
            allowed,
        )
    )


def refused(refusal: Refused) -> Answer:
    """The answer to a refused request: `detail` is what SDKs print, `error` the form that our API uses."""
    body = orjson.dumps(
        {
            "detail": refusal.detail,
            "causes": [HTTPStatus(refusal.status).phrase],
            "error": {"type": refusal.kind, "message": refusal.detail},
            **refusal.fields,
        }
    )
    return Answer(
        status=refusal.status,
        body=body,
        headers=((b"x-sentry-error", refusal.detail.encode("ascii", "replace")), *refusal.headers),
    )
