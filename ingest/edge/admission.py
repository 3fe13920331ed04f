"""Decides whether a project may send more events, by its rate limits and the gate where this machine counts events.

If the gate's file cannot be opened, events are accepted uncounted: losing them would be worse.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from ingest.edge.errors import RateLimited
from ingest.edge.holder import Holder
from ingest.edge.throttled_log import ThrottledLog
from ingest.rate_limits.gate import Gate
from ingest.rate_limits.windows import Exceeded

log = logging.getLogger(__name__)

# How long to wait until the gate is opened again after that failed.
RETRY_SECONDS = 2.0


class Admission:
    """Counts events at the gate `path`, for one web process; None: nothing is counted. `clock` returns Unix time."""

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._gate: Gate | None = None
        self._failed_at = -RETRY_SECONDS
        self._throttled = ThrottledLog(log)

    def take(self, holder: Holder, events: int) -> float:
        """Count `events` of the holder's project; returns the Unix time they are counted at, for `give_back`.

        Nothing is counted for a project without limits. Raises RateLimited.
        """
        limits = holder.limits
        if limits.unlimited:
            return 0.0
        now = self._clock()
        exceeded = _exceeded_elsewhere(holder, now)
        if exceeded is None and (gate := self._open()) is not None:
            exceeded = gate.take(holder.project_id, limits, now, events, holder.key_id)
        if exceeded is not None:
            raise RateLimited(exceeded, now)
        return now

    def give_back(self, holder: Holder, events: int, at: float) -> None:
        """Undo what `take` counted at `at`, because the events could not be stored."""
        if not holder.limits.unlimited and (gate := self._open()) is not None:
            gate.give_back(holder.project_id, holder.limits, at, events, holder.key_id)

    def check(self, holder: Holder) -> None:
        """Raise RateLimited if not even one more event would be accepted; counts nothing."""
        if holder.limits.unlimited:
            return
        now = self._clock()
        exceeded = self._exceeded(holder, now)
        if exceeded is not None:
            raise RateLimited(exceeded, now)

    def header(self, holder: Holder) -> tuple[bytes, bytes] | None:
        """The X-Sentry-Rate-Limits header of an answer to the holder while a limit is used up; otherwise None."""
        if holder.limits.unlimited:
            return None
        now = self._clock()
        exceeded = self._exceeded(holder, now)
        return None if exceeded is None else RateLimited.rate_limits(exceeded, now)

    def close(self) -> None:
        """Close the gate file."""
        if self._gate is not None:
            gate, self._gate = self._gate, None
            gate.close()

    def _exceeded(self, holder: Holder, now: float) -> Exceeded | None:
        exceeded = _exceeded_elsewhere(holder, now)
        if exceeded is None and (gate := self._open()) is not None:
            exceeded = gate.active(holder.project_id, holder.limits, now, holder.key_id)
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
            self._throttled.log(
                logging.ERROR,
                "gate",
                "rate limits are not enforced and events are accepted uncounted: %s cannot be opened (%s)",
                self._path,
                error,
            )
        return self._gate


def _exceeded_elsewhere(holder: Holder, now: float) -> Exceeded | None:
    """The first limit that is used up as far as the database knows: by other machines, too."""
    if not holder.exceeded:
        return None
    return next((one for one in holder.exceeded if one.in_force(now)), None)
