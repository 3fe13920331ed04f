from __future__ import annotations

import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from rustrak.outbound import client
from rustrak.outbound.client import Refused, Unreachable
from rustrak.outbound.guard import Guarded, guarded
from tests.lib.http_receiver import raw, receiving, reply, silence


def test_requests_go_through_the_client(loopback: None) -> None:
    with (
        receiving(reply(201, b'{"id": 7}', Content_Type="application/json")) as found,
        guarded(client.send) as here,
    ):
        answer = requests.post(
            found.url, params={"a": "b"}, json={"c": "d"}, headers={"X-Key": "k"}, timeout=1
        )
    assert (answer.status_code, answer.json(), answer.url) == (201, {"id": 7}, f"{found.url}?a=b")
    assert [response.status for response in here.responses] == [201]
    got = found.got[0]
    assert (got.line, got.body, got.headers["x-key"]) == ("POST /hook?a=b HTTP/1.1", b'{"c": "d"}', "k")
    assert got.headers["accept-encoding"] == "identity"


def test_what_the_client_refuses_is_not_reached() -> None:
    with receiving() as found:
        with guarded(client.send) as here, pytest.raises(requests.ConnectionError):
            requests.post(found.url, timeout=1, verify=False)
        assert isinstance(here.failure, Refused)
        assert found.connections == 0
        # Others in the process, before, after and meanwhile, are not affected.
        assert requests.get(found.url, timeout=5).status_code == 200


def test_a_redirect_is_not_followed(loopback: None) -> None:
    with receiving() as inner, receiving(reply(302, b"moved", Location=inner.url)) as found:
        with guarded(client.send) as here:
            assert requests.post(found.url, timeout=1).status_code == 302
        assert inner.connections == 0
    assert here.responses[0].headers["location"] == inner.url


def test_a_name_that_is_rebound_leads_nowhere_else(names: dict[str, list[str]]) -> None:
    names["rebinding.example.org"] = ["93.184.216.34", "127.0.0.1"]
    seen: list[str] = []

    def send(request: client.Request) -> client.Response:
        seen.append(request.url)
        return client.Response(200)

    with guarded(send):
        requests.get("http://rebinding.example.org/", timeout=1)
    # requests has not looked it up.
    assert seen == ["http://rebinding.example.org/"]
    assert names["rebinding.example.org"] == ["93.184.216.34", "127.0.0.1"]


def test_all_requests_share_one_deadline(loopback: None) -> None:
    with receiving(reply(), silence) as found:
        started = time.monotonic()
        with guarded(client.send, 0.3) as here:
            requests.get(found.url, timeout=60)
            for _ in range(3):
                with pytest.raises(requests.ConnectionError):
                    requests.get(found.url, timeout=60)
        assert time.monotonic() - started < 2
    assert isinstance(here.failure, Unreachable)


def test_the_number_of_requests_is_bounded() -> None:
    with guarded(lambda request: client.Response(200)) as here:
        for _ in range(20):
            requests.get("http://example.org/", timeout=1)
        with pytest.raises(requests.ConnectionError):
            requests.get("http://example.org/", timeout=1)
    assert len(here.responses) == 20
    assert isinstance(here.failure, Refused)


def test_a_body_is_bounded() -> None:
    for body in (b"x" * 2_000_000, (b"x" * 1000 for _ in range(10_000))):
        with guarded(lambda request: client.Response(200)) as here, pytest.raises(requests.ConnectionError):
            requests.post("http://example.org/", data=body, timeout=1)
        assert "too large" in str(here.failure)


@pytest.mark.parametrize(
    "sent", [b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nshort", b"HTTP/1.1 200 OK\r\n\r\nshort"]
)
def test_a_body_that_is_cut_is_what_arrived(loopback: None, sent: bytes) -> None:
    with receiving(raw(sent)) as found, guarded(client.send):
        assert requests.get(found.url, timeout=1).text == "short"


def _connect(here: Path) -> None:
    with socket.socket() as plain:
        plain.connect(("127.0.0.1", 9))


def _send_datagram(here: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.sendto(b"x", ("127.0.0.1", 9))


def _write(here: Path) -> None:
    (here / "file").write_text("x")


@pytest.mark.parametrize(
    "act",
    [
        _connect,
        _send_datagram,
        _write,
        lambda here: socket.getaddrinfo("localhost", 80),
        lambda here: subprocess.run(["true"], check=True),
    ],
    ids=["connect", "datagram", "write", "look up", "process"],
)
def test_everything_else_fails_and_is_noted(act: Any, tmp_path: Path) -> None:
    with guarded(client.send) as here, pytest.raises(PermissionError):
        act(tmp_path)
    assert "not allowed" in str(here.failure)
    assert list(tmp_path.iterdir()) == []


def test_other_threads_are_not_affected(tmp_path: Path) -> None:
    done: list[Guarded] = []
    start, written = threading.Event(), threading.Event()

    def elsewhere() -> None:
        start.wait(5)
        _write(tmp_path)
        written.set()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    with guarded(client.send) as here:
        start.set()
        assert written.wait(5)
        done.append(here)
    thread.join()
    assert done[0].failure is None
