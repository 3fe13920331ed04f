"""Responses as ASGI sends them, and the errors that are answered before Django is reached."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from rustrak.lib.http import response_headers

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

# docs/api.md, "Errors".
_TYPES = {
    400: "ValidationError", 405: "MethodNotAllowed", 408: "RequestTimeout", 413: "PayloadTooLarge", 500: "InternalError",
    503: "ServiceUnavailable",
}  # fmt: skip
_EVERY: Headers = [
    *((name.lower().encode(), value.encode()) for name, value in response_headers.SECURITY.items()),
    (b"content-security-policy", response_headers.NOTHING_LOADS.encode()),
    (b"cache-control", b"no-store"),
]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response ready to send. `parts` is a streaming response, which must be closed; else `body` is everything."""

    status: int
    headers: Headers
    body: bytes = b""
    parts: Iterable[bytes] | None = None


def is_api(path: str) -> bool:
    """Whether programs call `path`, which is below PUBLIC_URL's own: they get errors as JSON."""
    return path.startswith(("/api/", "/auth/", "/health"))


def plain(status: int, text: str, *, close: bool = False) -> Answer:
    """A response of one line of text, after which the connection is closed with `close`."""
    return bytes_of(status, "text/plain; charset=utf-8", f"{text}\n".encode(), close=close)


def as_json(status: int, value: object, *, close: bool = False) -> Answer:
    """A response that is JSON."""
    return bytes_of(status, "application/json", json.dumps(value).encode(), close=close)


def error(path: str, status: int, message: str, *, close: bool = False, retry_after: int = 0) -> Answer:
    """An error: JSON of the API's form where programs call, else text. `retry_after` is in seconds."""
    if path.startswith("/api/0/"):
        answer = as_json(status, {"detail": message}, close=close)  # as issues.sentry_api answers errors
    elif is_api(path):
        answer = as_json(status, {"error": {"type": _TYPES[status], "message": message}}, close=close)
    else:
        answer = plain(status, message, close=close)
    if retry_after:
        answer.headers.append((b"retry-after", str(retry_after).encode()))
    return answer


def bytes_of(status: int, content_type: str, body: bytes, *, close: bool = False) -> Answer:
    """A response whose body is complete."""
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        *_EVERY,
    ]
    if close:
        headers.append((b"connection", b"close"))
    return Answer(status, headers, body)


def options(allow: str) -> Answer:
    """What OPTIONS gets: the methods of an address, as its Allow header lists them."""
    return Answer(204, [(b"allow", allow.encode("latin-1")), *_EVERY])


def without_body(send: Send) -> Send:
    """`send` for an answer to HEAD: with GET's headers, without its body (RFC 9110, section 9.3.2)."""

    async def send_head(message: dict[str, Any]) -> None:
        await send({**message, "body": b""} if message.get("body") else message)

    return send_head


async def send(answer: Answer, to: Send) -> None:
    """Send an answer that is not a streaming one."""
    await to({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await to({"type": "http.response.body", "body": answer.body})
