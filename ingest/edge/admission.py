"""Whether one more event may come: the limits of whoever sends it, and this machine's gate where events are counted.

One a web process. Without a gate (its file cannot be had) events go in uncounted: losing them would be worse.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from ingest.edge.errors import RateLimited
from ingest.edge.request import Request
from ingest.rate_limits.gate import Gate
from ingest.rate_limits.windows import Exceeded

log = logging.getLogger(__name__)

RETRY_SECONDS = 2.0
COMPLAIN_SECONDS = 60.0


class Admission:
    """Counts events in at the gate `path`; None: nothing is counted. `clock` gives Unix time."""

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._gate: Gate | None = None
        self._failed_at = self._complained_at = -COMPLAIN_SECONDS

    def take(self, request: Request, events: int) -> float:
        """Counts an authorized request's events in; the moment they are counted at. Raises RateLimited."""
        now = self._clock()
        limits = request.limits
        if limits.none:
            return now
        exceeded = _in_force(request, now)
        if exceeded is None and (gate := self._open()) is not None:
            exceeded = gate.take(request.project_id, limits, now, events)
        if exceeded is not None:
            raise RateLimited(exceeded, now)
        return now

    def give_back(self, request: Request, events: int, at: float) -> None:
        """Takes back what `take` counted at `at`, for it could not be kept."""
        if not request.limits.none and (gate := self._open()) is not None:
            gate.give_back(request.project_id, at, events)

    def check(self, request: Request) -> None:
        """Raises RateLimited when not even one event may come; counts nothing."""
        now = self._clock()
        exceeded = self._active(request, now)
        if exceeded is not None:
            raise RateLimited(exceeded, now)

    def header(self, request: Request) -> tuple[bytes, bytes] | None:
        """X-Sentry-Rate-Limits for the answer to an authorized request, while a limit is used up."""
        now = self._clock()
        exceeded = self._active(request, now)
        return None if exceeded is None else RateLimited.rate_limits(exceeded, now)

    def close(self) -> None:
        """Lets go of the gate."""
        if self._gate is not None:
            gate, self._gate = self._gate, None
            gate.close()

    def _active(self, request: Request, now: float) -> Exceeded | None:
        if request.limits.none:
            return None
        exceeded = _in_force(request, now)
        if exceeded is None and (gate := self._open()) is not None:
            exceeded = gate.active(request.project_id, request.limits, now)
        return exceeded

    def _open(self) -> Gate | None:
        if self._gate is not None or self._path is None:
            return self._gate
        now = time.monotonic()
        if now - self._failed_at < RETRY_SECONDS:
            return None
        try:
            self._gate = Gate(self._path)
        except (OSError, ValueError) as error:
            self._failed_at = now
            if now - self._complained_at >= COMPLAIN_SECONDS:
                self._complained_at = now
                log.error(
                    "limits are not kept, events go in uncounted: %s cannot be had (%s)", self._path, error
                )
        return self._gate


def _in_force(request: Request, now: float) -> Exceeded | None:
    """What other machines used up."""
    if not request.exceeded:
        return None
    return next((one for one in request.exceeded if one.until > now), None)
