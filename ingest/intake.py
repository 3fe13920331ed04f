"""The edge: what SDKs send to their paths, answered without entering Django.

rustrak.asgi strips PUBLIC_URL's path and says who the client is before a request comes here. Accepted items are
in the spool, on disk, when the 200 goes out. What is particular to one endpoint is in ingest.endpoints.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from ingest import answers, auth, events, streams
from ingest.answers import Answer
from ingest.body import Body, Receive
from ingest.endpoints import ENDPOINTS
from ingest.errors import BadEnvelope, Failed, NotFound, Refused, TooLarge, Unauthorized, WrongMethod
from ingest.request import Request
from ingest.routing import route
from ingest.spool import Record, SegmentWriter

log = logging.getLogger(__name__)

Scope = dict[str, Any]

BREATHE_BYTES = 1024 * 1024


def handles(path: str) -> bool:
    """Whether `path` belongs to this module and not to Django."""
    found = route(path)
    return found is not None and found.endpoint in ENDPOINTS


@dataclass(frozen=True)
class Limits:
    """Bytes: of an event, of a body unpacked, of a body as it comes."""

    event: int
    body: int
    encoded_body: int


class Intake:
    """The ASGI callable for one event loop, with its key cache and its spool segment."""

    def __init__(self, keys: auth.Keys, writer: SegmentWriter, limits: Limits) -> None:
        self.limits = limits
        self._keys = keys
        self._writer = writer

    async def __call__(self, scope: Scope, receive: Receive, send: answers.Send) -> None:
        body = Body(receive)
        try:
            answer = await self._answer(scope, body)
        except Refused as refusal:
            if refusal.status >= 500:
                log.warning("refused an event: %s", refusal.detail)
            await body.drain(2 * self.limits.body)
            answer = answers.refused(refusal)
        except Exception:
            log.exception("answering %s failed", scope["path"])
            answer = answers.refused(Failed("something went wrong here; try again later"))
        await answers.send(answer, send)

    async def close(self) -> None:
        """Seals the segment."""
        await self._writer.close()

    async def _answer(self, scope: Scope, body: Body) -> Answer:
        found = route(scope["path"])
        endpoint = ENDPOINTS.get(found.endpoint) if found else None
        if found is None or endpoint is None:
            raise NotFound("there is nothing at this address")
        method: str = scope["method"]
        if method == "OPTIONS":
            return answers.preflight(endpoint.methods)
        if method not in endpoint.methods:
            raise WrongMethod(
                f"send it with {' or '.join(endpoint.methods)}", answers.allow(endpoint.methods)
            )
        headers = dict(scope["headers"])
        client = scope.get("client")
        request = Request(
            endpoint=found.endpoint,
            method=method,
            project=found.project,
            key=auth.request_key(headers, scope["query_string"]),
            headers=headers,
            query=scope["query_string"],
            client=client[0] if client else None,
            received_at=time.time(),
            arguments=found.arguments,
        )
        return await endpoint.handle(self, request, body)

    # What endpoints are made of.

    async def authorize(self, request: Request, key: str | None) -> None:
        """Returns when `key` may send to the request's project; a request that names none has the key's from
        then on. Raises Unauthorized."""
        project = str(await self._keys.project(key))
        if request.project is None:
            request.project = project
        elif project != request.project:
            raise Unauthorized

    async def keep(
        self,
        request: Request,
        kind: str,
        event_id: str,
        payload: bytes,
        *,
        meta: Mapping[str, Any] | None = None,
        sent_at: str | None = None,
    ) -> None:
        """Returns when the item is in the spool, on disk. Raises BadEnvelope for an event that is none."""
        if request.project is None:
            raise Unauthorized
        if kind == "event" and not events.looks_like_object(payload):
            raise BadEnvelope("an event is no JSON object")
        await self._writer.append(
            Record(
                kind=kind,
                project_id=int(request.project),
                event_id=event_id,
                received_at=request.received_at,
                remote_addr=request.client,
                sent_at=sent_at,
                payload=payload,
                meta=dict(meta or {}),
            )
        )

    async def decoded(self, request: Request, body: Body, limit: int) -> AsyncIterator[bytes]:
        """The body without its Content-Encoding, piece by piece, at most `limit` bytes. Raises TooLarge,
        BadEncoding, UnsupportedEncoding and what Body raises."""
        encoding = request.header(b"content-encoding")
        most = limit if streams.plain(encoding) else self.limits.encoded_body
        length = request.headers.get(b"content-length")
        if length is not None and length.isdigit() and (len(length) > 18 or int(length) > most):
            raise TooLarge(f"the body is larger than {most} bytes")
        stream = streams.Stream(encoding, max_encoded=most, max_decoded=limit)
        unshared = 0
        while (chunk := await body.next()) is not None:
            for piece in stream.feed(chunk):
                yield piece
                unshared += len(piece)
                if unshared >= BREATHE_BYTES:  # a large body must not keep the others waiting
                    unshared = 0
                    await asyncio.sleep(0)
        stream.close()

    async def whole(self, request: Request, body: Body, limit: int) -> bytes:
        """The decoded body in one piece: for small limits only. Raises as `decoded` does."""
        return b"".join([piece async for piece in self.decoded(request, body, limit)])


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
