"""Django's pages behind ASGI: each request runs in one of a few threads, which live as long as the process.

Django is called by its WSGI interface (PEP 3333), the public one that handles a request in one thread from end to
end: docs/decisions/0007.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, Any, cast
from wsgiref.util import FileWrapper

from django.conf import settings
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler

from rustrak.proxies import PEER

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

# Django reads a whole body before the view runs, and anyone can post to any page.
MAX_BODY_BYTES = 16 * 1024 * 1024
_FILE_BLOCK_BYTES = 64 * 1024


class ClientLeft(Exception):
    """The client closed the connection before its body was complete."""


class BodyTooLarge(Exception):
    """The body is longer than MAX_BODY_BYTES."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response ready to send. `parts` is a streaming response, which must be closed; else `body` is everything."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    parts: Iterable[bytes] | None = None


class PageHandler:
    """An ASGI callable for Django's synchronous pages.

    Django's own ASGI handler starts a thread for each request, and a new database connection with it. Here the
    threads stay, and so do their connections. `threads` is how many pages one process works on at once; further
    requests wait. A body is read completely before a thread is taken, so a slow client occupies none.
    """

    def __init__(self, threads: int) -> None:
        self._django = WSGIHandler()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="page")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one `http` scope, whose `path` is below PUBLIC_URL's own path."""
        body = tempfile.SpooledTemporaryFile(max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115
        try:
            size = await _read_body(receive, body)
        except ClientLeft:
            return
        except BodyTooLarge:
            answer = _plain(413, "The request's body is too large.\n", close=True)
        else:
            # The thread closes the body: it goes on when this task is cancelled because the client has left.
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._threads, self._respond, scope, body, size)
        await self._send(answer, send)

    def _respond(self, scope: Scope, body: IO[bytes], size: int) -> Answer:
        with body:
            return self._call_django(scope, body, size)

    def _call_django(self, scope: Scope, body: IO[bytes], size: int) -> Answer:
        try:
            scope["query_string"].decode()
        except UnicodeDecodeError:
            return _plain(400, "The query string is not UTF-8.\n")
        status = 0
        headers: list[tuple[bytes, bytes]] = []

        def start_response(line: str, fields: list[tuple[str, str]], error: Any = None) -> Callable[..., Any]:
            nonlocal status
            status = int(line[:3])
            # Django puts a space before a cookie's name.
            headers.extend((name.encode("ascii"), value.strip().encode("latin-1")) for name, value in fields)
            return len  # stands in for WSGI's write(), which Django does not call

        try:
            response: Any = self._django(environ(scope, body, size), start_response)
        except Exception:
            # Django answers what a view raises with its error page. Here the error page failed, too.
            log.exception("The error page for %s failed", scope["path"])
            signals.request_finished.send(sender=WSGIHandler)  # returns the database connection
            return _plain(500, "Internal Server Error\n")
        if getattr(response, "streaming", True):
            return Answer(status, headers, parts=response)
        try:
            return Answer(status, headers, b"".join(response))
        finally:
            response.close()

    async def _send(self, answer: Answer, send: Send) -> None:
        loop = asyncio.get_running_loop()
        try:
            await send(
                {"type": "http.response.start", "status": answer.status, "headers": answer.headers},
            )
            if answer.parts is not None:
                parts = iter(answer.parts)
                while (part := await loop.run_in_executor(self._threads, next, parts, None)) is not None:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": answer.body})
        finally:
            if answer.parts is not None:
                await loop.run_in_executor(self._threads, cast(Any, answer.parts).close)


async def _read_body(receive: Receive, file: IO[bytes]) -> int:
    """Write the request's body to `file` and rewind it; the body's length in bytes.

    Raises ClientLeft and BodyTooLarge; the file is then closed.
    """
    size = 0
    try:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > MAX_BODY_BYTES:
                raise BodyTooLarge
            file.write(chunk)
            if not message.get("more_body", False):
                file.seek(0)
                return size
    except BaseException:
        file.close()
        raise


def environ(scope: Scope, body: IO[bytes], size: int) -> dict[str, Any]:
    """The WSGI environment of an ASGI `http` scope, with `body` of `size` bytes as its input. Source: PEP 3333."""
    server, client = scope.get("server") or ("unknown", 0), scope.get("client") or ("", 0)
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",  # Django uses FORCE_SCRIPT_NAME
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": _file_wrapper,
        PEER: scope.get("peer") or client[0],
    }
    fields: dict[str, list[str]] = {}
    for name, value in _fields(scope["headers"]):
        fields.setdefault(name, []).append(value)
    # RFC 9110, section 5.3, and for cookies RFC 6265, section 5.4.
    found.update(
        {name: ("; " if name == "HTTP_COOKIE" else ",").join(values) for name, values in fields.items()}
    )
    # A chunked body has no Content-Length of its own.
    found["CONTENT_LENGTH"] = str(size)
    return found


def _fields(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    """Header fields by their WSGI names, without Content-Length.

    A name with an underscore is dropped: it would be taken for the name with a dash, as Django's own servers do.
    """
    for raw, value in headers:
        name = raw.decode("latin-1")
        if "_" in name or name == "content-length":
            continue
        key = name.upper().replace("-", "_")
        yield key if key == "CONTENT_TYPE" else f"HTTP_{key}", value.decode("latin-1")


def _file_wrapper(file: Any, block_size: int) -> FileWrapper:
    """A file as a streaming response. Each block is a change of threads, so Django's 4 KiB are too few."""
    return FileWrapper(file, max(block_size, _FILE_BLOCK_BYTES))


def _plain(status: int, text: str, *, close: bool = False) -> Answer:
    headers = [(b"Content-Type", b"text/plain; charset=utf-8"), (b"Content-Length", str(len(text)).encode())]
    return Answer(status, [*headers, (b"Connection", b"close")] if close else headers, text.encode())
