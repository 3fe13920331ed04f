"""Inputs that aim at the log: requests that anybody can repeat, each of which may be worth a line or a traceback."""

from __future__ import annotations

from dataclasses import dataclass

_OK = "Host: HOST\r\nConnection: close\r\n"


@dataclass(frozen=True)
class Line:
    """The bytes that are sent on a connection of their own; HOST, PROJECT and KEY are replaced."""

    name: str
    sent: bytes
    example: bool = False


def _head(first: str, headers: str = _OK, body: str = "") -> bytes:
    return f"{first}\r\n{headers}\r\n{body}".encode("latin-1")


_UPGRADE = "Host: HOST\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
_SENT = "POST /api/PROJECT/envelope/?sentry_key=KEY HTTP/1.1"

# fmt: off
ATTACKS = [
    Line("a websocket to a page", _head("GET / HTTP/1.1", _UPGRADE), example=True),
    Line("a websocket to an SDK address", _head("GET /api/PROJECT/envelope/?sentry_key=KEY HTTP/1.1", _UPGRADE)),
    Line("an upgrade to HTTP/2", _head("GET / HTTP/1.1", "Host: HOST\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n")),
    Line("another host", _head("GET / HTTP/1.1", "Host: evil.example\r\nConnection: close\r\n"), example=True),
    Line("a host that is none", _head("GET / HTTP/1.1", "Host: a b<c>\r\nConnection: close\r\n")),
    Line("a host with an underscore", _head("GET /accounts/login/ HTTP/1.1", "Host: a_b:1\r\nConnection: close\r\n")),
    Line("no host", _head("GET / HTTP/1.1", "Connection: close\r\n")),
    Line("two hosts", _head("GET / HTTP/1.1", "Host: HOST\r\nHost: a\r\nConnection: close\r\n")),
    Line("a forwarded host", _head("GET / HTTP/1.1", _OK + "X-Forwarded-Host: evil.example\r\n")),
    Line("the head of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Line("the hello of TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200))),
    Line("no request", b"\r\n\r\n"),
    Line("a line that is none", _head("hello")),
    Line("an unknown method", _head("BREW / HTTP/1.1")),
    Line("an unknown version", _head("GET / HTTP/9.9")),
    Line("an address of 100 KB", _head("GET /" + "a" * 100_000 + " HTTP/1.1")),
    Line("headers of 100 KB", _head("GET / HTTP/1.1", _OK + "X-A: " + "a" * 100_000 + "\r\n")),
    Line("500 headers", _head("GET / HTTP/1.1", _OK + "X-A: a\r\n" * 500)),
    Line("a header that is none", _head("GET / HTTP/1.1", _OK + "X A\r\n")),
    Line("a folded header", _head("GET / HTTP/1.1", _OK + "X-A: a\r\n b\r\n")),
    Line("a NUL in an address", _head("GET /%00 HTTP/1.1")),
    Line("bytes that are no text in an address", _head("GET /%ff%fe?%ff HTTP/1.1")),
    Line("a line break in an address", _head("GET /%0d%0aX: HTTP/1.1")),
    Line("a length that is none", _head(_SENT, _OK + "Content-Length: x\r\n")),
    Line("a negative length", _head(_SENT, _OK + "Content-Length: -1\r\n")),
    Line("a huge length", _head(_SENT, _OK + "Content-Length: " + "9" * 400 + "\r\n")),
    Line("length and chunks", _head(_SENT, _OK + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")),
    Line("chunks that are none", _head(_SENT, _OK + "Transfer-Encoding: chunked\r\n", "zz\r\n")),
    Line("another transfer encoding", _head(_SENT, _OK + "Transfer-Encoding: gzip\r\n", "x")),
    Line("a body that breaks off", _head(_SENT, _OK + "Content-Length: 900\r\n", "{}")),
    Line("a page's body that breaks off", _head("POST /accounts/login/ HTTP/1.1", _OK + "Content-Length: 900\r\n", "a=b")),
    Line("a form without its token", _head("POST /accounts/login/ HTTP/1.1", _OK + "Content-Length: 3\r\nContent-Type: application/x-www-form-urlencoded\r\n", "a=b")),
    Line("a form that is none", _head("POST /accounts/login/ HTTP/1.1", _OK + "Content-Length: 3\r\nContent-Type: multipart/form-data\r\n", "a=b")),
    Line("1,500 fields of a form", _head("POST /auth/login HTTP/1.1", _OK + "Content-Length: 4500\r\nContent-Type: application/x-www-form-urlencoded\r\n", "a=&" * 1500)),
    Line("JSON that is none", _head("POST /auth/login HTTP/1.1", _OK + "Content-Length: 1\r\nContent-Type: application/json\r\n", "{")),
    Line("a cookie that is none", _head("GET / HTTP/1.1", _OK + "Cookie: sessionid=\x01;;=;\xff\r\n")),
    Line("a token that is none", _head("GET /api/projects HTTP/1.1", _OK + "Authorization: Bearer \xff\r\n")),
    Line("a page that does not exist", _head("GET /wp-login.php HTTP/1.1")),
    Line("a broken envelope", _head(_SENT, _OK + "Content-Length: 1\r\n", "x")),
    Line("an unknown key", _head("POST /api/PROJECT/envelope/?sentry_key=" + "f" * 32 + " HTTP/1.1", _OK + "Content-Length: 2\r\n", "{}")),
    Line("an expectation", _head(_SENT, _OK + "Expect: 200-maybe\r\nContent-Length: 2\r\n", "{}")),
    Line("an address of another server", _head("GET http://evil.example/ HTTP/1.1")),
    Line("half a request", b"GET / HTT"),
    Line("metrics of another host", _head("GET /metrics HTTP/1.1", "Host: evil.example\r\nConnection: close\r\n")),
]
# fmt: on
