"""Reports to the ledger what became of the requests of one web process. Reports go through the spool like events."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from ingest.edge.decode import header_values
from ingest.edge.errors import RateLimited, Refused, Unauthorized
from ingest.edge.exchange import Exchange
from ingest.item_types import category
from ingest.ledger.outcomes import Outcome, Reason
from ingest.ledger.tally import LATEST, MAX_PROJECTS, AnsweredRequest, Tally
from ingest.spool import Record, SegmentWriter, SpoolUnavailable
from rustrak.lib import ids

log = logging.getLogger(__name__)

KIND = "intake"
# The first request after a quiet time is reported soon, for people who watch the setup page; under load
# many are reported together.
SOON_SECONDS = 0.25
LEAST_SECONDS = 2.0
# How exact it is noted when a key was last used.
USE_SECONDS = 60.0
# Of how many keys it is remembered.
MAX_REPORTED = 10_000
# The most item types that one remembered request names.
MAX_TYPES = 20
_MAX_PROJECT = 2**63 - 1
_LONGEST_AGENT, _LONGEST_ORIGIN, _LONGEST_ENCODING = 128, 255, 40


class _Seen(NamedTuple):
    """What is remembered of a request. `client` is the SDK's name, or else the User-Agent as it was sent."""

    received_at: float
    endpoint: str
    status: int
    reason: str
    client: str | bytes
    origin: bytes
    encoding: bytes
    remote_addr: str
    event_id: str | None
    items: dict[str, int]
    skipped: dict[str, int]
    unreadable: tuple[int, str] | None
    received: int
    key_id: int
    about: dict[str, Any] | None


class _Latest:
    """The latest requests, of `total`."""

    __slots__ = ("requests", "total")

    def __init__(self) -> None:
        self.requests: deque[_Seen] = deque(maxlen=LATEST)
        self.total = 0


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
        # The latest requests since the last report, by project and whether they were accepted.
        self._latest: dict[tuple[int, bool], _Latest] = {}
        # When keys were last used, and until when that is reported already.
        self._used: dict[int, float] = {}
        self._reported: dict[int, float] = {}
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
        if exchange.holder.key_id:
            self._used[exchange.holder.key_id] = exchange.request.received_at
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
        key = project, not reason
        latest = self._latest.get(key)
        if latest is None:
            if len(self._latest) >= 2 * MAX_PROJECTS:
                del self._latest[next(iter(self._latest))]
            latest = self._latest[key] = _Latest()
        request = exchange.request
        get = request.headers.get
        latest.total += 1
        # Only what is needed, and cut: under load most of these are never looked at again.
        latest.requests.append(
            _Seen(
                request.received_at,
                request.endpoint,
                status,
                reason,
                request.sdk or get(b"user-agent", b"")[:_LONGEST_AGENT],
                get(b"origin", b"")[:_LONGEST_ORIGIN],
                get(b"content-encoding", b"")[:_LONGEST_ENCODING],
                request.client or "",
                exchange.event_id,
                exchange.items,
                exchange.skipped,
                (len(exchange.unreadable), exchange.unreadable[0][1].detail) if exchange.unreadable else None,
                exchange.body.received,
                exchange.holder.key_id,
                about,
            )
        )

    def _due(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._flush())

    async def _flush(self) -> None:
        self._last = self._clock()
        self._timer = None
        remembered, self._latest = self._latest, {}
        for (project, _), latest in remembered.items():
            unlisted = latest.total - len(latest.requests)
            for seen in latest.requests:
                self._tally.remember(project, _answered(seen, unlisted))
                unlisted = 0
        used, self._used = self._used, {}
        if len(self._reported) > MAX_REPORTED:
            self._reported.clear()
        for key_id, at in used.items():
            if not 0 <= at - self._reported.get(key_id, -USE_SECONDS) < USE_SECONDS:
                self._reported[key_id] = at
                self._tally.use(key_id, at)
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


def _answered(seen: _Seen, unlisted: int) -> AnsweredRequest:
    """The request as it is reported; `unlisted` is how many came before it and are not."""
    items = seen.items
    if len(items) > MAX_TYPES:
        items = dict(islice(items.items(), MAX_TYPES))
    detail: dict[str, Any] = {"items": items, "bytes": seen.received}
    if seen.skipped:
        detail["not_kept"] = sum(seen.skipped.values())
    if seen.unreadable:
        detail["unreadable"], detail["message"] = seen.unreadable
    if seen.about:
        detail |= seen.about
    if seen.key_id:
        detail["key"] = seen.key_id
    if seen.encoding:
        detail["encoding"] = header_values.header(seen.encoding, _LONGEST_ENCODING)
    client = seen.client
    return AnsweredRequest(
        seen.received_at,
        seen.endpoint,
        seen.status,
        seen.reason,
        header_values.header(client, _LONGEST_AGENT) if isinstance(client, bytes) else client,
        header_values.header(seen.origin, _LONGEST_ORIGIN),
        seen.remote_addr,
        seen.event_id,
        detail,
        unlisted,
    )


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
