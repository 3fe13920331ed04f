"""The edge behind the real server, over real sockets."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.lib.envelopes import with_python_event
from tests.lib.live import Live, path_of

pytestmark = pytest.mark.live
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def dsn(live: Live) -> str:
    return live.create_project("Shop")


@pytest.fixture
def client(live: Live) -> Iterator[http.client.HTTPConnection]:
    client = http.client.HTTPConnection("127.0.0.1", live.port, timeout=20)
    yield client
    client.close()


def answered(client: http.client.HTTPConnection) -> tuple[int, dict[str, object]]:
    response = client.getresponse()
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    return response.status, json.loads(response.read() or b"{}")


def test_one_connection_many_requests(client: http.client.HTTPConnection, dsn: str) -> None:
    for chunked in (False, True):
        event_id = uuid4().hex
        body = with_python_event(event_id)
        parts = (body[at : at + 500] for at in range(0, len(body), 500))
        client.request("POST", path_of(dsn), parts if chunked else body, encode_chunked=chunked)
        assert answered(client) == (200, {"id": event_id})
    client.request("POST", path_of(dsn), b"nonsense")
    assert answered(client)[0] == 400
    client.request("OPTIONS", path_of(dsn))
    assert answered(client)[0] == 200
    client.request("POST", path_of(dsn, "store").replace("sentry_key", "x"), b"{}")
    assert answered(client)[0] == 401
    client.request("POST", path_of(dsn, "store"), b"{}")
    assert answered(client)[0] == 200


def test_expect_100_continue(live: Live, dsn: str) -> None:
    body = with_python_event(uuid4().hex)
    head = f"POST {path_of(dsn)} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", live.port), timeout=10) as sock:
        sock.sendall(head.encode())
        assert sock.recv(1000).startswith(b"HTTP/1.1 100 ")
        sock.sendall(body)
        assert sock.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_a_refused_client_sees_why_also_with_a_large_body(
    client: http.client.HTTPConnection, dsn: str
) -> None:
    client.request("POST", path_of(dsn), bytes(101 * MIB))
    assert answered(client)[0] == 413
    client.close()
    client.request("POST", path_of(dsn).replace("sentry_key", "x"), bytes(5 * MIB))
    assert answered(client)[0] == 401


def test_bombs_and_large_bodies_take_no_memory(
    live: Live, client: http.client.HTTPConnection, dsn: str
) -> None:
    def peak() -> int:
        pids = [pid for pid, title in live.processes().items() if "gunicorn: worker" in title]
        status = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
        return max(int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) for text in status)  # type: ignore[union-attr]

    before = peak()
    bomb = gzip.compress(bytes(300 * MIB), 9)
    client.request("POST", path_of(dsn), bomb, {"Content-Encoding": "gzip"})
    assert answered(client)[0] in {400, 413}
    header = gzip.compress(b'{}\n{"type":"attachment","length":%d}\n' % (90 * MIB)) + gzip.compress(
        bytes(90 * MIB)
    )
    client.request("POST", path_of(dsn), header, {"Content-Encoding": "gzip"})
    assert answered(client)[0] == 200
    client.request(
        "POST", path_of(dsn), b'{}\n{"type":"attachment","length":%d}\n' % (60 * MIB) + bytes(60 * MIB)
    )
    assert answered(client)[0] == 200
    assert peak() - before < 20 * 1024


def test_a_client_that_disconnects_affects_no_other(
    live: Live, client: http.client.HTTPConnection, dsn: str
) -> None:
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", live.port), timeout=10) as sock:
            sock.sendall(
                f"POST {path_of(dsn)} HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{{}}".encode()
            )
    client.request("POST", path_of(dsn), with_python_event(uuid4().hex))
    assert answered(client)[0] == 200
    time.sleep(0.1)
    assert "Traceback" not in live.output()
