"""Problems that many requests run into at once, logged once a minute instead of once per request."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

EVERY_SECONDS = 60.0


class ThrottledLog:
    """Logs each kind of problem at most once a minute, with the number of times it was left out since.

    `clock` returns seconds. Kinds are remembered for the life of the process, so there must be few of them.
    """

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._log = log
        self._clock = clock
        # kind -> (when it was last logged, how often it was left out since)
        self._logged: dict[str, tuple[float, int]] = {}

    def log(self, level: int, kind: str, message: str, *arguments: object, exc_info: bool = False) -> None:
        """Log `message % arguments`, or only count it if one of this kind was logged less than a minute ago.

        With `exc_info` the traceback of the exception that is being handled is added.
        """
        now = self._clock()
        logged, left_out = self._logged.get(kind, (None, 0))
        if logged is not None and now - logged < EVERY_SECONDS:
            self._logged[kind] = (logged, left_out + 1)
            return
        self._logged[kind] = (now, 0)
        more = f" ({left_out} more since this was last logged)" if left_out else ""
        self._log.log(level, message + "%s", *arguments, more, exc_info=exc_info)
