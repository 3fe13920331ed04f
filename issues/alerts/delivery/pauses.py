"""How long to wait after a failed attempt. Pure."""

from __future__ import annotations

import math
import random
from datetime import timedelta

FIRST_SECONDS, LONGEST_SECONDS = 30.0, 3600.0
#: A channel as a whole is left alone for at most this long: what waits for it is sent soon after it works again.
LONGEST_HOLD_SECONDS = 600.0
#: Nothing is tried again sooner.
SHORTEST_SECONDS = 5.0
_MOST_DOUBLINGS = 16
# Who asks for a second again and again is not asked for ever.
_PATIENT_ATTEMPTS = 5


def after(attempts: int, retry_after: float | None = None) -> timedelta:
    """How long to wait after so many failed attempts, 1 or more: exponential backoff with full jitter.

    Never less than `retry_after`, in seconds, as far as that is at most an hour.
    """
    asked = asked_for(retry_after)
    pause = _jittered(attempts, LONGEST_SECONDS)
    if asked is None:
        return timedelta(seconds=pause)
    # Not all at the same moment, when many were asked to wait.
    least = asked * random.uniform(1.0, 1.1) if asked < LONGEST_SECONDS else asked  # noqa: S311
    return timedelta(seconds=least if attempts <= _PATIENT_ATTEMPTS else max(least, pause))


def hold(failures: int, retry_after: float | None = None) -> timedelta:
    """How long to leave a channel alone after so many failures in a row, 1 or more, or as long as it asks for."""
    asked = asked_for(retry_after)
    pause = _jittered(failures, LONGEST_HOLD_SECONDS)
    return timedelta(seconds=pause if asked is None else max(asked, SHORTEST_SECONDS))


def asked_for(retry_after: float | None) -> float | None:
    """What the other side asked us to wait, in seconds from 0 to an hour; None when it did not, or not with a number."""
    if retry_after is None or math.isnan(retry_after):
        return None
    return min(max(retry_after, 0.0), LONGEST_SECONDS)


def _jittered(failures: int, longest: float) -> float:
    most = min(longest, FIRST_SECONDS * 2 ** min(failures - 1, _MOST_DOUBLINGS))
    return max(SHORTEST_SECONDS, random.uniform(0.0, most))  # noqa: S311
