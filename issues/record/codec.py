"""The stored form of a payload. It names itself: the first byte is its version, so that forms can change and mix.

Version 1 is a zstd frame of compact JSON. A later version may name a reference event to compress against.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from rustrak.lib import tolerant_json

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ZSTD_JSON = 1
_LEVEL = 3


class UnknownForm(ValueError):
    """Stored by a newer version, or damaged."""


class _Local(threading.local):
    """A compressor per thread: making one costs more than a small payload does."""

    def __init__(self) -> None:
        self.compressor = zstd.ZstdCompressor(level=_LEVEL)


_local = _Local()


def encode(payload: dict[str, Any] | bytes) -> bytes:
    """The stored form of a payload, given as an object or as its JSON."""
    data = payload if isinstance(payload, bytes) else tolerant_json.dumps(payload)
    return b"\x01" + _local.compressor.compress(data, zstd.ZstdCompressor.FLUSH_FRAME)


def decode(stored: bytes | memoryview) -> dict[str, Any]:
    """The payload again, equal to what was encoded. Raises UnknownForm."""
    stored = bytes(stored)
    if stored[:1] != b"\x01":
        raise UnknownForm(f"stored form {stored[:1].hex() or 'empty'} is not known to this version")
    try:
        payload, _ = tolerant_json.loads(zstd.decompress(stored[1:]))
    except (zstd.ZstdError, tolerant_json.NotJson) as error:
        raise UnknownForm(f"damaged: {error}") from None
    if not isinstance(payload, dict):
        raise UnknownForm("damaged: not an object")
    return payload
