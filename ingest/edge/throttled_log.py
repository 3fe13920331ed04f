"""Trouble that many requests meet at once, logged once a minute instead of once a request."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from ingest.edge.errors import Refused

EVERY_SECONDS = 60.0


class ThrottledLog:
    """Logs each kind of refusal at most once a minute, with how many there were since."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        # detail -> (when it was logged, how many came since)
        self._known: dict[str, tuple[float, int]] = {}

    def refused(self, refusal: Refused) -> None:
        """Logs it, or counts it for the next time."""
        now = self._clock()
        logged, since = self._known.get(refusal.detail, (-EVERY_SECONDS, 0))
        if now - logged < EVERY_SECONDS:
            self._known[refusal.detail] = (logged, since + 1)
            return
        cause = f" [{refusal.__cause__}]" if refusal.__cause__ else ""
        more = f"; {since} more since the last time this was said" if since else ""
        self._log.error("answering with %d: %s%s%s", refusal.status, refusal.detail, cause, more)
        self._known[refusal.detail] = (now, 0)
