"""Reports to the ledger what became of the requests of one web process. Reports go through the spool like events."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ingest.edge.decode import header_values
from ingest.edge.errors import RateLimited, Refused, Unauthorized
from ingest.edge.exchange import Exchange
from ingest.item_types import category
from ingest.ledger.outcomes import Outcome, Reason
from ingest.ledger.tally import LATEST, AnsweredRequest, Tally
from ingest.spool import Record, SegmentWriter, SpoolUnavailable
from rustrak.lib import ids

log = logging.getLogger(__name__)

KIND = "intake"
# The first request after a quiet time is reported soon, for people who watch the setup page; under load
# many are reported together.
SOON_SECONDS = 0.25
LEAST_SECONDS = 2.0
# The most item types that one remembered request names.
MAX_TYPES = 20
_MAX_PROJECT = 2**63 - 1


class Accounting:
    """Counts items that are not accepted, remembers requests, and reports both. Used by one event loop.

    Accepted items are counted by the digest when it reads their records, so that a crash in between counts none twice.
    """

    def __init__(
        self, tally: Tally, writer: SegmentWriter, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tally = tally
        self._writer = writer
        self._clock = clock
        # How many requests were remembered since the last report, by project and whether they were accepted.
        self._remembered: dict[tuple[int, bool], int] = {}
        self._last = -LEAST_SECONDS
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def accepted(self, exchange: Exchange, status: int) -> None:
        """Record a request that was answered with `status`, a success."""
        project = exchange.holder.project_id
        if exchange.skipped:
            self._count_skipped(project, exchange.skipped, exchange.request.received_at)
        if exchange.unreadable:
            self._count_unreadable(project, exchange.unreadable, exchange.request.received_at)
        self._remember(project, exchange, status, "")

    def refused(self, exchange: Exchange, refusal: Refused, expected: str | None) -> None:
        """Record a request that was refused.

        `expected` is the category to count it in when none of its items was seen; None if it did not try to send any.
        """
        received_at = exchange.request.received_at
        project = exchange.holder.project_id or _project_id(exchange.claimed_project)
        reason = _reason(exchange, refusal)
        counted_as = refusal.counted_as if reason == refusal.reason else reason
        if project:
            # A rate limit refuses only events and their attachments.
            kept = refusal.kept if isinstance(refusal, RateLimited) else {}
            skipped = exchange.skipped if isinstance(refusal, RateLimited) else {}
            self._count_skipped(project, skipped, received_at)
            for kind, quantity in exchange.items.items():
                if left := quantity - skipped.get(kind, 0) - kept.get(kind, 0):
                    self._tally.count(
                        project, category(kind), refusal.outcome, counted_as, left, at=received_at
                    )
            if exchange.unreadable and isinstance(refusal, RateLimited):
                self._count_unreadable(project, exchange.unreadable, received_at)
            else:
                for kind, _ in exchange.unreadable or ():
                    self._tally.count(project, category(kind), refusal.outcome, counted_as, at=received_at)
            if not exchange.items and not exchange.unreadable and expected is not None:
                self._tally.count(project, expected, refusal.outcome, counted_as, at=received_at)
        key_project = refusal.key_project if isinstance(refusal, Unauthorized) else None
        about: dict[str, Any] = {"message": refusal.detail}
        if key_project is not None:
            about |= {"project_id": key_project, "claimed": exchange.claimed_project}
        for number in {project, key_project} - {0, None}:
            self._remember(number or 0, exchange, refusal.status, reason, about)

    def _count_skipped(self, project: int, skipped: Mapping[str, int], at: float) -> None:
        for kind, quantity in skipped.items():
            self._tally.count(project, category(kind), Outcome.UNSUPPORTED, quantity=quantity, at=at)

    def _count_unreadable(self, project: int, unreadable: Sequence[tuple[str, Refused]], at: float) -> None:
        """Count items that were left out of a request because they cannot be read."""
        for kind, why in unreadable:
            reason = Reason.MALFORMED_ITEM if why.reason is Reason.MALFORMED_ENVELOPE else why.reason
            self._tally.count(project, category(kind), why.outcome, reason, at=at)

    def _remember(
        self,
        project: int,
        exchange: Exchange,
        status: int,
        reason: str,
        about: dict[str, Any] | None = None,
    ) -> None:
        if self._timer is None:
            wait = max(SOON_SECONDS, self._last + LEAST_SECONDS - self._clock())
            self._timer = asyncio.get_running_loop().call_later(wait, self._due)
        # Under load the first requests after each report stand for the latest ones.
        remembered = self._remembered.get((project, not reason), 0)
        if remembered >= LATEST:
            return
        self._remembered[project, not reason] = remembered + 1
        request = exchange.request
        headers = request.headers
        items = exchange.items
        if len(items) > MAX_TYPES:
            items = dict(list(items.items())[:MAX_TYPES])
        detail: dict[str, Any] = {"items": items, "bytes": exchange.body.received}
        if exchange.skipped:
            detail["not_kept"] = sum(exchange.skipped.values())
        if exchange.unreadable:
            detail |= {"unreadable": len(exchange.unreadable), "message": exchange.unreadable[0][1].detail}
        if about:
            detail |= about
        if encoding := headers.get(b"content-encoding"):
            detail["encoding"] = header_values.header(encoding, 40)
        agent = request.sdk or header_values.header(headers.get(b"user-agent", b""), 128)
        origin = header_values.header(headers.get(b"origin", b""), 255)
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
                exchange.event_id,
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
        except SpoolUnavailable:
            self._tally.give_back(payload)
            self._timer = asyncio.get_running_loop().call_later(LEAST_SECONDS, self._due)

    async def close(self) -> None:
        """Report what is left. To be called before the writer is closed."""
        if self._task is not None:
            await self._task
        if self._timer is not None:
            self._timer.cancel()
        await self._flush()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            log.warning("the last counts of this process are lost: the spool is not writable")


def _project_id(project: str | None) -> int:
    """A project number in a request as an id; 0 if there is none or no project can have it."""
    number = int(project) if project and len(project) <= 19 and project.isdigit() else 0
    return number if number <= _MAX_PROJECT else 0


def _reason(exchange: Exchange, refusal: Refused) -> Reason:
    if refusal.outcome is Outcome.MALFORMED and exchange.head:
        start = exchange.head.lstrip(b"\xef\xbb\xbf \t\r\n")[:9].lower()
        if start.startswith((b"<!doctype", b"<html")):
            return Reason.LOOKS_LIKE_HTML
    return refusal.reason
