"""Has the `requests` of a library that we do not control go through rustrak.outbound.client, and stops everything else.

Only what runs in the context is affected, not other users of `requests` in the process. Importing this imports requests.
"""

from __future__ import annotations

import contextvars
import io
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from rustrak.outbound import client
from rustrak.outbound.connecting import checked
from rustrak.outbound.messages import MOST_SECONDS, Refused, Request, Response, Unreachable

#: Of one context: signing in, sending, signing out.
MOST_REQUESTS = 20
MOST_BODY = 1024 * 1024
# What the library may not do in the context by itself, as names of audit events.
# Source: https://docs.python.org/3/library/audit_events.html
_FORBIDDEN = frozenset(
    {
        "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.sendmsg",
        "subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.system",
        "os.remove", "os.rename", "os.rmdir", "os.kill", "pty.spawn", "ctypes.dlopen", "_thread.start_new_thread",
        "webbrowser.open", "smtplib.connect", "ftplib.connect", "urllib.Request", "http.client.connect",
    }
)  # fmt: skip
# Of an answer's headers: what would make requests follow, decode or wait. The body is complete and plain.
_LEFT_OUT = frozenset({"location", "content-encoding", "content-length", "transfer-encoding"})


@dataclass
class Guarded:
    """What happened in a context: `responses` in order, and the first `failure`: why there was none."""

    send: Callable[[Request], Response]
    responses: list[Response] = field(default_factory=list)
    failure: Refused | Unreachable | None = None
    count: int = 0

    def exchange(self, prepared: requests.PreparedRequest) -> Response:
        """Send a request of the library. Raises requests.ConnectionError, which libraries expect."""
        self.count += 1
        try:
            if self.count > MOST_REQUESTS:
                raise Refused(f"It needs more than {MOST_REQUESTS} requests for one message.")
            request = Request(
                prepared.method or "GET",
                prepared.url or "",
                {name: _text(value) for name, value in prepared.headers.items()},
                _body(prepared.body),
            )
            response = self.send(request)
        except (Refused, Unreachable) as failure:
            self.failure = self.failure or failure
            raise requests.ConnectionError("no answer") from None
        self.responses.append(response)
        return response

    def stop(self, event: str) -> None:
        """Note that the library tried something by itself."""
        self.failure = self.failure or Refused(f"This service does something that is not allowed ({event}).")


_current: contextvars.ContextVar[Guarded | None] = contextvars.ContextVar("guarded", default=None)


@contextmanager
def guarded(send: Callable[[Request], Response], seconds: float = MOST_SECONDS) -> Iterator[Guarded]:
    """A context in which all requests of `requests` are sent by `send`, within `seconds` in all, without redirects.

    Other connections, processes, threads and writing to files fail in it.
    """
    _install()
    here = Guarded(send)
    token, ends = _current.set(here), client.ends_at.set(time.monotonic() + seconds)
    try:
        yield here
    finally:
        client.ends_at.reset(ends)
        _current.reset(token)


class _Adapter(BaseAdapter):
    """Stands for a connection of requests."""

    def __init__(self, here: Guarded) -> None:
        super().__init__()
        self._here = here

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        response = self._here.exchange(request)
        raw = HTTPResponse(
            io.BytesIO(response.body),
            {name: value for name, value in response.headers.items() if name not in _LEFT_OUT},
            response.status,
            preload_content=False,
        )
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        pass


def _body(body: Any) -> bytes:
    """The body of a prepared request: bytes, text, a file or parts. Raises Refused when it is too large."""
    if isinstance(body, str):
        body = body.encode()
    if hasattr(body, "read"):
        body = body.read(MOST_BODY + 1)
    if not isinstance(body, bytes | bytearray):
        parts = bytearray()
        for part in body or ():
            parts += part
            if len(parts) > MOST_BODY:
                break
        body = parts
    if len(body) > MOST_BODY:
        raise Refused("The message is too large.")
    return bytes(body)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


@lru_cache(1)
def _install() -> None:
    """Once in a process, and for good; both do nothing outside of a context."""
    original = requests.Session.get_adapter

    def get_adapter(self: requests.Session, url: str) -> BaseAdapter:
        here = _current.get()
        return original(self, url) if here is None else _Adapter(here)

    requests.Session.get_adapter = get_adapter  # type: ignore[method-assign]
    sys.addaudithook(_audit)


def _audit(
    event: str, arguments: tuple[Any, ...], current: Callable[[], Guarded | None] = _current.get
) -> None:
    """Raise for what the library does by itself: it may only do what the adapter does for it."""
    # `current` is bound here: hooks are still called when the process ends and this module is empty.
    here = current()
    if here is None:
        return
    if (event == "socket.connect" and not checked.get()) or event in _FORBIDDEN or _writes(event, arguments):
        here.stop(event)
        raise PermissionError(f"{event} is not allowed here")


def _writes(event: str, arguments: tuple[Any, ...]) -> bool:
    if event != "open":
        return False
    mode, flags = arguments[1], arguments[2]
    writing = isinstance(mode, str) and any(letter in mode for letter in "wax+")
    return writing or bool(isinstance(flags, int) and flags & 0o3)
