"""A live server and its strangers: what they make it log and hold, and whether it answers others meanwhile."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.lib.live import Live, path_of, start
from tests.lib.waiting import wait_for

pytestmark = [pytest.mark.live, pytest.mark.long]

HOST = b"Host: localhost\r\n"
GET = b"GET / HTTP/1.1\r\n" + HOST
FIELDS = b"&".join([b"csrfmiddlewaretoken=" + b"a" * 32, *[b"a=1"] * 1500])
FORM = b"POST /accounts/login/ HTTP/1.1\r\n" + HOST + b"Content-Type: application/x-www-form-urlencoded\r\n"
WEBSOCKET = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
HOSTILE = {
    "a websocket": (GET + WEBSOCKET, 302),
    "a websocket of an SDK": (b"GET /api/1/envelope/ HTTP/1.1\r\n" + HOST + WEBSOCKET, 405),
    "another host": (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 400),
    "a host that is none": (b"GET / HTTP/1.1\r\nHost: \xff{}\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (GET + b"Host: localhost\r\n\r\n", 400),
    "a line that is no request": (b"GARBAGE\r\n\r\n", 400),
    "an unknown method": (b"FROBNICATE / HTTP/1.1\r\n" + HOST + b"\r\n", 405),
    "a path that is not UTF-8": (b"GET /%zz%ff%00 HTTP/1.1\r\n" + HOST + b"\r\n", 404),
    "a long line": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n" + HOST + b"\r\n", 414),
    "many fields": (GET + b"X: a\r\n" * 200 + b"\r\n", 431),
    "a large head": (GET + (b"X: " + b"a" * 8000 + b"\r\n") * 8 + b"\r\n", 431),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n" * 100, 400),
    "two lengths": (b"POST /x HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "a coding that is none": (b"POST /x HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: xchunked\r\n\r\n", 501),
    "a chunk that is none": (b"POST /api/1/envelope/ HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400),
    "a folded field": (GET + b"X: a\r\n b\r\n\r\n", 400),
    "NUL in a field": (GET + b"X: a\x00b\r\n\r\n", 400),
    "the URL of another host": (b"GET http://evil.example/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "CONNECT": (b"CONNECT evil.example:443 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
    "a form without a token": (FORM + b"Content-Length: 3\r\n\r\na=b", 403),
    "a form of many fields": (
        FORM + b"Cookie: csrftoken=" + b"a" * 32 + b"\r\nContent-Length: %d\r\n\r\n" % len(FIELDS) + FIELDS, 400,
    ),
    "cookies that are none": (GET + b"Cookie: sessionid=\xff; messages=zzz; =;;\r\n\r\n", 302),
    "too large a body": (b"POST /x HTTP/1.1\r\n" + HOST + b"Content-Length: 999999999999\r\n\r\nabc", 413),
}  # fmt: skip
TIMES = 50


def ask(port: int, request: bytes) -> int:
    """The status of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(request)
        answer = client.makefile("rb").readline()
        return int(answer.split()[1])


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with start(WEB_WORKERS="1", WEB_THREADS="2") as live:
        yield live


def web(live: Live) -> int:
    """The process id of the web worker."""
    return next(pid for pid, title in reversed(live.processes().items()) if "gunicorn: worker" in title)


def resident(pid: int) -> float:
    """Resident memory in MiB."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("VmRSS:")[2].split()[0]) / 1024


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_known_refusal_is_one_line_at_most(server: Live, kind: str) -> None:
    request, status = HOSTILE[kind]
    before = len(server.output())
    assert {ask(server.port, request) for _ in range(TIMES)} == {status}
    time.sleep(0.05)
    logged = server.output()[before:]
    assert "Traceback" not in logged
    assert len(logged.splitlines()) <= 1, logged


def test_clients_that_leave_are_not_logged(server: Live) -> None:
    before = len(server.output())
    dsn = server.create_project("Leaving")
    sdk = b"POST " + path_of(dsn).encode() + b" HTTP/1.1\r\n" + HOST + b"Content-Length: 100\r\n\r\nabc"
    for request in (GET + b"\r\n", FORM + b"Content-Length: 100\r\n\r\nabc", sdk, GET):
        for reset in (False, True):
            for _ in range(20):
                client = socket.create_connection(("127.0.0.1", server.port), timeout=10)
                client.sendall(request)
                if reset:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
    time.sleep(4)  # gunicorn ends their requests after 3 seconds
    assert server.output()[before:] == ""


def test_unfinished_bodies_of_pages_hold_little(server: Live) -> None:
    """60 connections held 190 MiB, 16 MiB in each of the first twelve; now each is refused or holds 64 KiB."""
    pid = web(server)
    with ExitStack() as clients:
        before = resident(pid)
        for _ in range(60):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            with suppress(OSError):
                client.sendall(FORM + b"Content-Length: 16000000\r\n\r\n" + b"x" * 1_000_000)
        for _ in range(200):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            client.sendall(FORM + b"Content-Length: 65000\r\n\r\n" + b"x" * 60_000)
        assert resident(pid) - before < 40
        assert server.status("/health") == 200
        assert server.status("/accounts/login/") in {200, 302}


def test_heads_and_unread_answers_hold_little(server: Live) -> None:
    pid = web(server)
    with ExitStack() as clients:
        before = resident(pid)
        for _ in range(200):
            client = clients.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            with suppress(OSError):
                client.sendall(GET + (b"X: " + b"a" * 8000 + b"\r\n") * 20)
            client = clients.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            client.sendall((b"GET /accounts/login/ HTTP/1.1\r\n" + HOST + b"\r\n") * 2)
        assert wait_for(lambda: server.status("/health") == 200)
        assert resident(pid) - before < 60


@pytest.mark.parametrize("host", ["evil.example", "a_b:8000", "", "10.1.2.3"])
def test_probes_may_send_any_host(server: Live, host: str) -> None:
    for path in ("/health", "/health/ready"):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.putrequest("GET", path, skip_host=True)
        connection.putheader("Host", host)
        connection.endheaders()
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["status"]) == (
            200,
            "ok" if path == "/health" else "ready",
        )
        connection.close()
    assert ask(server.port, b"GET /health HTTP/1.0\r\n\r\n") == 200
