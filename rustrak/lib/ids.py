"""Identifiers: time-ordered UUIDs for rows, and the SDKs' many spellings of an event id."""

from __future__ import annotations

import os
import re
import time
from uuid import UUID

_HEX32 = re.compile(r"[0-9a-f]{32}")


def uuid7() -> UUID:
    """A version 7 UUID (RFC 9562): 48 bits of Unix milliseconds, then random, so that indexes append."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def event_id(text: object) -> str | None:
    """`text` as 32 lower-case hex digits, or None when it is no UUID in any spelling.

    Accepts plain, dashed, upper-case, `{…}` and `urn:uuid:` forms.
    """
    if not isinstance(text, str) or len(text) > 64:
        return None
    plain = text.strip().lower().removeprefix("urn:uuid:").strip("{}").replace("-", "")
    return plain if _HEX32.fullmatch(plain) else None


def new_event_id() -> str:
    """A fresh random event id, 32 lower-case hex digits."""
    return os.urandom(16).hex()
