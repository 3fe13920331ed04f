"""Calls an ASGI application as gunicorn does, without a socket."""

from __future__ import annotations

import asyncio
from typing import Any

from rustrak import asgi


class Client:
    """Calls an ASGI application once."""

    def __init__(self, app: Any = asgi.application) -> None:
        self.app = app
        self.sent: list[dict[str, Any]] = []

    def call(
        self, path: str, *bodies: bytes, method: str = "GET", leaves: bool = False,
        host: bytes | None = b"testserver", **scope: Any
    ) -> Client:  # fmt: skip
        messages = [
            {"type": "http.request", "body": body, "more_body": number < len(bodies) - 1 or leaves}
            for number, body in enumerate(bodies or (b"",))
        ]
        if leaves:
            messages.append({"type": "http.disconnect"})

        async def receive() -> dict[str, Any]:
            return messages.pop(0)

        async def send(message: dict[str, Any]) -> None:
            self.sent.append(message)

        headers = [] if host is None else [(b"host", host)]
        given = {
            "type": "http", "method": method, "path": path, "query_string": b"",
            "client": ("127.0.0.1", 5), "server": ("testserver", 80), "scheme": "http", **scope,
            "headers": [*headers, *scope.get("headers", [])],
        }  # fmt: skip
        asyncio.run(self.app(given, receive, send))
        return self

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return {name.lower(): value for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent[1:])
