"""One HTTP request to the outside, bounded in time and size.

On http.client: what a larger library adds (pools, retries, redirects, decoding) is what must not happen here, and the web
processes, which only know the types, would pay for it (docs/decisions/0026-outgoing-connections.md).
"""

from __future__ import annotations

import contextvars
import http.client
import re
import socket
import ssl
import time
from collections.abc import Callable
from functools import lru_cache, partial
from typing import IO

from django.conf import settings

from rustrak.lib import wording
from rustrak.lib.version import version
from rustrak.outbound.allow_list import AllowList
from rustrak.outbound.connecting import connect, connect_to_proxy
from rustrak.outbound.deadline import Deadline
from rustrak.outbound.messages import ANSWER_BYTES, MOST_SECONDS, Refused, Request, Response, Unreachable
from rustrak.outbound.proxies import BadProxy, Proxy
from rustrak.outbound.target import Target, check_literal, parse

__all__ = [
    "ANSWER_BYTES",
    "MOST_SECONDS",
    "Refused",
    "Request",
    "Response",
    "Unreachable",
    "check_url",
    "download",
    "ends_at",
    "send",
]

#: When everything must have ended that this context sends, by the monotonic clock; None without such an end.
ends_at: contextvars.ContextVar[float | None] = contextvars.ContextVar("ends_at", default=None)

# RFC 9110, sections 5.5 and 5.6.2.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def check_url(url: str) -> None:
    """Raise Refused for a URL that `send` would refuse, as far as that can be told without looking its name up."""
    check_literal(parse(url), settings.OUTBOUND_ALLOW)


def send(request: Request, seconds: float = MOST_SECONDS) -> Response:
    """Send a request and read the answer, within `seconds`. Redirects are answers like others.

    An answer whose head has arrived is an answer, also if its body is cut. Raises Refused or Unreachable.
    """
    return _send(request, seconds, _body)


def _send(request: Request, seconds: float, read: Callable[[http.client.HTTPResponse], bytes]) -> Response:
    target = parse(request.url)
    allowed: AllowList = settings.OUTBOUND_ALLOW
    try:
        proxy = settings.OUTBOUND_PROXIES.of(target)
    except BadProxy as error:
        raise Unreachable(str(error)) from None
    ends = ends_at.get()
    with Deadline(seconds if ends is None else min(seconds, ends - time.monotonic())) as deadline:
        try:
            return _exchange(request, target, proxy, allowed, deadline, read)
        except (Refused, Unreachable):
            raise
        except Exception as error:
            failure = _failure(error, target, deadline)
    # Out here: the error's text may have the path of the request, and must not be part of this one's context.
    raise failure


def download(request: Request, into: IO[bytes], most: int, seconds: float = MOST_SECONDS) -> Response:
    """As `send`, with the body written into a file; that of the answer is empty. Raises Refused for a body of more than `most` bytes,
    and Unreachable for one that is cut."""
    return _send(request, seconds, partial(_write_body, into=into, most=most))


def _exchange(
    request: Request,
    target: Target,
    proxy: Proxy | None,
    allowed: AllowList,
    deadline: Deadline,
    read: Callable[[http.client.HTTPResponse], bytes],
) -> Response:
    headers = _headers(request, target)
    path = target.path
    if proxy is not None and target.scheme == "http":
        path = f"{target.shown}{path}"
        headers |= {name: value.encode() for name, value in proxy.headers.items()}
    connection = http.client.HTTPConnection(target.host, target.port)
    # Set before anything is sent, so that http.client opens none of its own.
    plain = (
        connect(target, allowed, deadline)
        if proxy is None
        else connect_to_proxy(proxy, target, allowed, deadline)
    )
    connection.sock = plain
    try:
        if target.scheme == "https":
            if proxy is not None:
                _tunnel(plain, target, proxy)
            connection.sock = _tls().wrap_socket(plain, server_hostname=target.host)
        connection.putrequest(request.method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(request.body)
        with connection.getresponse() as answer:
            deadline.remaining()  # a head that was cut looks like a shorter one
            return Response(
                answer.status,
                {name.lower(): value for name, value in answer.getheaders()},
                read(answer),
            )
    finally:
        connection.close()
        plain.close()


def _headers(request: Request, target: Target) -> dict[str, bytes]:
    """All headers of the request. Raises ValueError for what HTTP does not allow, before anything is sent."""
    fixed = {
        "Host": target.netloc,
        # A compressed answer may be a thousand times as large as it looks.
        "Accept-Encoding": "identity",
        "Content-Length": str(len(request.body)),
        "Connection": "close",
    }
    left_out = {"transfer-encoding", *map(str.lower, fixed)}
    headers = fixed | {name: value for name, value in request.headers.items() if name.lower() not in left_out}
    if not any(name.lower() == "user-agent" for name in headers):
        headers["User-Agent"] = f"Rustrak/{version()}"
    # http.client itself lets some of it through.
    if not _TOKEN.fullmatch(request.method) or any(
        not _TOKEN.fullmatch(name) or _CONTROL.search(value) for name, value in headers.items()
    ):
        raise ValueError
    return {name: value.encode() for name, value in headers.items()}


def _tunnel(plain: socket.socket, target: Target, proxy: Proxy) -> None:
    """Have the proxy connect to the target. Raises Unreachable when it does not. Source: RFC 9110, section 9.3.6."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    authority = f"{host}:{target.port}"
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    lines += [f"{name}: {value}" for name, value in proxy.headers.items()]
    plain.sendall("\r\n".join([*lines, "", ""]).encode())
    with http.client.HTTPResponse(plain, method="CONNECT") as answer:
        answer.begin()
        if not 200 <= answer.status < 300:
            raise Unreachable(f"The proxy {proxy.host} answered {answer.status} and did not connect.")


def _body(answer: http.client.HTTPResponse) -> bytes:
    """The beginning of the body, as much of it as arrives in time."""
    if answer.getheader("content-encoding", "identity").strip().lower() != "identity":
        return b""  # not asked for, and not decoded
    read = bytearray()
    try:
        for part in iter(partial(answer.read1, ANSWER_BYTES), b""):
            read += part
            if len(read) >= ANSWER_BYTES:
                break
    except (OSError, ValueError, http.client.HTTPException):
        pass
    return bytes(read[:ANSWER_BYTES])


def _write_body(answer: http.client.HTTPResponse, into: IO[bytes], most: int) -> bytes:
    """Write the whole body; nothing is returned."""
    if answer.getheader("content-encoding", "identity").strip().lower() != "identity":
        raise Refused("The answer is compressed, which was not asked for.")
    written = 0
    for part in iter(partial(answer.read1, ANSWER_BYTES), b""):
        written += len(part)
        if written > most:
            raise Refused(f"The answer is larger than {wording.size(most)}.")
        into.write(part)
    if answer.length:
        raise Unreachable("The connection was closed before the whole answer had arrived.")
    return b""


@lru_cache(1)
def _tls() -> ssl.SSLContext:
    """Certificates are always verified: with the authorities of the system, or those in the file that SSL_CERT_FILE names."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath):
        # A system without certificates. Imported here for memory: most have some.
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _failure(error: Exception, target: Target, deadline: Deadline) -> Exception:
    """What went wrong, in words. The error's own text may have the path and the headers of the request: it is not used."""
    host = target.host
    if deadline.is_over or isinstance(error, TimeoutError):
        return Unreachable(f"{host} took too long to answer.")
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unreachable(
            f"The certificate of {host} is not valid: {error.verify_message}. An operator can name the file of "
            "further certificate authorities with SSL_CERT_FILE."
        )
    if isinstance(error, ssl.SSLError):
        return Unreachable(f"No TLS connection to {host} ({_words(error.reason)}).")
    if isinstance(error, http.client.RemoteDisconnected | ConnectionError):
        return Unreachable(f"{host} closed the connection without an answer.")
    if isinstance(error, http.client.HTTPException):
        return Unreachable(f"{host} answered with something that is not HTTP.")
    if isinstance(error, OSError):
        return Unreachable(f"The connection to {host} failed ({(error.strerror or 'no reason').lower()}).")
    if isinstance(error, ValueError):
        return Refused("The method, the address or a header has a character that HTTP does not allow.")
    raise error


def _words(reason: str | None) -> str:
    return (reason or "no reason").replace("_", " ").lower()
