"""The edge: what SDKs send to their paths, answered without entering Django.

rustrak.asgi strips PUBLIC_URL's path and says who the client is before a request comes here. Accepted items are
in the spool, on disk, when the 200 goes out. What is particular to one endpoint is in ingest.edge.endpoints.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from ingest.edge import answers, auth, decoder_memory
from ingest.edge.accounting import Accounting
from ingest.edge.admission import Admission
from ingest.edge.answers import Answer
from ingest.edge.decode import content_encoding, events
from ingest.edge.decode.body import Body, Receive
from ingest.edge.delivery import Delivery
from ingest.edge.endpoints import ENDPOINTS, Endpoint
from ingest.edge.errors import (
    BadEnvelope,
    Disconnected,
    Failed,
    NotFound,
    OriginNotAllowed,
    Refused,
    TooLarge,
    TooSlow,
    Unauthorized,
    Unavailable,
    WrongMethod,
)
from ingest.edge.request import Request
from ingest.edge.routing import route
from ingest.edge.size_limits import SizeLimits
from ingest.edge.throttled_log import ThrottledLog
from ingest.filters.origins import origin_allowed
from ingest.ledger.outcomes import Reason
from ingest.ledger.tally import Tally
from ingest.spool import Blobs, SegmentWriter, SpoolCapacity

log = logging.getLogger(__name__)

Scope = dict[str, Any]

BREATHE_BYTES = 1024 * 1024


def handles(path: str) -> bool:
    """Whether `path` belongs to this module and not to Django."""
    found = route(path)
    return found is not None and found.endpoint in ENDPOINTS


class Intake:
    """The ASGI callable for one event loop, with its key cache and its part of the spool in `directory`. Events are
    counted at `gate`, a file that all web processes of the machine share; None: they are not."""

    def __init__(
        self,
        keys: auth.Keys,
        limits: SizeLimits,
        directory: Path,
        *,
        name: str = "web",
        fsync: bool = True,
        max_spool_bytes: int = 0,
        gate: Path | None = None,
    ) -> None:
        self.limits = limits
        self._keys = keys
        self._writer = SegmentWriter(directory, name, fsync=fsync)
        self._blobs = Blobs(directory, name, fsync=fsync)
        self._room = SpoolCapacity(directory, max_spool_bytes)
        self._whole = decoder_memory.DecoderMemory(decoder_memory.WHOLE_BYTES)
        self._files = decoder_memory.DecoderMemory(decoder_memory.FILES_BYTES)
        self._coming = decoder_memory.DecoderMemory(decoder_memory.COMING_BYTES)
        self._accounting = Accounting(Tally(), self._writer)
        self._complaints = ThrottledLog(log)
        self._admission = Admission(gate)

    async def __call__(self, scope: Scope, receive: Receive, send: answers.Send) -> None:
        found = route(scope["path"])
        endpoint = ENDPOINTS.get(found.endpoint) if found else None
        if found is None or endpoint is None:
            await answers.send(answers.refused(NotFound("there is nothing at this address")), send)
            return
        if scope["method"] == "OPTIONS":
            await answers.send(answers.preflight(endpoint.methods), send)
            return
        headers = dict(scope["headers"])
        query = scope["query_string"]
        key, no_key, sdk = auth.credentials(headers, query)
        client = scope.get("client")
        request = Request(
            endpoint=found.endpoint,
            method=scope["method"],
            project=found.project,
            key=key,
            headers=headers,
            query=query,
            client=client[0] if client else None,
            received_at=time.time(),
            arguments=found.arguments,
            sdk=sdk,
            no_key=no_key,
        )
        body = Body(receive)
        await answers.send(await self._answer(endpoint, request, body), send)

    async def close(self) -> None:
        """Hands over the last counts and seals the segment."""
        await self._accounting.close()
        await self._writer.close()
        self._admission.close()

    async def _answer(self, endpoint: Endpoint, request: Request, body: Body) -> Answer:
        try:
            if request.method not in endpoint.methods:
                raise WrongMethod(
                    f"send it with {' or '.join(endpoint.methods)}", answers.allow(endpoint.methods)
                )
            try:
                answer = await endpoint.handle(self, request, body)
            finally:
                for release in request.releases:
                    release()
        except Refused as refusal:
            if isinstance(refusal, Unavailable):
                self._complaints.refused(refusal)
            self._refused(endpoint, request, body, refusal)
            if not isinstance(refusal, TooSlow | Disconnected):
                await body.drain(2 * self.limits.body)
            return answers.refused(refusal)
        except asyncio.CancelledError:
            if not request.handed_over:
                self._refused(endpoint, request, body, Disconnected("the client is gone"))
            raise
        except Exception:
            log.exception("answering %s of project %s failed", request.endpoint, request.project)
            failure = Failed("something went wrong here; try again later")
            if not request.handed_over:
                self._refused(endpoint, request, body, failure)
            return answers.refused(failure)
        self._accounting.accepted(request, body.received, answer.status)
        if request.project_id and (limited := self._admission.header(request)) is not None:
            return replace(answer, headers=(*answer.headers, limited))
        return answer

    def _refused(self, endpoint: Endpoint, request: Request, body: Body, refusal: Refused) -> None:
        expected = None if isinstance(refusal, WrongMethod) else endpoint.category
        self._accounting.refused(request, body.received, refusal, expected)

    # What endpoints are made of.

    async def authorize(self, request: Request, key: str | None) -> None:
        """Returns when `key` may send to the request's project; a request that names none has the key's from
        then on. Raises Unauthorized, and OriginNotAllowed for a page of another site."""
        if key is None:
            raise Unauthorized(request.no_key)
        holder = await self._keys.holder(key)
        project = str(holder.project_id)
        if request.project is None:
            request.project = project
        elif project != request.project:
            raise Unauthorized(Reason.KEY_OF_OTHER_PROJECT, holder.project_id)
        request.project_id = holder.project_id
        request.limits, request.exceeded = holder.limits, holder.exceeded
        if holder.allowed_origins:
            origin = request.headers.get(b"origin")
            if not origin_allowed(holder.allowed_origins, origin.decode("latin-1") if origin else None):
                raise OriginNotAllowed("this project takes nothing from pages of this origin")

    def delivery(self, request: Request) -> Delivery:
        """What several or large items of an authorized request are kept with."""
        return Delivery(request, self._writer, self._blobs, self._room, self._admission)

    def admit(self, request: Request) -> None:
        """Returns when an event may come for an authorized request that brings one, or so it seems: spares reading
        what would be refused. Raises RateLimited."""
        self._admission.check(request)

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
        """Counts the one item of an authorized request; returns when it is in the spool, on disk. Raises Unavailable,
        and BadEnvelope for an event that is none."""
        request.item(kind)
        request.event_id = event_id
        if kind == "event" and not events.looks_like_object(payload):
            raise BadEnvelope("an event is no JSON object", Reason.MALFORMED_JSON)
        async with self.delivery(request) as delivery:
            delivery.add(kind, event_id, payload, meta=meta, sent_at=sent_at)
            await delivery.keep()

    async def hold(self, request: Request, window: int) -> None:
        """Returns when the request may unpack one file at a time with `window` bytes to look back on. Raises Unavailable."""
        if window and not request.window:
            request.releases.append(await self._files.take(window))
            request.window = window

    async def decoded(self, request: Request, body: Body, limit: int) -> AsyncIterator[bytes]:
        """The body without its Content-Encoding, piece by piece, at most `limit` bytes. Raises TooLarge,
        BadEncoding, UnsupportedEncoding and what Body raises."""
        encoding = request.header(b"content-encoding")
        most = limit if content_encoding.plain(encoding) else self.limits.encoded_body
        length = request.headers.get(b"content-length")
        if length is not None and length.isdigit() and (len(length) > 18 or int(length) > most):
            raise TooLarge(f"the body is larger than {most} bytes")
        stream = content_encoding.Stream(encoding, max_encoded=most, max_decoded=limit)
        unshared = 0
        chunk = await body.next()
        if chunk and (size := content_encoding.window(encoding, chunk[0])):
            chunk = await self._reserved(request, body, chunk, size)
        while chunk is not None:
            for piece in stream.feed(chunk):
                if len(request.head) < 64:
                    request.head += piece[:64]
                yield piece
                unshared += len(piece)
                if unshared >= BREATHE_BYTES:  # a large body must not keep the others waiting
                    unshared = 0
                    await asyncio.sleep(0)
            chunk = await body.next()
        stream.close()

    async def _reserved(self, request: Request, body: Body, chunk: bytes, size: int) -> bytes:
        """`chunk` and what comes with it, when the `size` bytes that decoding takes are this request's."""
        while not body.complete and len(chunk) < decoder_memory.AWAITED_BYTES:
            chunk += await body.next() or b""
        budget = self._whole if body.complete else self._coming
        request.releases.append(await budget.take(size))
        return chunk

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
            SizeLimits(
                event=settings.MAX_EVENT_BYTES,
                body=settings.MAX_ENVELOPE_BYTES,
                encoded_body=settings.MAX_ENVELOPE_COMPRESSED_BYTES,
                attachment=settings.MAX_ATTACHMENT_BYTES,
                attachments=settings.MAX_ATTACHMENTS_PER_EVENT,
            ),
            Path(settings.INGEST_DIR),
            fsync=settings.INGEST_FSYNC,
            max_spool_bytes=settings.MAX_SPOOL_BYTES,
            gate=settings.DATA_DIR / "quota",
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
