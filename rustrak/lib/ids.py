"""Identifiers: time-ordered UUIDs for rows, and event ids in all the forms that SDKs send."""

from __future__ import annotations

import os
import re
import struct
import threading
import time
from uuid import UUID

_HEX32 = re.compile(r"[0-9a-f]{32}")


_lock = threading.Lock()
_last = (0, 0)
_MOST_AHEAD = 3600 * 1000


def uuid7() -> UUID:
    """A version 7 UUID: Unix milliseconds, then random bits, so that new rows go to the end of an index.

    The UUIDs of one process increase, unless the clock is set back by more than an hour, also within a millisecond: there a random number is added to the random bits of
    the previous one (RFC 9562, section 6.2, method 2).
    """
    return uuid7s(1)[0]


def uuid7s(count: int) -> list[UUID]:
    """So many version 7 UUIDs in their order, as of `uuid7`."""
    global _last
    found = []
    with _lock:
        now, (last, tail) = time.time_ns() // 1_000_000, _last
        steps = struct.unpack(f"{count}I", os.urandom(4 * count))
        # A time so far ahead was a wrong clock's, which has been set right since.
        if now > last or last - now > _MOST_AHEAD:
            tail = int.from_bytes(os.urandom(9), "big")
        else:
            now, tail = last, tail + 1 + steps[0]
        for index, step in enumerate(steps):
            if index:
                tail += 1 + step
            found.append(
                UUID(int=now << 80 | 0x7 << 76 | (tail >> 62) << 64 | 0x2 << 62 | tail & (1 << 62) - 1)
            )
        _last = now, tail
    return found


def event_id(text: object) -> str | None:
    """`text` as 32 lower-case hex digits; None when it is not a UUID.

    Accepts the forms with and without dashes, in upper case, in braces and with `urn:uuid:`.
    """
    if not isinstance(text, str) or len(text) > 64:
        return None
    plain = text.strip().lower().removeprefix("urn:uuid:").strip("{}").replace("-", "")
    return plain if _HEX32.fullmatch(plain) else None


def new_event_id() -> str:
    """A new random event id of 32 lower-case hex digits."""
    return os.urandom(16).hex()
