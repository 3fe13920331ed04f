from __future__ import annotations

import asyncio
import gzip
import io
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.ingest.conftest import KEY, Edge


class Server(HTTPServer):
    """A server that gives every request the same answer and remembers the requests."""

    status = 200
    requests: list[tuple[str, dict[str, str], bytes]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers.items()), body))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(b'{"detail": "what the server says"}')

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.requests = []
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def send(dsn: str) -> str:
    stdout = io.StringIO()
    call_command("send_event", dsn, stdout=stdout)
    return stdout.getvalue()


def test_it_sends_what_the_edge_accepts(server: Server, edge: Edge) -> None:
    output = send(f"http://{KEY}@127.0.0.1:{server.server_port}/errors/42")
    ((path, headers, body),) = server.requests
    assert path == "/errors/api/42/envelope/"
    answer = asyncio.run(edge.send(path.removeprefix("/errors"), body, headers, key=None))
    (record,) = asyncio.run(edge.records())
    assert (answer.status, answer.json) == (200, {"id": record.event_id})
    assert f"event {record.event_id}\n" in output
    assert "the server said 200: " in output
    assert b"PaymentFailed" in gzip.decompress(body)


def test_a_refusal_fails_with_the_servers_answer(server: Server) -> None:
    server.status = 401
    stdout = io.StringIO()
    with pytest.raises(CommandError, match="did not accept"):
        call_command("send_event", f"http://{KEY}@127.0.0.1:{server.server_port}/42", stdout=stdout)
    assert re.search("401: .*what the server says", stdout.getvalue())


def test_a_server_that_cannot_be_reached(server: Server) -> None:
    server.server_close()
    with pytest.raises(CommandError, match="could not reach"):
        send(f"http://{KEY}@127.0.0.1:{server.server_port}/42")


@pytest.mark.parametrize(
    "dsn",
    [
        "",
        "nonsense",
        "ftp://k@host/1",
        "http://host/1",
        "http://k@host/",
        "http://k@host/x",
        "http://k@:80/1",
    ],
)
def test_a_bad_dsn(dsn: str) -> None:
    with pytest.raises(CommandError, match="DSN"):
        send(dsn)
