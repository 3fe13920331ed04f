"""The stored form of a payload. Its first byte is its version, so that rows of different versions can coexist.

version 1   zstd frame of compact JSON
version 2   id of a reference (8 bytes, big-endian), then a zstd frame compressed with it as a raw-content dictionary

Events of one issue are alike, so using one of them as the dictionary leaves a tenth of the bytes (docs/decisions/0004).
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
    """The payload was stored by a newer version or is damaged, or its reference does not exist."""


class _Local(threading.local):
    """One compressor per thread: to create one takes longer than to compress a small payload."""

    def __init__(self) -> None:
        self.compressor = zstd.ZstdCompressor(level=_LEVEL)


_local = _Local()


def encode(payload: dict[str, Any] | bytes) -> bytes:
    """The stored form, without a reference, of a payload given as an object or as its JSON."""
    data = payload if isinstance(payload, bytes) else tolerant_json.dumps(payload)
    return b"\x01" + _local.compressor.compress(data, zstd.ZstdCompressor.FLUSH_FRAME)


def encode_against(reference_id: int, reference: bytes, payloads: Sequence[bytes]) -> list[bytes]:
    """The stored forms of payloads (JSON), compressed against a reference (JSON) and naming its id."""
    dictionary = _dictionary(reference)
    if dictionary is None:
        return [encode(payload) for payload in payloads]
    # One compressor for all of them. It is not kept, because its tables take hundreds of kilobytes.
    compressor = zstd.ZstdCompressor(level=_LEVEL, zstd_dict=dictionary.as_undigested_dict)
    head = b"\x02" + reference_id.to_bytes(8, "big")
    return [head + compressor.compress(payload, zstd.ZstdCompressor.FLUSH_FRAME) for payload in payloads]


def reference_id(stored: bytes | memoryview) -> int | None:
    """The id of the reference that a stored form (or its first HEAD_BYTES) needs; None when it needs none."""
    head = bytes(stored[:HEAD_BYTES])
    return int.from_bytes(head[1:], "big") if head[:1] == b"\x02" and len(head) == HEAD_BYTES else None


def data(stored: bytes | memoryview, references: Mapping[int, bytes] | None = None) -> bytes:
    """The JSON that was encoded. `references` is the JSON of references by id. Raises UnknownForm."""
    stored = bytes(stored)
    try:
        if stored[:1] == b"\x01":
            return zstd.decompress(stored[1:])
        if (needed := reference_id(stored)) is not None:
            if references is None or needed not in references:
                raise UnknownForm(f"its reference {needed} does not exist")
            return zstd.decompress(stored[HEAD_BYTES:], zstd_dict=_dictionary(references[needed]))
    except zstd.ZstdError as error:
        raise UnknownForm(f"damaged: {error}") from None
    raise UnknownForm(f"stored form {stored[:1].hex() or 'empty'} is not known to this version")


def decode(stored: bytes | memoryview, references: Mapping[int, bytes] | None = None) -> dict[str, Any]:
    """The payload that was encoded. `references` is the JSON of references by id. Raises UnknownForm."""
    return loads(data(stored, references))


def loads(plain: bytes) -> dict[str, Any]:
    """The payload in JSON that `data` returned. Raises UnknownForm."""
    try:
        return tolerant_json.loads_object(plain)
    except tolerant_json.NotJson as error:
        raise UnknownForm(f"damaged: {error}") from None


def _dictionary(reference: bytes) -> zstd.ZstdDict | None:
    """None for a reference that is too short: zstd needs at least 8 bytes."""
    return zstd.ZstdDict(reference, is_raw=True) if len(reference) >= 8 else None
