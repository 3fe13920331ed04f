"""Everything Rustrak uses of gunicorn's asgi worker that is not public; no other module touches it.

tests/rustrak/run/test_gunicorn_internals.py checks each name against the installed version. docs/decisions/0007 says
why Rustrak needs them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from gunicorn.arbiter import Arbiter
from gunicorn.asgi.lifespan import LifespanManager, LifespanStartupFailed
from gunicorn.asgi.parser import LimitRequestHeaders
from gunicorn.asgi.protocol import ASGIProtocol, BodyReceiver
from gunicorn.workers.gasgi import ASGIWorker

from rustrak.lib.http import response_headers

# gunicorn's own answers to what is not HTTP quote a part of it.
_MOST_QUOTED = 200
_SECURITY = (*response_headers.SECURITY.items(), ("Cache-Control", "no-store"))


class OnDemandReceiver(BodyReceiver):  # type: ignore[misc]
    """A body that is read from the socket when the application asks for it, not ahead of it."""

    __slots__ = ()

    async def _wait_for_data(self) -> None:
        self.protocol._resume_reading()
        await super()._wait_for_data()

    def _pop_chunk(self) -> dict[str, Any]:
        """All that waits, in one piece: a client may send it in chunks of a byte."""
        if len(self._chunks) > 1:
            joined = b"".join(self._chunks)
            self._chunks.clear()
            self._chunks.append(joined)
        message: dict[str, Any] = super()._pop_chunk()
        return message

    @property
    def complete(self) -> bool:
        """Whether the whole body has arrived."""
        return bool(self._complete)


class Connection(ASGIProtocol):  # type: ignore[misc]
    """gunicorn's HTTP connection. It stops reading while `unread_bytes` of a body wait for the application."""

    def __init__(self, worker: Any, unread_bytes: int) -> None:
        super().__init__(worker)
        self._max_buffer_size = unread_bytes

    def head_received(self) -> None:
        """Called when a request's head is complete. For subclasses."""

    @property
    def has_request(self) -> bool:
        """Whether a request's head is complete and its answer is not."""
        return bool(self._request_ready.is_set())

    @property
    def is_idle(self) -> bool:
        """Whether the connection waits for the next request's head."""
        return bool(self._awaiting_request)

    @property
    def head_size(self) -> int:
        """The size in bytes of the request's head, without its framing."""
        request = self._current_request
        fields = sum(len(name) + len(value) for name, value in request.headers_bytes)
        return fields + len(request.raw_path) + len(request.query)

    @property
    def unread(self) -> int:
        """The bytes that have arrived and that the application has not taken: of a body or of the next request."""
        return int(self._http1_buffered())

    @property
    def unsent(self) -> int:
        """The bytes of answers that the client has not taken."""
        return int(self.transport.get_write_buffer_size()) if self.transport is not None else 0

    def abort(self) -> None:
        """Close the connection at once. What has not been sent is dropped."""
        if self.transport is not None:
            self.transport.abort()

    def head_too_large(self, most: int) -> Exception:
        """The error that `head_received` raises to have the request answered with 431."""
        error: Exception = LimitRequestHeaders(f"Request head is larger than {most} bytes")
        return error

    def refuse(self, response: bytes) -> None:
        """Write a whole HTTP response and close the connection, before any request was read."""
        self.transport.write(response)
        self._close_transport()

    def hang_up(self) -> None:
        """Close the connection without a response, as gunicorn does when keep-alive has expired."""
        self._keepalive_timeout()

    def _on_headers_complete(self) -> Any:
        skip_body = super()._on_headers_complete()
        self._body_receiver = OnDemandReceiver(self._current_request, self)
        self.head_received()
        return skip_body

    def _is_websocket_upgrade(self, request: Any) -> bool:
        # A server may ignore Upgrade (RFC 9110, section 7.8). gunicorn would ask the application, which has none.
        return False

    def _send_error_response(
        self, status: int, message: str, extra_headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super()._send_error_response(status, message[:_MOST_QUOTED], (*extra_headers, *_SECURITY))

    def _maybe_resume_reading(self) -> None:
        # Called for each chunk that the application takes. Until the body is complete the receiver decides.
        receiver = self._body_receiver
        if not isinstance(receiver, OnDemandReceiver) or receiver.complete:
            super()._maybe_resume_reading()


class InternalWorker(ASGIWorker):  # type: ignore[misc]
    """gunicorn's asgi worker, with `serve` in the place of its own main loop."""

    async def serve(self) -> None:
        """Accept and answer requests until the worker has to stop. For subclasses."""
        raise NotImplementedError

    async def listen(self, connect: Callable[[], Connection]) -> None:
        """Accept connections on the sockets that the master opened; `connect` makes the protocol of each."""
        self.servers = [
            await self.loop.create_server(connect, sock=listener.sock) for listener in self.sockets
        ]

    def stop_listening(self) -> None:
        """Accept no further connections."""
        for server in self.servers:
            server.close()

    @property
    def is_orphaned(self) -> bool:
        """Whether the master has died."""
        return bool(self.ppid != os.getppid())

    @property
    def must_quit(self) -> bool:
        """Whether to stop without waiting for the requests under way (SIGQUIT)."""
        return bool(self._quick_shutdown)

    async def _serve(self) -> None:
        lifespan = LifespanManager(self.asgi, self.log, self.state)
        try:
            await lifespan.startup()
        except LifespanStartupFailed as error:
            self.log.error("The application did not start: %s", error)
            raise SystemExit(Arbiter.WORKER_BOOT_ERROR) from None
        await self.serve()
        await lifespan.shutdown()
