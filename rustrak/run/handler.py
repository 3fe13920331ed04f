"""Django's pages behind ASGI: each request runs in one of a few threads that stay."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

from django.conf import settings
from django.core import signals
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

# Django reads a body whole before a view sees it, and a stranger can post to any page.
MAX_BODY_BYTES = 16 * 1024 * 1024


class ClientLeft(Exception):
    """The client hung up before its body was complete."""


class BodyTooLarge(Exception):
    """The body is longer than MAX_BODY_BYTES."""


class ThreadedHandler(ASGIHandler):
    """An ASGI callable for Django's synchronous pages.

    Django's own handler starts a thread per request and changes threads at each synchronous middleware.
    Here a request is handled by one thread from end to end. The threads stay, and so do their database
    connections; `threads` is how many pages one process works on at once, and the others wait.
    """

    def __init__(self, threads: int) -> None:
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="page")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # type: ignore[override]
        try:
            body = await self._body(receive)
        except ClientLeft:
            return
        except BodyTooLarge:
            response: HttpResponseBase = HttpResponse("The request's body is too large.\n", status=413)
            response["Connection"] = "close"
            await self._send(response, send)
            return
        loop = asyncio.get_running_loop()
        response = await loop.run_in_executor(self._threads, self._respond, scope, body)
        try:
            await self._send(response, send)
        finally:
            if response.streaming:
                await loop.run_in_executor(self._threads, response.close)

    @staticmethod
    async def _body(receive: Receive) -> Any:
        file = tempfile.SpooledTemporaryFile(  # noqa: SIM115  the request closes it
            max_size=settings.FILE_UPLOAD_MAX_MEMORY_SIZE, mode="w+b"
        )
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                file.close()
                raise ClientLeft
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > MAX_BODY_BYTES:
                file.close()
                raise BodyTooLarge
            file.write(chunk)
            if not message.get("more_body", False):
                file.seek(0)
                return file

    def _respond(self, scope: Scope, body: Any) -> HttpResponseBase:
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=type(self), scope=scope)
        request, refusal = self.create_request(scope, body)
        response: HttpResponseBase
        if request is None:
            body.close()
            response = cast(HttpResponse, refusal)
        else:
            response = self._page(request)
        response._handler_class = type(self)  # type: ignore[attr-defined]
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
        if not response.streaming:
            response.close()
        return response

    def _page(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.get_response(request)
        except Exception:
            # Not the view's: Django has an answer for that. Its error page failed, too.
            log.exception("the error page of %s failed", request.path)
            response = HttpResponse("Internal Server Error\n", status=500, content_type="text/plain")
            response._resource_closers.append(request.close)  # type: ignore[attr-defined]
            return response

    async def _send(self, response: HttpResponseBase, send: Send) -> None:
        headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
        headers += [
            (b"Set-Cookie", morsel.output(header="").strip().encode("ascii"))
            for morsel in response.cookies.values()
        ]
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        if response.streaming:
            loop = asyncio.get_running_loop()
            parts = iter(cast(StreamingHttpResponse, response))
            while (part := await loop.run_in_executor(self._threads, next, parts, None)) is not None:
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body"})
        else:
            await send({"type": "http.response.body", "body": cast(HttpResponse, response).content})
