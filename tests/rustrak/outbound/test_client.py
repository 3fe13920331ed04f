from __future__ import annotations

import gzip
import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rustrak.outbound import allow_list, client, lookup
from rustrak.outbound.client import ANSWER_BYTES, Refused, Request, Response, Unreachable
from rustrak.outbound.proxies import Environment
from tests.lib import certificates
from tests.lib.http_receiver import Receiver, Script, raw, receiving, repeat, reply, silence

# A public address, which nothing may be sent to in a test.
PUBLIC = "93.184.216.34"
HEAD = b"HTTP/1.1 200 OK\r\n"


def post(url: str, seconds: float = 5.0) -> Response:
    return client.send(Request("POST", url, {"X-Key": "s3cret-key"}, b'{"a": 1}'), seconds)


def told(error: BaseException | None) -> str:
    """Everything that a log could have of an error, and of those that led to it."""
    return f"{error} {error!r} {told(error.__context__)} {told(error.__cause__)}" if error else ""


@pytest.fixture
def receiver(loopback: None) -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def test_a_request_and_its_answer(receiver: Receiver) -> None:
    receiver.scripts = [reply(201, b"thanks", X_Trace="7")]
    answer = post(f"{receiver.url}?key=1%20&b=ü")
    assert (answer.status, answer.body, answer.headers["x-trace"]) == (201, b"thanks", "7")
    got = receiver.got[0]
    assert (got.line, got.body) == ("POST /hook?key=1%20&b=%C3%BC HTTP/1.1", b'{"a": 1}')
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["x-key"] == "s3cret-key"
    assert got.headers["accept-encoding"] == "identity"
    assert got.headers["content-length"] == "8"


def test_headers_that_follow_from_the_request_cannot_be_set(receiver: Receiver) -> None:
    own = {
        "Host": "elsewhere",
        "Content-Length": "3",
        "TRANSFER-ENCODING": "chunked",
        "User-Agent": "mine",
        "X-Ü": "ü",
    }
    with pytest.raises(Refused, match="a header has a character"):
        client.send(Request("POST", receiver.url, own))
    del own["X-Ü"]
    client.send(Request("POST", receiver.url, {**own, "X-U": "ü"}, b"12345"))
    headers = receiver.got[-1].headers
    assert headers["host"] == f"127.0.0.1:{receiver.port}"
    assert (headers["content-length"], headers["user-agent"], headers["x-u"]) == ("5", "mine", "ü")
    assert "transfer-encoding" not in headers


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "a\x00b"])
def test_a_header_cannot_break_out(receiver: Receiver, value: str) -> None:
    with pytest.raises(Refused) as raised:
        client.send(Request("POST", receiver.url, {"X-Key": value}))
    assert "Evil" not in told(raised.value)
    assert receiver.got == []


def test_nothing_is_sent_to_this_machine() -> None:
    with (
        receiving() as found,
        pytest.raises(Refused, match=r"127\.0\.0\.1 is an address of this machine.*OUTBOUND_ALLOW"),
    ):
        post(found.url)
    assert found.connections == 0


def test_redirects_are_answers(receiver: Receiver) -> None:
    with receiving() as inner:
        receiver.scripts = [reply(302, b"", Location=inner.url)]
        assert post(receiver.url).status == 302
        assert inner.connections == 0


def test_a_name_that_leads_inside_is_refused(names: dict[str, list[str]]) -> None:
    with receiving() as found:
        for address in (
            "127.0.0.1",
            "::1",
            "::ffff:127.0.0.1",
            f"{PUBLIC} 127.0.0.1",
            "169.254.169.254",
            "10.0.0.1",
        ):
            names["hook.example.org"] = [address]
            with pytest.raises(Refused, match="hook.example.org leads to"):
                post(f"http://hook.example.org:{found.port}/")
        assert found.connections == 0


def test_a_name_is_looked_up_once_and_that_address_is_connected_to(
    names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[object] = []

    class Socket(socket.socket):
        def connect(self, address: object) -> None:
            connected.append(address)
            raise ConnectionRefusedError(111, "Connection refused")

    names["rebinding.example.org"] = [PUBLIC, "127.0.0.1"]
    monkeypatch.setattr("rustrak.outbound.connecting.socket.socket", Socket)
    with pytest.raises(Unreachable, match=r"No connection to rebinding\.example\.org \(connection refused\)"):
        post("http://rebinding.example.org/")
    assert connected == [(PUBLIC, 80)]
    with pytest.raises(Refused):
        post("http://rebinding.example.org/")
    assert connected == [(PUBLIC, 80)]


def test_an_operator_can_allow_a_name(names: dict[str, list[str]], settings: Any) -> None:
    names["mattermost.internal"] = names["other.internal"] = ["127.0.0.1"]
    with receiving() as found:
        settings.OUTBOUND_ALLOW = allow_list.parse(f"mattermost.internal:{found.port}")
        assert post(f"http://Mattermost.internal.:{found.port}/").status == 200
        with pytest.raises(Refused):
            post(f"http://other.internal:{found.port}/")
        with pytest.raises(Refused):
            post(f"http://mattermost.internal:{found.port + 1}/")
        with pytest.raises(Refused):
            post(found.url)


def test_the_next_address_is_tried(names: dict[str, list[str]], loopback: None) -> None:
    with receiving() as found:
        names["two.example.org"] = ["::1 127.0.0.1"]
        assert post(f"http://two.example.org:{found.port}/").status == 200


def test_a_name_that_does_not_exist(names: dict[str, list[str]]) -> None:
    names["gone.example.org"] = [""]
    with pytest.raises(Unreachable, match="no server with the name gone.example.org"):
        post("https://gone.example.org/s3cret")


def test_look_ups_that_hang(monkeypatch: pytest.MonkeyPatch, names: dict[str, list[str]]) -> None:
    over = threading.Event()
    started = time.monotonic()
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(20) and [])
        for _ in range(lookup.MOST + 1):  # as many as may wait, and one that finds no place
            with pytest.raises(Unreachable, match="took too long"):
                post("http://slow.example.org/", 0.05)
        assert time.monotonic() - started < 3
        waiting = [thread for thread in threading.enumerate() if thread.name == "name look-up"]
        assert len(waiting) == lookup.MOST
        over.set()
        for thread in waiting:
            thread.join(5)
    names["found.example.org"] = ["127.0.0.1"]
    with pytest.raises(Refused):
        post("http://found.example.org/")


@pytest.mark.parametrize(
    "script",
    [
        silence,
        repeat(b"", b"H", 0.05),
        repeat(HEAD, b"X-A: b\r\nX", 0.05),
        repeat(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05),
    ],
    ids=["hangs", "drips a status", "drips headers", "never gets to the answer"],
)
def test_a_slow_answer_is_cut(receiver: Receiver, script: Script) -> None:
    receiver.scripts = [script]
    started = time.monotonic()
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1 took too long to answer"):
        post(receiver.url, 0.3)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "script",
    [
        repeat(HEAD + b"Content-Length: 999999\r\n\r\n", b"x", 0.02),
        repeat(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", 0.02),
        repeat(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", b"A: b\r\n", 0.02),
    ],
    ids=["drips", "drips chunks", "endless trailers"],
)
def test_an_answer_with_a_slow_body_is_an_answer(receiver: Receiver, script: Script) -> None:
    receiver.scripts = [script]
    started = time.monotonic()
    answer = post(receiver.url, 0.4)
    assert (answer.status, answer.body[:1]) == (200, b"x")
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("script", "body"),
    [
        (repeat(HEAD + b"\r\n", b"x" * 10_000), b"x" * ANSWER_BYTES),
        (repeat(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"2710\r\n" + b"x" * 10_000 + b"\r\n"), b"x" * ANSWER_BYTES),
        (raw(HEAD + b"Content-Length: 1000\r\n\r\nshort"), b"short"),
        (raw(HEAD + b"Content-Length: -5\r\n\r\nshort"), b"short"),
        (raw(HEAD + b"Content-Length: 2\r\n\r\nlonger"), b"lo"),
        (raw(HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nnonsense"), b""),
        (reply(200, gzip.compress(b"x" * 10_000_000), Content_Encoding="gzip"), b""),
        (raw(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nshort"), b""),
    ],
    ids=["endless", "endless chunks", "too short", "negative", "too long", "two lengths", "a bomb", "no content"],
)  # fmt: skip
def test_a_body_is_bounded(receiver: Receiver, script: Script, body: bytes) -> None:
    receiver.scripts = [script]
    assert post(receiver.url).body == body


@pytest.mark.parametrize(
    "script",
    [
        raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
        raw(b"HTTP/1.1 what OK\r\n\r\n"),
        repeat(HEAD, b"X-A: b\r\n" * 100),
        repeat(HEAD, b"x" * 100_000),
    ],
    ids=["another protocol", "a bad status", "endless headers", "an endless header"],
)
def test_what_is_not_http(receiver: Receiver, script: Script) -> None:
    receiver.scripts = [script]
    with pytest.raises(Unreachable, match="not HTTP") as raised:
        post(receiver.url + "/s3cret")
    assert "s3cret" not in told(raised.value)


def test_a_connection_that_is_closed_or_refused(receiver: Receiver) -> None:
    receiver.scripts = [raw(b"")]
    with pytest.raises(Unreachable, match="closed the connection without an answer") as raised:
        post(receiver.url + "/s3cret")
    assert "s3cret" not in told(raised.value)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match=r"No connection to 127\.0\.0\.1 \(connection refused\)") as raised:
        post(f"http://127.0.0.1:{port}/s3cret")
    assert "s3cret" not in told(raised.value)


def test_nothing_is_logged(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    post(receiver.url)
    assert caplog.text == ""


def test_a_request_shows_no_secret() -> None:
    assert repr(Request("POST", "https://u/s3cret", {"a": "s3cret"}, b"s3cret")) == "Request(method='POST')"


def test_certificates_are_verified(loopback: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, server = certificates.make(tmp_path, "127.0.0.1")
    with receiving(tls=server) as found:
        client._tls.cache_clear()
        with pytest.raises(
            Unreachable, match=r"The certificate of 127\.0\.0\.1 is not valid: .*SSL_CERT_FILE"
        ):
            post(found.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        client._tls.cache_clear()
        assert post(found.url).status == 200
    _, other = certificates.make(tmp_path, "192.0.2.1", authority)
    with receiving(tls=other) as found, pytest.raises(Unreachable, match="(?i)IP address mismatch"):
        post(found.url)
    client._tls.cache_clear()


def test_tls_where_there_is_none(loopback: None) -> None:
    def no_tls() -> None:
        with listener.accept()[0] as connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=no_tls, daemon=True).start()
        with pytest.raises(Unreachable, match=r"No TLS connection to 127\.0\.0\.1"):
            post(f"https://127.0.0.1:{listener.getsockname()[1]}/")


def test_a_slow_handshake_is_cut(loopback: None) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        pytest.raises(Unreachable, match="took too long"),
    ):
        post(f"https://127.0.0.1:{listener.getsockname()[1]}/", 0.2)


def through(settings: Any, proxy: Receiver, scheme: str = "http", no: str = "") -> None:
    settings.OUTBOUND_PROXIES = Environment(**{scheme: f"http://ana:p%40ss@127.0.0.1:{proxy.port}"}, no=no)


def test_http_goes_through_the_proxy(settings: Any, names: dict[str, list[str]]) -> None:
    names["hook.example.org"] = [""]  # only the proxy knows it
    with receiving(reply(200, b"from the proxy")) as proxy:
        through(settings, proxy)
        assert post("http://hook.example.org:8080/a?b").body == b"from the proxy"
    got = proxy.got[0]
    assert got.line == "POST http://hook.example.org:8080/a?b HTTP/1.1"
    assert got.headers["proxy-authorization"] == "Basic YW5hOnBAc3M="
    assert got.headers["host"] == "hook.example.org:8080"


def test_https_goes_through_a_tunnel(
    settings: Any, names: dict[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names["hook.example.org"] = [""]
    authority, server = certificates.make(tmp_path, "hook.example.org")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    client._tls.cache_clear()

    def tunnel(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with server.wrap_socket(connection, server_side=True) as inside:
            while not b"".join(asked).endswith(b'{"a": 1}'):
                asked.append(inside.recv(1000))
            inside.sendall(HEAD + b"Content-Length: 2\r\n\r\nok")

    asked: list[bytes] = []
    with receiving(tunnel) as proxy:
        through(settings, proxy, "https")
        assert post("https://hook.example.org/a").body == b"ok"
    assert proxy.got[0].line == "CONNECT hook.example.org:443 HTTP/1.1"
    assert proxy.got[0].headers["proxy-authorization"] == "Basic YW5hOnBAc3M="
    assert asked[0].startswith(b"POST /a HTTP/1.1\r\n")
    assert b"Proxy-Authorization" not in b"".join(asked)
    client._tls.cache_clear()


def test_a_proxy_that_refuses(settings: Any, names: dict[str, list[str]]) -> None:
    names["hook.example.org"] = [""]
    with receiving(reply(407, b"")) as proxy:
        through(settings, proxy, "https")
        with pytest.raises(Unreachable, match="The proxy 127.0.0.1 answered 407") as raised:
            post("https://hook.example.org/s3cret")
    assert "s3cret" not in told(raised.value)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "169.254.169.254",
        "[::1]",
        "localhost",
        "x.localhost",
        "metadata.google.internal",
        "redis",
    ],
)
def test_a_proxy_is_no_way_inside(settings: Any, names: dict[str, list[str]], host: str) -> None:
    names["redis"] = names["metadata.google.internal"] = names["x.localhost"] = [""]
    for scheme in ("http", "https"):
        with receiving() as proxy:
            through(settings, proxy, scheme)
            with pytest.raises(Refused):
                post(f"{scheme}://{host}/")
        assert proxy.connections == 0


def test_a_name_that_is_known_here_is_checked_before_the_proxy_gets_it(
    settings: Any, names: dict[str, list[str]]
) -> None:
    names["hook.example.org"] = ["10.0.0.1"]
    with receiving() as proxy:
        through(settings, proxy)
        with pytest.raises(Refused):
            post("http://hook.example.org/")
        settings.OUTBOUND_ALLOW = allow_list.parse("*.example.org")
        assert post("http://hook.example.org/").status == 200


def test_no_proxy(settings: Any, receiver: Receiver) -> None:
    with receiving() as proxy:
        through(settings, proxy, no="example.org, 127.0.0.0/8")
        assert post(receiver.url).status == 200
    assert proxy.connections == 0


def test_a_bad_proxy_is_named_without_its_password(settings: Any) -> None:
    settings.OUTBOUND_PROXIES = Environment(https="socks5://ana:s3cret@proxy:1080")
    with pytest.raises(Unreachable, match="HTTPS_PROXY must begin with http://") as raised:
        post("https://hook.example.org/")
    assert "s3cret" not in told(raised.value)
