"""Sends recorded requests of SDKs again over a socket, with the same headers and the same framing."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lib.live import Live

# RUSTRAK_TEST_CAPTURED names another directory, for example one with more recordings.
DIRECTORY = Path(os.environ.get("RUSTRAK_TEST_CAPTURED") or Path(__file__).parents[1] / "data" / "captured")
PROJECT, KEY = 42, "0123456789abcdef0123456789abcdef"


@dataclass(frozen=True)
class Recorded:
    """One request as a client sent it. `target` is path and query; `headers` are in the client's order."""

    name: str
    method: str
    path: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def encode(self, host: str) -> bytes:
        """The bytes to send to `host` on a connection that is closed afterwards."""
        kept = [
            (name, value)
            for name, value in self.headers
            if name.lower() not in {"host", "connection", "expect", "content-length"}
        ]
        chunked = any(name.lower() == "transfer-encoding" for name, _ in kept)
        if not chunked:
            kept.append(("Content-Length", str(len(self.body))))
        lines = [f"{self.method} {self.target} HTTP/1.1", f"Host: {host}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in kept]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        return head + (_chunked(self.body) if chunked else self.body)


def _chunked(body: bytes) -> bytes:
    pieces = [body[at : at + 4096] for at in range(0, len(body), 4096)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def recorded() -> list[Recorded]:
    """Every recorded request. Paths of a tunnel or below a prefix are changed as a proxy would change them."""
    found = []
    for path in sorted(DIRECTORY.glob("*.headers.json")):
        about: dict[str, Any] = json.loads(path.read_bytes())
        where = about["path"].removeprefix("/prefix/path")
        where = f"/api/{PROJECT}/envelope/" if where == "/my/tunnel" else where
        found.append(
            Recorded(
                name=path.name.removesuffix(".headers.json"),
                method=about["method"],
                path=where,
                target=where + (f"?{about['query']}" if about["query"] else ""),
                headers=tuple((name, value) for name, value in about["headers"]),
                body=path.with_name(path.name.replace(".headers.json", ".body")).read_bytes(),
            )
        )
    return found


def send(request: Recorded, port: int, host: str = "127.0.0.1") -> int:
    """Send the request and return the status of the answer. Raises ConnectionError if there is none."""
    with socket.create_connection((host, port), timeout=30) as connection:
        connection.sendall(request.encode(f"{host}:{port}"))
        answer = b""
        while b"\r\n" not in answer:
            piece = connection.recv(65536)
            if not piece:
                raise ConnectionError(f"{request.name}: closed without an answer")
            answer += piece
        while connection.recv(65536):
            pass
    return int(answer.split(b" ", 2)[1])


def prepare(server: Live) -> None:
    """Create the project that the recordings were sent to."""
    server.manage(
        "shell",
        "--no-imports",
        "-c",
        "from accounts.models import Project;"
        f"Project.objects.create(id={PROJECT}, name='Recorded', slug='recorded', sentry_key='{KEY}')",
    )
