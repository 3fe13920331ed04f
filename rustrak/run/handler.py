"""Django's pages behind ASGI: each request runs in one of a few threads, which live as long as the process.

Django is called by its WSGI interface (PEP 3333), the public one that handles a request in one thread from end to
end: docs/decisions/0007.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import IO, Any, cast
from wsgiref.util import FileWrapper

from django.conf import settings
from django.core import signals
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest

from rustrak.lib.database import trouble
from rustrak.lib.disk.bodies import DiskBodies, NoSpace
from rustrak.lib.http import view_limits
from rustrak.lib.request_memory import MIB, NoMemory
from rustrak.proxies import BARE, PEER
from rustrak.run import answers, page_body
from rustrak.run.answers import Answer, Receive, Scope, Send
from rustrak.run.page_body import Body

log = logging.getLogger(__name__)

_FILE_BLOCK_BYTES = 64 * 1024
# How many requests may wait for each thread, and for how long. A page takes some milliseconds.
WAITING_PER_THREAD = 50
WAIT_SECONDS = 30.0
# What the bodies of waiting requests may hold: apart from what SDKs' requests hold, which must not wait for pages.
WAITING_BYTES = 16 * MIB
_BUSY = "The server is busy. Try again in a few seconds."


class _Request(WSGIRequest):
    """A request whose Host is answered: rustrak.asgi has compared it with HOSTS, which may have underscores."""

    def get_host(self) -> str:
        """The Host header; localhost without one. Django's own method refuses underscores."""
        return self.META.get("HTTP_HOST") or "localhost"


class _Django(WSGIHandler):
    request_class = _Request


class PageHandler:
    """An ASGI callable for Django's synchronous pages.

    Django's own ASGI handler starts a thread for each request, and a new database connection with it. Here the
    threads stay, and so do their connections. `threads` is how many pages one process works on at once; further
    requests wait, and past WAITING_PER_THREAD they get a 503. A body is read completely before a thread is taken, so
    a slow client occupies none. Requests that may have a password hashed take half of the threads and of the room to
    wait at most: a crowd of them does not keep other pages waiting.
    """

    def __init__(self, threads: int) -> None:
        self._django = _Django()
        self._disk = DiskBodies(settings.UPLOAD_DIR, settings.MIN_FREE_BYTES)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="page")
        self._count = threads
        self._lock = threading.Lock()
        # Requests that a thread works on or that wait for one, and the bytes of their bodies.
        self._begun = self._held = 0
        # Those of them that may have a password hashed.
        self._hashing = 0
        self._hash_turns = asyncio.Semaphore(max(1, threads // 2))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one `http` scope, whose `path` is below PUBLIC_URL's own path."""
        path = scope["path"]
        answer: Answer | None
        try:
            body = await page_body.read(scope, receive, self._disk, self._in_thread)
            answer = await self._answer(scope, body, receive)
        except page_body.ClientLeft:
            return
        except page_body.BodyTooLarge as error:
            await answers.send(answers.error(path, 413, str(error), close=True), send)
            await page_body.drain(scope, receive)
            return
        except page_body.TooSlow:
            answer = answers.error(path, 408, "The request's body did not arrive in time.", close=True)
        except (NoMemory, NoSpace):
            answer = answers.error(path, 503, _BUSY, close=True, retry_after=5)
        else:
            if body.is_left_out and answer is not None:
                answer.headers.append((b"connection", b"close"))
                await self._send(answer, send, with_body=True)
                await page_body.drain(scope, receive)
                return
        if answer is not None:
            await self._send(answer, send, with_body=scope["method"] != "HEAD")

    async def _answer(self, scope: Scope, body: Body, receive: Receive) -> Answer | None:
        """What Django answers; None when the client has left before a thread was free."""
        hashes = view_limits.may_take_long(scope["method"], scope["path"])
        most = self._count * (1 + WAITING_PER_THREAD)
        with self._lock:
            if (
                self._begun >= most
                or self._held + body.held > WAITING_BYTES
                or (hashes and self._hashing >= most // 2)
            ):
                body.close()
                raise NoMemory
            must_wait = self._begun >= self._count
            self._begun += 1
            self._held += body.held
            self._hashing += hashes
        try:
            release = await self._turn() if hashes else None
        except BaseException:
            self._left(body, hashes)
            raise
        # The thread goes on when this task is cancelled because the client has left.
        work = self._threads.submit(self._call_django, scope, body.file, body.size)
        answered = asyncio.wrap_future(work)
        work.add_done_callback(lambda work: self._ended(work, answered, body, release))
        if must_wait and await _cannot_begin(answered, work, receive):
            return None
        return await answered

    async def _turn(self) -> Callable[[], object]:
        """Wait until one more thread may have a password hashed. Returns what ends that, for any thread. Raises NoMemory
        after WAIT_SECONDS."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._hash_turns.acquire()
        except TimeoutError:
            raise NoMemory from None
        return partial(asyncio.get_running_loop().call_soon_threadsafe, self._hash_turns.release)

    async def _in_thread(self, check: Callable[[], bool]) -> bool:
        """What `check` says, which may use the database. Raises NoMemory while too many requests wait for a thread."""
        with self._lock:
            if self._begun >= self._count * (1 + WAITING_PER_THREAD):
                raise NoMemory
        return await asyncio.get_running_loop().run_in_executor(self._threads, _checked, check)

    def _left(self, body: Body, hashes: bool) -> None:
        body.close()
        with self._lock:
            self._begun -= 1
            self._held -= body.held
            self._hashing -= hashes

    def _ended(
        self,
        work: Future[Answer],
        answered: asyncio.Future[Answer],
        body: Body,
        release: Callable[[], object] | None,
    ) -> None:
        self._left(body, release is not None)
        if release is not None:
            with suppress(RuntimeError):  # the loop is closed: the process ends
                release()
        # The client left while a thread worked for it: nobody else closes its file.
        if answered.cancelled() and not work.cancelled() and (parts := work.result().parts) is not None:
            cast(Any, parts).close()

    def _call_django(self, scope: Scope, body: IO[bytes], size: int) -> Answer:
        try:
            scope["query_string"].decode()
        except UnicodeDecodeError:
            return answers.error(scope["path"], 400, "The query string is not UTF-8.")
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
            return answers.plain(500, "Internal Server Error")
        if scope["method"] == "OPTIONS" and (status < 400 or status == 405):
            response.close()
            return answers.options(_methods(headers))
        if getattr(response, "streaming", True):
            return Answer(status, headers, parts=response)
        try:
            return Answer(status, headers, b"".join(response))
        finally:
            response.close()

    async def _send(self, answer: Answer, send: Send, *, with_body: bool) -> None:
        loop = asyncio.get_running_loop()
        try:
            await send(
                {"type": "http.response.start", "status": answer.status, "headers": answer.headers},
            )
            if answer.parts is not None and with_body:
                parts = iter(answer.parts)
                while (part := await loop.run_in_executor(self._threads, next, parts, None)) is not None:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": answer.body if with_body else b""})
        finally:
            if answer.parts is not None:
                await loop.run_in_executor(self._threads, cast(Any, answer.parts).close)


def _checked(check: Callable[[], bool]) -> bool:
    """`check` in a thread of pages, as a request of its own as far as the database is concerned."""
    signals.request_started.send(sender=WSGIHandler)
    try:
        return check()
    except Exception as error:
        # The request is worked on without its body: then the view meets the same trouble, and says so.
        if not trouble.is_trouble(error):
            log.exception("whether a body may be received could not be found out")
        return False
    finally:
        signals.request_finished.send(sender=WSGIHandler)


async def _cannot_begin(answered: asyncio.Future[Answer], work: Future[Answer], receive: Receive) -> bool:
    """Whether `work` was taken back because the client left before a thread was free. Raises NoMemory after
    WAIT_SECONDS without one."""
    leaving = asyncio.ensure_future(receive())
    either: set[asyncio.Future[Any]] = {answered, leaving}
    try:
        await asyncio.wait(either, timeout=WAIT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if answered.done() or not work.cancel():
            return False
        if leaving.done() and leaving.result()["type"] == "http.disconnect":
            return True
        raise NoMemory
    finally:
        leaving.cancel()


def environ(scope: Scope, body: IO[bytes], size: int) -> dict[str, Any]:
    """The WSGI environment of an ASGI `http` scope, with `body` of `size` bytes as its input. Source: PEP 3333."""
    server, client = scope.get("server") or ("unknown", 0), scope.get("client") or ("", 0)
    found: dict[str, Any] = {
        # Whatever GET answers, without its body: many a view only knows GET.
        "REQUEST_METHOD": "GET" if scope["method"] == "HEAD" else scope["method"],
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
        BARE: scope.get("bare", False),
    }
    fields: dict[str, list[str]] = {}
    for name, value in _fields(scope["headers"]):
        fields.setdefault(name, []).append(value)
    # RFC 9110, section 5.3, and for cookies RFC 6265, section 5.4.
    found.update(
        {name: ("; " if name == "HTTP_COOKIE" else ",").join(values) for name, values in fields.items()}
    )
    if "HTTP_COOKIE" in found:
        found["HTTP_COOKIE"] = _first_of_each(found["HTTP_COOKIE"])
    # A chunked body has no Content-Length of its own.
    found["CONTENT_LENGTH"] = str(size)
    return found


def _methods(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The methods of a view that was asked with OPTIONS: those that it says it takes, or all that pages take."""
    allowed = next(
        (value.decode("latin-1") for name, value in headers if name.lower() == b"allow"), "GET, POST"
    )
    names = [name.strip() for name in allowed.split(",")]
    more = ["HEAD"] if "GET" in names else []
    return ", ".join(dict.fromkeys([*names, *more, "OPTIONS"]))


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


def _first_of_each(cookies: str) -> str:
    """A Cookie header with the first cookie of each name: Django would take the last.

    Browsers send the one with the longest path first (RFC 6265, section 5.4), so an installation at the root of a host
    does not cover the cookies of another below it.
    """
    kept: dict[str, str] = {}
    for cookie in cookies.split(";"):
        kept.setdefault(cookie.partition("=")[0].strip(), cookie.strip())
    return "; ".join(kept.values())


def _file_wrapper(file: Any, block_size: int) -> FileWrapper:
    """A file as a streaming response. Each block is a change of threads, so Django's 4 KiB are too few."""
    return FileWrapper(file, max(block_size, _FILE_BLOCK_BYTES))
