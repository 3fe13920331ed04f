"""The edge: dispatches a request of an SDK to its endpoint and sends the answer, without entering Django.

rustrak.asgi removes PUBLIC_URL's path and determines the client's address first. When a 200 is sent, the accepted
items are in the spool, on disk.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from ingest import free_space
from ingest.edge import answers, auth
from ingest.edge.accounting import Accounting
from ingest.edge.admission import Admission
from ingest.edge.answers import Answer
from ingest.edge.decode.body import Body, Receive
from ingest.edge.decoder_memory import COMPLETE_BYTES, PACKED_BYTES, PARTIAL_BYTES, DecoderMemory
from ingest.edge.endpoints import ENDPOINTS, Endpoint
from ingest.edge.errors import (
    Disconnected,
    Failed,
    NotFound,
    Refused,
    TooLarge,
    TooSlow,
    Unavailable,
    WrongMethod,
)
from ingest.edge.exchange import Exchange, Resources
from ingest.edge.keys.memory import KeyMemory
from ingest.edge.request import Request
from ingest.edge.routing import check_in_arguments, route
from ingest.edge.size_limits import SizeLimits
from ingest.edge.throttled_log import ThrottledLog
from ingest.edge.work_budget import BURST, WorkBudget
from ingest.ledger.tally import Tally
from ingest.spool import Blobs, SegmentWriter, SpoolCapacity, SpoolUnavailable
from rustrak.lib import request_memory
from rustrak.lib.disk.space import FreeSpace
from rustrak.lib.request_memory import RequestMemory

log = logging.getLogger(__name__)

Scope = dict[str, Any]


def handles(path: str) -> bool:
    """Whether `path` is the edge's, and not one of Django's."""
    found = route(path)
    return found is not None and found.endpoint in ENDPOINTS


def is_safe(path: str) -> bool:
    """Whether a GET of `path` changes nothing, so that HEAD may be answered like it. `handles(path)` is true."""
    found = route(path)
    return found is not None and ENDPOINTS[found.endpoint].safe


class Intake:
    """The ASGI callable of one event loop, which owns what its requests share.

    Items go to the spool in `directory`, which may hold `max_spool_bytes` (0: no limit); `name` is part of the names of
    this worker's files. Nothing is accepted while `space` is little. `gate` is the file in which the web processes of a
    machine count events; None: no counting. `unfinished` and `arrived` are the budgets of memory, which others may share.
    """

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
        work: WorkBudget | None = None,
        unfinished: RequestMemory | None = None,
        arrived: RequestMemory | None = None,
        space: FreeSpace | None = None,
    ) -> None:
        self.resources = Resources(
            keys=keys,
            limits=limits,
            writer=SegmentWriter(directory, name, fsync=fsync),
            blobs=Blobs(directory, name, fsync=fsync),
            capacity=SpoolCapacity(directory, max_spool_bytes, space=space),
            admission=Admission(gate),
            work=work or WorkBudget(max(BURST, 2 * limits.body)),
            one_at_a_time=asyncio.Lock(),
            unfinished=unfinished or RequestMemory(request_memory.PARTIAL_BYTES),
            arrived=arrived or RequestMemory(request_memory.COMPLETE_BYTES),
            complete_bodies=DecoderMemory(COMPLETE_BYTES),
            partial_bodies=DecoderMemory(PARTIAL_BYTES),
            packed_files=DecoderMemory(PACKED_BYTES),
        )
        self._accounting = Accounting(Tally(), self.resources.writer)
        self._throttled = ThrottledLog(log)

    async def __call__(self, scope: Scope, receive: Receive, send: answers.Send) -> None:
        found = route(scope["path"])
        endpoint = ENDPOINTS.get(found.endpoint) if found else None
        if found is None or endpoint is None:
            await answers.send(answers.refused(NotFound("there is no endpoint at this address")), send)
            return
        if scope["method"] == "OPTIONS":
            await answers.send(answers.preflight(endpoint.methods), send)
            return
        headers = dict(scope["headers"])
        query = scope["query_string"]
        key, no_key, sdk = auth.credentials(headers, query)
        client = scope.get("client")
        arguments = found.arguments
        if found.endpoint == "cron":
            arguments = check_in_arguments(scope.get("raw_path") or b"") or arguments
        request = Request(
            endpoint=found.endpoint,
            method=scope["method"],
            project=found.project,
            key=key,
            headers=headers,
            query=query,
            client=client[0] if client else None,
            received_at=time.time(),
            arguments=arguments,
            sdk=sdk,
            no_key=no_key,
        )
        exchange = Exchange(request, Body(receive), self.resources)
        await answers.send(await self._answer(endpoint, exchange), send)

    async def close(self) -> None:
        """Write the last counts to the spool and seal the segment."""
        self.resources.keys.close()
        await self._accounting.close()
        await self.resources.writer.close()
        self.resources.admission.close()

    async def _answer(self, endpoint: Endpoint, exchange: Exchange) -> Answer:
        request = exchange.request
        try:
            if request.method not in endpoint.methods:
                raise WrongMethod(f"use {' or '.join(endpoint.methods)}", answers.allow(endpoint.methods))
            if len(request.query) > auth.MAX_QUERY_BYTES:
                raise TooLarge.than(auth.MAX_QUERY_BYTES, "the query of the address")
            try:
                answer = await endpoint.handle(exchange)
            finally:
                exchange.release()
        except Refused as error:
            refusal = error
        except SpoolUnavailable as error:
            refusal = Unavailable(str(error))
            refusal.__cause__ = error.__cause__
        except asyncio.CancelledError:
            if not exchange.handed_over:
                self._count(endpoint, exchange, Disconnected("the client disconnected"))
            raise
        except Exception:
            self._throttled.log(
                logging.ERROR,
                request.endpoint,
                "answering a request to %s of project %s failed",
                request.endpoint,
                exchange.claimed_project,
                exc_info=True,
            )
            failure = Failed("internal error; try again later")
            if not exchange.handed_over:
                self._count(endpoint, exchange, failure)
            return endpoint.refuse(request, failure)
        else:
            return self._accept(exchange, answer)
        # Outside of the handlers, and without tracebacks: their frames would keep the body in memory while the rest of
        # it is read.
        _forget_frames(refusal)
        return await self._refuse(endpoint, exchange, refusal)

    def _accept(self, exchange: Exchange, answer: Answer) -> Answer:
        self._accounting.accepted(exchange, answer.status)
        if exchange.holder.project_id:
            limited = self.resources.admission.header(exchange.holder)
            if limited is not None:
                return replace(answer, headers=(*answer.headers, limited))
        return answer

    async def _refuse(self, endpoint: Endpoint, exchange: Exchange, refusal: Refused) -> Answer:
        if isinstance(refusal, Unavailable):
            cause = f" [{refusal.__cause__}]" if refusal.__cause__ else ""
            self._throttled.log(
                logging.ERROR,
                refusal.detail,
                "answering with %d: %s%s",
                refusal.status,
                refusal.detail,
                cause,
            )
        self._count(endpoint, exchange, refusal)
        if not isinstance(refusal, TooSlow | Disconnected):
            await exchange.body.drain(2 * exchange.limits.body)
        return endpoint.refuse(exchange.request, refusal)

    def _count(self, endpoint: Endpoint, exchange: Exchange, refusal: Refused) -> None:
        expected = None if isinstance(refusal, WrongMethod) else endpoint.category
        self._accounting.refused(exchange, refusal, expected)


def _forget_frames(error: BaseException | None) -> None:
    """Remove the tracebacks of `error` and of those that it was raised for."""
    while error is not None:
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


_intake: Intake | None = None


def _started() -> Intake:
    """This process's Intake. It is made at the first request: after gunicorn has forked, in the event loop's thread."""
    global _intake
    if _intake is None:
        _intake = Intake(
            auth.Keys(memory=KeyMemory(settings.RUN_DIR / "keys.json")),
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
            unfinished=request_memory.UNFINISHED,
            arrived=request_memory.ARRIVED,
            space=free_space.here(),
        )
    return _intake


def start() -> None:
    """Learn the keys of all projects before the first request, for the case that the database is away by then."""
    _started().resources.keys.start()


async def app(scope: Scope, receive: Receive, send: answers.Send) -> None:
    """Answer one request of an SDK."""
    await (_intake or _started())(scope, receive, send)


async def close() -> None:
    """Seal this process's segment, so that the digest does not have to wait until it is old enough."""
    global _intake
    if _intake is not None:
        running, _intake = _intake, None
        await running.close()
