"""What an entry of the corpus of hostile inputs is made of, and the bodies that the entries share."""

from __future__ import annotations

import gzip
import json
import uuid
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import brotli

from tests.lib.envelopes import an_envelope, an_item

ENVELOPE = "/api/PROJECT/envelope/?sentry_key=KEY"
MIB = 1 << 20


class Kind(StrEnum):
    """What an input is meant to cost. Each is measured in full, whatever its kind."""

    DIGEST = "digest"
    PAGE = "page"
    EDGE = "edge"
    BYTES = "bytes"
    MEMORY = "memory"
    LOGS = "logs"


@dataclass(frozen=True)
class Post:
    """One request. `PROJECT` and `KEY` in the path are replaced by those of the project.

    The body arrives in pieces of `piece` bytes.
    """

    body: bytes = b""
    path: str = ENVELOPE
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    piece: int = 65536

    def at(self, project: str, key: str) -> str:
        """The path and query of the request to a project."""
        return self.path.replace("PROJECT", project).replace("KEY", key)

    def encoded(self, host: str, project: str, key: str, *, claimed: int | None = None) -> bytes:
        """The request for a socket; its head announces `claimed` bytes of a body, by default as many as there are."""
        length = len(self.body) if claimed is None else claimed
        lines = [f"{self.method} {self.at(project, key)} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode() + self.body

    @property
    def size(self) -> int:
        """The bytes that a sender pays for, the head included."""
        return len(self.encoded("localhost:8000", "1", "0" * 32))


@dataclass(frozen=True)
class Attack:
    """A hostile input: its name, what it is meant to cost, and the requests that `make` builds.

    `example` is True for inputs that once cost seconds, megabytes or the server; the others are their neighbours, those
    with `thorough` only when there is time. `held` (memory only) is the number of connections that each send the requests and never finish, of which each claims a
    body of `claimed` bytes, or that wait for their answers together when `claimed` is None. `filters` are inbound filters
    that the project has meanwhile, `pages` are addresses that are opened afterwards besides the usual ones.
    """

    name: str
    kind: Kind
    make: Callable[[], list[Post]]
    example: bool = False
    thorough: bool = False
    held: int = 0
    claimed: int | None = None
    filters: Mapping[str, str] = field(default_factory=dict)
    pages: tuple[str, ...] = ()


def compressed(body: bytes, encoding: str = "gzip") -> bytes:
    match encoding:
        case "gzip":
            return gzip.compress(body, 6, mtime=0)
        case "deflate":
            return zlib.compress(body, 9)
        case "br":
            packed: bytes = brotli.compress(body, quality=5)
            return packed
        case _:
            return body


def envelope(*items: bytes, encoding: str = "gzip", path: str = ENVELOPE, **header: Any) -> Post:
    """A request with an envelope of `items`, compressed."""
    body = compressed(an_envelope(*items, **header), encoding)
    return Post(body, path, {"Content-Encoding": encoding} if encoding else {})


def event(members: Mapping[str, Any] | bytes, **header: Any) -> list[Post]:
    """One event, as a dict or as the JSON that is sent, in an envelope with an id of its own."""
    payload = members if isinstance(members, bytes) else raw(members)
    return [envelope(an_item("event", payload), event_id=uuid.uuid4().hex, **header)]


def items(kind: str, payloads: Iterable[bytes | Mapping[str, Any]], **header: Any) -> list[Post]:
    """One envelope with an item of type `kind` for each of `payloads`."""
    sent = (one if isinstance(one, bytes) else raw(one) for one in payloads)
    return [envelope(*(an_item(kind, one) for one in sent), **header)]


def raw(value: Any) -> bytes:
    """JSON as compact as SDKs send it; lone surrogates are escaped."""
    return json.dumps(value, separators=(",", ":")).encode()


def repeated(part: bytes, size: int, start: bytes = b"", end: bytes = b"") -> bytes:
    """`part` repeated to about `size` bytes between `start` and `end`."""
    return start + part * max(1, (size - len(start) - len(end)) // len(part)) + end


def stacked(frames: list[Any], platform: str = "python", **over: Any) -> dict[str, Any]:
    """An event of one exception with these frames."""
    value = {"type": "Hostile", "value": "x", "stacktrace": {"frames": frames}}
    return {"platform": platform, "exception": {"values": [value]}, **over}


def nested(levels: int, inner: Any = 0) -> Any:
    """Lists of one dict each, `levels` deep."""
    for _ in range(levels // 2):
        inner = [{"a": inner}]
    return inner
