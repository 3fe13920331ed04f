"""The stored form of a payload. It names itself: the first byte is its version, so that forms can change and mix.

version 1   zstd frame of compact JSON
version 2   id of a reference (8 bytes, big-endian), then a zstd frame made with it as raw-content dictionary

Events of one issue are alike, so one of them as dictionary leaves a tenth of the bytes (docs/decisions/0004).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from rustrak.lib import tolerant_json

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PLAIN, REFERENCED = 1, 2
# How many of a stored form's bytes `reference_id` needs.
HEAD_BYTES = 9
_LEVEL = 3


class UnknownForm(ValueError):
    """Stored by a newer version, damaged, or its reference is gone."""


class _Local(threading.local):
    """A compressor per thread: making one costs more than a small payload does."""

    def __init__(self) -> None:
        self.compressor = zstd.ZstdCompressor(level=_LEVEL)


_local = _Local()


def encode(payload: dict[str, Any] | bytes) -> bytes:
    """The stored form of a payload, given as an object or as its JSON, that needs nothing else to be read."""
    data = payload if isinstance(payload, bytes) else tolerant_json.dumps(payload)
    return b"\x01" + _local.compressor.compress(data, zstd.ZstdCompressor.FLUSH_FRAME)


def encode_against(reference_id: int, reference: bytes, payloads: Sequence[bytes]) -> list[bytes]:
    """The stored forms of payloads (JSON) that are read with the JSON `reference`, found by its id."""
    dictionary = _dictionary(reference)
    if dictionary is None:
        return [encode(payload) for payload in payloads]
    # One compressor for all of them; not kept, for its tables take hundreds of kilobytes.
    compressor = zstd.ZstdCompressor(level=_LEVEL, zstd_dict=dictionary.as_undigested_dict)
    head = b"\x02" + reference_id.to_bytes(8, "big")
    return [head + compressor.compress(payload, zstd.ZstdCompressor.FLUSH_FRAME) for payload in payloads]


def reference_id(stored: bytes | memoryview) -> int | None:
    """The id of the reference that a stored form, or its first HEAD_BYTES, needs; None when it needs none."""
    head = bytes(stored[:HEAD_BYTES])
    return int.from_bytes(head[1:], "big") if head[:1] == b"\x02" and len(head) == HEAD_BYTES else None


def data(stored: bytes | memoryview, references: Mapping[int, bytes] | None = None) -> bytes:
    """The JSON that was encoded; `references` are the JSON of those it may need by id. Raises UnknownForm."""
    stored = bytes(stored)
    try:
        if stored[:1] == b"\x01":
            return zstd.decompress(stored[1:])
        if (needed := reference_id(stored)) is not None:
            if references is None or needed not in references:
                raise UnknownForm(f"its reference {needed} is not there")
            return zstd.decompress(stored[HEAD_BYTES:], zstd_dict=_dictionary(references[needed]))
    except zstd.ZstdError as error:
        raise UnknownForm(f"damaged: {error}") from None
    raise UnknownForm(f"stored form {stored[:1].hex() or 'empty'} is not known to this version")


def decode(stored: bytes | memoryview, references: Mapping[int, bytes] | None = None) -> dict[str, Any]:
    """The payload again, equal to what was encoded. Raises UnknownForm."""
    try:
        payload, _ = tolerant_json.loads(data(stored, references))
    except tolerant_json.NotJson as error:
        raise UnknownForm(f"damaged: {error}") from None
    if not isinstance(payload, dict):
        raise UnknownForm("damaged: not an object")
    return payload


def _dictionary(reference: bytes) -> zstd.ZstdDict | None:
    """zstd takes no dictionary of fewer than 8 bytes."""
    return zstd.ZstdDict(reference, is_raw=True) if len(reference) >= 8 else None
