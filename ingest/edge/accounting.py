"""What one web process tells the ledger of the requests it answers; on its way through the spool like an event."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

from ingest.edge.errors import RateLimited, Refused, Unauthorized, Unavailable
from ingest.edge.request import Request
from ingest.item_types import category
from ingest.ledger.outcomes import Outcome, Reason
from ingest.ledger.tally import LATEST, AnsweredRequest, Tally
from ingest.spool import Record, SegmentWriter
from rustrak.lib import ids

log = logging.getLogger(__name__)

KIND = "intake"
# The first news after quiet come at once, for who watches the set-up page; under load they are many in one.
SOON_SECONDS = 0.25
LEAST_SECONDS = 2.0
# How many types of items one request is remembered with.
MAX_TYPES = 20
_MOST_PROJECT = 2**63 - 1


class Accounting:
    """Counts what is not accepted, remembers requests, and hands both over. Used by one event loop.

    Accepted items are counted by who reads their records, so that a crash between the two counts nothing twice.
    """

    def __init__(
        self, tally: Tally, writer: SegmentWriter, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tally = tally
        self._writer = writer
        self._clock = clock
        # How many were remembered since the last handing over, by project and whether they were accepted.
        self._remembered: dict[tuple[int, bool], int] = {}
        self._last = -LEAST_SECONDS
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def accepted(self, request: Request, received: int, status: int) -> None:
        """Says that a request was answered with success; `received` is the size of its body in bytes."""
        self._skipped(request.project_id, request.skipped, request.received_at)
        self._saw(request.project_id, request, received, status, "")

    def refused(self, request: Request, received: int, refusal: Refused, expected: str | None) -> None:
        """Says that it was refused. `expected`: the category of what the endpoint takes, for when nothing was
        seen of it; None when it was no attempt to send anything."""
        project = request.project_id or _claimed(request.project)
        reason = _reason(request, refusal)
        counted_as = refusal.counted_as if reason == refusal.reason else reason
        if project:
            # Past a limit only events are refused, and what goes with them.
            spared = refusal.kept if isinstance(refusal, RateLimited) else {}
            skipped = request.skipped if isinstance(refusal, RateLimited) else {}
            self._skipped(project, skipped, request.received_at)
            for kind, quantity in request.items.items():
                if left := quantity - skipped.get(kind, 0) - spared.get(kind, 0):
                    self._tally.count(
                        project, category(kind), refusal.outcome, counted_as, left, at=request.received_at
                    )
            if not request.items and expected is not None:
                self._tally.count(project, expected, refusal.outcome, counted_as, at=request.received_at)
        others = refusal.key_project if isinstance(refusal, Unauthorized) else None
        about: dict[str, Any] = {"message": refusal.detail}
        if others is not None:
            about |= {"project_id": others, "claimed": request.project}
        for number in {project, others} - {0, None}:
            self._saw(number or 0, request, received, refusal.status, reason, about)

    def _skipped(self, project: int, skipped: Mapping[str, int], at: float) -> None:
        for kind, quantity in skipped.items():
            self._tally.count(project, category(kind), Outcome.UNSUPPORTED, quantity=quantity, at=at)

    def _saw(
        self,
        project: int,
        request: Request,
        received: int,
        status: int,
        reason: str,
        about: dict[str, Any] | None = None,
    ) -> None:
        if self._timer is None:
            wait = max(SOON_SECONDS, self._last + LEAST_SECONDS - self._clock())
            self._timer = asyncio.get_running_loop().call_later(wait, self._due)
        # Of a crowd the first of each two seconds stand for the latest.
        remembered = self._remembered.get((project, not reason), 0)
        if remembered >= LATEST:
            return
        self._remembered[project, not reason] = remembered + 1
        headers = request.headers
        items = request.items
        if len(items) > MAX_TYPES:
            items = dict(list(items.items())[:MAX_TYPES])
        detail: dict[str, Any] = {"items": items, "bytes": received}
        if request.skipped:
            detail["not_kept"] = sum(request.skipped.values())
        if about:
            detail |= about
        if encoding := headers.get(b"content-encoding"):
            detail["encoding"] = encoding[:40].decode("latin-1")
        agent = request.sdk or headers.get(b"user-agent", b"")[:128].decode("latin-1")
        origin = headers.get(b"origin", b"")[:255].decode("latin-1")
        self._tally.remember(
            project,
            AnsweredRequest(
                request.received_at,
                request.endpoint,
                status,
                reason,
                agent,
                origin,
                request.client or "",
                request.event_id,
                detail,
            ),
        )

    def _due(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        self._last = self._clock()
        self._timer = None
        self._remembered.clear()
        payload = self._tally.take()
        if payload is None:
            return
        record = Record(KIND, 0, ids.new_event_id(), time.time(), None, None, payload)
        try:
            await self._writer.append(record)
        except Unavailable:
            self._tally.give_back(payload)
            self._timer = asyncio.get_running_loop().call_later(LEAST_SECONDS, self._due)

    async def close(self) -> None:
        """Hands over what is left; to be called before the writer is closed."""
        if self._task is not None:
            await self._task
        if self._timer is not None:
            self._timer.cancel()
        await self._flush()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            log.warning("the last counts of this process are lost: the spool cannot be written")


def _claimed(project: str | None) -> int:
    """The project that the path names; 0 when it can be none."""
    number = int(project) if project and len(project) <= 19 and project.isdigit() else 0
    return number if number <= _MOST_PROJECT else 0


def _reason(request: Request, refusal: Refused) -> Reason:
    if refusal.outcome is Outcome.MALFORMED and request.head:
        start = request.head.lstrip(b"\xef\xbb\xbf \t\r\n")[:9].lower()
        if start.startswith((b"<!doctype", b"<html")):
            return Reason.LOOKS_LIKE_HTML
    return refusal.reason
