"""How a record looks on disk. Pure.

record := length (4 bytes) checksum (4 bytes) body      ; little-endian; length and CRC-32 are the body's
body   := header as one line of JSON "\\n" payload
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

_FRAME = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class Record:
    """One accepted item on its way to the digest. `received_at` is Unix time, `sent_at` as the client wrote it.

    `file` names a file of its own in the spool that holds the payload, when that is too large for a segment;
    `payload` is empty then. `meta` is what the item's headers and the envelope's say besides.
    """

    kind: str
    project_id: int
    event_id: str
    received_at: float
    remote_addr: str | None
    sent_at: str | None
    payload: bytes
    file: str | None = None
    meta: dict[str, Any] = field(default_factory=dict)

    def encode(self) -> bytes:
        """The record as `read` finds it."""
        about: dict[str, Any] = {
            "kind": self.kind,
            "project_id": self.project_id,
            "event_id": self.event_id,
            "received_at": self.received_at,
            "remote_addr": self.remote_addr,
            "sent_at": self.sent_at,
        }
        if self.file is not None:
            about["file"] = self.file
        if self.meta:
            about["meta"] = self.meta
        header = orjson.dumps(about)
        body = b"%b\n%b" % (header, self.payload)
        return _FRAME.pack(len(body), zlib.crc32(body)) + body


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that are no record: `torn` when the file ends before the record does, as after a crash."""

    data: bytes
    torn: bool


def read(data: bytes) -> Iterator[Record | Damage]:
    """The records in a segment's bytes, in order; what cannot be read comes as Damage and reading goes on."""
    at, end = 0, len(data)
    while at < end:
        start = at + _FRAME.size
        if start > end:
            yield Damage(data[at:], torn=True)
            return
        length, checksum = _FRAME.unpack_from(data, at)
        if start + length > end:
            yield Damage(data[at:], torn=True)
            return
        body = data[start : start + length]
        record = _record(body) if zlib.crc32(body) == checksum else None
        if record is None:
            # After a power cut the last record may be there in length but not in content.
            yield Damage(body, torn=start + length == end)
        else:
            yield record
        at = start + length


def _record(body: bytes) -> Record | None:
    header, newline, payload = body.partition(b"\n")
    try:
        return Record(**orjson.loads(header), payload=payload) if newline else None
    except (TypeError, orjson.JSONDecodeError):
        return None
