"""The format of a record on disk. Pure.

record := length (4 bytes) checksum (4 bytes) body      ; little-endian; length and CRC-32 are the body's
body   := header "\\n" payload                        ; the header is one line of JSON
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

_FRAME = struct.Struct("<II")
_CHECKSUM = struct.Struct("<I")


# Never changed. Not frozen all the same, because making a frozen one takes a microsecond longer.
@dataclass(slots=True)
class Record:
    """One accepted item on its way to the digest. `received_at` is Unix time, `sent_at` is as the client wrote it.

    A payload that is too large for a segment is in the blob called `file`; `payload` is empty in that case. `meta` is
    what the digest needs from the headers of the item and of the envelope.
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
        """The record as `read` expects it."""
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
    """Bytes that are not a record; `torn` if the file ends before the record does, as after a crash."""

    data: bytes
    torn: bool


@dataclass(frozen=True, slots=True)
class Passed:
    """A record of a project that is not wanted: only its header was read. `file` is as in Record."""

    file: str | None


def read(data: bytes, wanted: Container[int] | None = None) -> Iterator[Record | Passed | Damage]:
    """The records in a segment's bytes, in order. Bytes that cannot be read are yielded as Damage, and reading continues.

    Records of projects that are not in `wanted` (None: all are wanted) are yielded as Passed, so that a record always
    has the same index.
    """
    for start, end in _bodies(data):
        about = None
        if wanted is not None:
            about = _about(data, start, end)
            # A record that names a blob is read as a whole: a damaged name must not lead to one.
            if about is not None and about["project_id"] not in wanted and about.get("file") is None:
                yield Passed(None)
                continue
        if end > len(data):
            yield Damage(data[max(0, start - _FRAME.size) :], torn=True)
            return
        body = data[start:end]
        (checksum,) = _CHECKSUM.unpack_from(data, start - _CHECKSUM.size)
        record = _record(body, about) if zlib.crc32(body) == checksum else None
        if record is None:
            # After a power cut the last record may have its length but not its content.
            yield Damage(body, torn=end == len(data))
        elif wanted is None or record.project_id in wanted:
            yield record
        else:
            yield Passed(record.file)


class Part(NamedTuple):
    """A project's part of a segment: its size in bytes, and the index after its last record."""

    bytes: int
    end: int


def outline(data: bytes) -> dict[int, Part]:
    """Each project's part of a segment's bytes. Checksums are not checked: what `read` calls Damage may be counted."""
    parts: dict[int, Part] = {}
    for index, (start, end) in enumerate(_bodies(data)):
        about = _about(data, start, end)
        if about is not None:
            project_id = about["project_id"]
            before = parts.get(project_id)
            size = end - start + (before.bytes if before else 0)
            parts[project_id] = Part(size, index + 1)
    return parts


def _bodies(data: bytes) -> Iterator[tuple[int, int]]:
    """Where each record's body begins and ends. The end of a torn record is beyond the end of `data`."""
    at, last = 0, len(data)
    while at < last:
        start = at + _FRAME.size
        length = _FRAME.unpack_from(data, at)[0] if start <= last else 0
        at = start + length
        yield start, at


def _about(data: bytes, start: int, end: int) -> dict[str, Any] | None:
    """A record's header; None if it is not one that names a project."""
    newline = data.find(b"\n", start, end) if end <= len(data) else -1
    if newline < 0:
        return None
    try:
        about = orjson.loads(memoryview(data)[start:newline])
    except orjson.JSONDecodeError:
        return None
    known = isinstance(about, dict) and isinstance(about.get("project_id"), int)
    return about if known else None


def _record(body: bytes, about: dict[str, Any] | None = None) -> Record | None:
    """The record of a body; `about` is its header where that has been read already."""
    header, newline, payload = body.partition(b"\n")
    try:
        return Record(**(about or orjson.loads(header)), payload=payload) if newline else None
    except (TypeError, orjson.JSONDecodeError):
        return None
