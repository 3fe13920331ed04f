"""Builds the benchmark's requests: each has an event id of its own and costs the generator very little."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import brotli

from tests.lib.events import big_event, dumps, small_event

KINDS: dict[str, Callable[..., dict[str, Any]]] = {"small": small_event, "big": big_event}
VARIANTS = 200
ISSUES = 20
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"


def _events(kind: str) -> Iterator[bytes]:
    """VARIANTS events of ISSUES issues, without event ids."""
    for number in range(VARIANTS):
        event = KINDS[kind](number)
        del event["event_id"]
        event["exception"]["values"][0]["value"] = f"card {1000 + number % ISSUES} was declined\nno funds"
        yield dumps(event)


@cache
def _templates(kind: str) -> list[bytes]:
    found = []
    for number in range(VARIANTS):
        event = KINDS[kind](number)
        del event["event_id"]
        event["exception"]["values"][0]["value"] = "@ISSUE@"
        found.append(dumps(event))
    return found


def spooled(kind: str, number: int) -> bytes:
    """An event as the spool stores it. `@ISSUE@` in it is to be replaced by what decides its issue."""
    return _templates(kind)[number % VARIANTS]


def sizes(kind: str) -> tuple[int, int]:
    """The size of one event in bytes, raw and with gzip."""
    body = next(_events(kind))
    return len(body), len(zlib.compress(body, 6))


def _deflated(data: bytes, flush: int) -> bytes:
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
    return squeeze.compress(data) + squeeze.flush(flush)


def requests(dsn: str, kind: str, *, encoding: str = "gzip") -> Iterator[bytes]:
    """Endless HTTP requests, each with an event id of its own; `encoding` is gzip, br or nothing.

    For gzip the event is compressed once per variant, as deflate blocks that stand alone; only the envelope's header,
    which carries the id, is compressed anew. So the generator leaves the machine's cores to the server.
    """
    address = urlsplit(dsn)
    project = address.path.rsplit("/", 1)[1]
    head = (
        f"POST /api/{project}/envelope/ HTTP/1.1\r\nHost: {address.hostname}:{address.port}\r\n"
        f"X-Sentry-Auth: Sentry sentry_version=7, sentry_client=bench/1, sentry_key={address.username}\r\n"
        "Content-Type: application/x-sentry-envelope\r\n"
    )
    if encoding:
        head += f"Content-Encoding: {encoding}\r\n"
    bodies = []
    for event in _events(kind):
        item = b'{"type":"event","length":%d}\n%b\n' % (len(event), event)
        bodies.append((item, _deflated(item, zlib.Z_FINISH) if encoding == "gzip" else item))
    while True:
        for item, body in bodies:
            header = b'{"event_id":"%b","sent_at":"2026-01-01T00:00:00Z"}\n' % os.urandom(16).hex().encode()
            if encoding == "gzip":
                checksum = zlib.crc32(item, zlib.crc32(header))
                end = struct.pack("<II", checksum, len(header) + len(item))
                whole = _GZIP_HEADER + _deflated(header, zlib.Z_FULL_FLUSH) + body + end
            else:
                whole = header + body
                if encoding == "br":
                    whole = brotli.compress(whole, quality=1)
            yield f"{head}Content-Length: {len(whole)}\r\n\r\n".encode() + whole
