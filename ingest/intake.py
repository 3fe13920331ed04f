"""The edge: what SDKs send to /api/<project>/envelope|store|security/, answered without entering Django.

rustrak.asgi strips PUBLIC_URL's path and says who the client is before a request comes here. Accepted events are
in the spool, on disk, when the 200 goes out; nothing of an envelope is kept unless all of it could be read.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings

from ingest import answers, auth, envelope, events, streams
from ingest.body import Body, Receive
from ingest.errors import (
    BadEnvelope,
    Failed,
    NotFound,
    Refused,
    TooLarge,
    Unauthorized,
    UnsupportedEncoding,
    WrongMethod,
)
from ingest.spool import Record, SegmentWriter
from rustrak.lib import ids

log = logging.getLogger(__name__)

Scope = dict[str, Any]

BREATHE_BYTES = 1024 * 1024
_ENVELOPE_TYPE = b"application/x-sentry-envelope"
_REPORT_TYPES = {b"application/csp-report", b"application/json", b"application/reports+json"}


@lru_cache(maxsize=1024)
def route(path: str) -> tuple[str, str] | None:
    """(project, endpoint) of `/api/<digits>/<endpoint>[/]`, doubled slashes folded; None for other paths."""
    parts = [part for part in path.split("/") if part]
    if len(parts) != 3 or parts[0] != "api" or parts[2] not in {"envelope", "store", "security"}:
        return None
    if not (parts[1].isascii() and parts[1].isdigit()):
        return None
    return parts[1].lstrip("0"), parts[2]


def handles(path: str) -> bool:
    """Whether `path` belongs to this module and not to Django."""
    return route(path) is not None


@dataclass(frozen=True)
class Limits:
    """Bytes: of an event, of a body unpacked, of a body as it comes."""

    event: int
    body: int
    encoded_body: int


@dataclass(slots=True)
class _Request:
    """What is known of a request before its body."""

    project: str
    key: str | None
    headers: dict[bytes, bytes]
    query: bytes
    client: str | None
    received_at: float


class Intake:
    """The ASGI callable for one event loop, with its key cache and its spool segment."""

    def __init__(self, keys: auth.Keys, writer: SegmentWriter, limits: Limits) -> None:
        self._keys = keys
        self._writer = writer
        self._limits = limits
        self._kept_items = {"event": limits.event}

    async def __call__(self, scope: Scope, receive: Receive, send: answers.Send) -> None:
        if scope["method"] == "OPTIONS":
            await answers.preflight(send)
            return
        body = Body(receive)
        try:
            event_id = await self._handle(scope, body)
        except Refused as refusal:
            if refusal.status >= 500:
                log.warning("refused an event: %s", refusal.detail)
            await body.drain(2 * self._limits.body)
            await answers.refused(send, refusal)
        except Exception:
            log.exception("answering %s failed", scope["path"])
            await answers.refused(send, Failed("something went wrong here; try again later"))
        else:
            await answers.accepted(send, event_id)

    async def close(self) -> None:
        """Seals the segment."""
        await self._writer.close()

    async def _handle(self, scope: Scope, body: Body) -> str | None:
        """The event id to answer with. Raises Refused."""
        routed = route(scope["path"])
        if routed is None:
            raise NotFound("there is nothing at this address")
        project, endpoint = routed
        if scope["method"] != "POST":
            raise WrongMethod("send it with POST")
        headers = dict(scope["headers"])
        client = scope.get("client")
        request = _Request(
            project=project,
            key=auth.request_key(headers, scope["query_string"]),
            headers=headers,
            query=scope["query_string"],
            client=client[0] if client else None,
            received_at=time.time(),
        )
        if endpoint == "envelope" or headers.get(b"content-type", b"").startswith(_ENVELOPE_TYPE):
            return await self._envelope(request, body)
        await self._authorize(request, request.key)
        if endpoint == "store":
            return await self._store(request, body)
        return await self._security(request, body)

    async def _authorize(self, request: _Request, key: str | None) -> None:
        if str(await self._keys.project(key)) != request.project:
            raise Unauthorized

    # One method per endpoint.

    async def _envelope(self, request: _Request, body: Body) -> str | None:
        authorized = request.key is not None
        if authorized:
            await self._authorize(request, request.key)
        parser = envelope.Parser(self._kept_items)
        items: list[envelope.Item] = []
        try:
            async for piece in self._pieces(request, body, self._limits.body):
                items += parser.feed(piece)
                if not authorized and parser.header is not None:
                    await self._authorize(request, auth.key_in_dsn(parser.header.get("dsn")))
                    authorized = True
            items += parser.close()
        except Refused:
            # Who may not send learns no more than that.
            if not authorized:
                await self._authorize(request, auth.key_in_dsn((parser.header or {}).get("dsn")))
            raise
        header = parser.header or {}
        if not authorized:
            await self._authorize(request, auth.key_in_dsn(header.get("dsn")))
        if len(items) > 1:
            raise BadEnvelope("more than one event in an envelope")
        event_id = ids.event_id(header.get("event_id"))
        if not items:
            return event_id
        payload = items[0].payload
        if event_id is None:
            event_id = ids.event_id((events.parse(payload) or {}).get("event_id")) or ids.new_event_id()
        sent_at = header.get("sent_at")
        if not isinstance(sent_at, str) or len(sent_at) > 64:
            sent_at = None
        await self._keep(request, event_id, payload, sent_at)
        return event_id

    async def _store(self, request: _Request, body: Body) -> str | None:
        data = b"".join([piece async for piece in self._pieces(request, body, self._limits.event)])
        data = events.stored(data, self._limits.event)
        event = events.parse(data)
        if event is None:
            raise BadEnvelope("the body is no JSON object")
        event_id = ids.event_id(event.get("event_id")) or ids.new_event_id()
        if event.get("type") != "transaction":  # old SDKs send theirs here too; we don't keep them
            await self._keep(request, event_id, data, None)
        return event_id

    async def _security(self, request: _Request, body: Body) -> str | None:
        content_type = request.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if content_type not in _REPORT_TYPES:
            raise UnsupportedEncoding(
                "send reports as application/csp-report, application/reports+json or JSON"
            )
        data = b"".join([piece async for piece in self._pieces(request, body, self._limits.event)])
        query = parse_qs(request.query.decode("latin-1"))
        agent = request.headers.get(b"user-agent", b"").decode("latin-1")
        first: str | None = None
        for report in events.reports(data)[: envelope.MAX_ITEMS]:
            event_id = ids.new_event_id()
            payload = events.from_report(
                report,
                release=query.get("sentry_release", [""])[0],
                environment=query.get("sentry_environment", [""])[0],
                user_agent=agent,
            )
            await self._keep(request, event_id, payload, None)
            first = first or event_id
        return first

    async def _keep(self, request: _Request, event_id: str, payload: bytes, sent_at: str | None) -> None:
        if not events.looks_like_object(payload):
            raise BadEnvelope("an event is no JSON object")
        await self._writer.append(
            Record(
                kind="event",
                project_id=int(request.project),
                event_id=event_id,
                received_at=request.received_at,
                remote_addr=request.client,
                sent_at=sent_at,
                payload=payload,
            )
        )

    async def _pieces(self, request: _Request, body: Body, max_decoded: int) -> AsyncIterator[bytes]:
        """The decoded body, piece by piece, within the limits."""
        encoding = request.headers.get(b"content-encoding", b"").decode("latin-1")
        most = max_decoded if streams.plain(encoding) else self._limits.encoded_body
        length = request.headers.get(b"content-length")
        if length is not None and length.isdigit() and (len(length) > 18 or int(length) > most):
            raise TooLarge(f"the body is larger than {most} bytes")
        stream = streams.Stream(encoding, max_encoded=most, max_decoded=max_decoded)
        unshared = 0
        while (chunk := await body.next()) is not None:
            for piece in stream.feed(chunk):
                yield piece
                unshared += len(piece)
                if unshared >= BREATHE_BYTES:  # a large body must not keep the others waiting
                    unshared = 0
                    await asyncio.sleep(0)
        stream.close()


_intake: Intake | None = None


def _started() -> Intake:
    """This process's Intake; made at the first request, after gunicorn has forked."""
    global _intake
    if _intake is None:
        _intake = Intake(
            auth.Keys(),
            SegmentWriter(Path(settings.INGEST_DIR), "web", fsync=settings.INGEST_FSYNC),
            Limits(
                event=settings.MAX_EVENT_BYTES,
                body=settings.MAX_ENVELOPE_BYTES,
                encoded_body=settings.MAX_ENVELOPE_COMPRESSED_BYTES,
            ),
        )
    return _intake


async def app(scope: Scope, receive: Receive, send: answers.Send) -> None:
    """Answers one request of an SDK."""
    await (_intake or _started())(scope, receive, send)


async def close() -> None:
    """Seals this process's segment, so that the digest need not wait for its age."""
    global _intake
    if _intake is not None:
        running, _intake = _intake, None
        await running.close()
