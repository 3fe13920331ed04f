"""Which reference an issue's payloads are compressed against: chosen, made, replaced and let go here.

References are read by their ids and never change, so a process keeps the ones it used last.
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F

from issues.models import Reference
from issues.record import codec
from rustrak.lib import bulk

# An issue gets its reference with this event: most never have as many, and a reference is a copy.
FROM_EVENT = 4
# A reference helps when it saves this share of what plain compression takes; one that did not for so many
# payloads in a row is replaced.
_WORTH = 0.2
_PATIENCE = 8
_CACHED_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Payload:
    """One event's JSON, the issue it belongs to, and the event's number in it, from 1."""

    issue: UUID
    number: int
    data: bytes


@dataclass(slots=True)
class _Group:
    """The payloads of one issue in a batch, by their place in it."""

    places: list[int]
    data: list[bytes]
    number: int = 0


@dataclass(frozen=True, slots=True)
class _Current:
    id: int
    plain_ratio: float
    misses: int


class _Cache:
    """The references' JSON by id; the least recently used go first. Shared by threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._known: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: int) -> bytes | None:
        with self._lock:
            if (data := self._known.get(key)) is not None:
                self._known.move_to_end(key)
            return data

    def put(self, key: int, data: bytes) -> None:
        with self._lock:
            self._size += len(data) - len(self._known.pop(key, b""))
            self._known[key] = data
            while self._size > self._most:
                self._size -= len(self._known.popitem(last=False)[1])


_cache = _Cache(_CACHED_BYTES)


def contents(ids: Iterable[int]) -> dict[int, bytes]:
    """The JSON of these references, with one query at most. Those that are gone are missing."""
    wanted = set(ids)
    found = {key: data for key in wanted if (data := _cache.get(key)) is not None}
    if missing := sorted(wanted - found.keys()):
        for key, stored in Reference.objects.filter(pk__in=missing).values_list("id", "payload"):
            found[key] = codec.data(stored)
            _cache.put(key, found[key])
    return found


def read_one(stored: bytes | memoryview) -> dict[str, Any]:
    """The payload behind a stored form. Raises codec.UnknownForm."""
    return read([stored])[0]


def read(stored: Sequence[bytes | memoryview]) -> list[dict[str, Any]]:
    """The payloads behind several stored forms, with one look-up of references. Raises codec.UnknownForm."""
    needed = {key for each in stored if (key := codec.reference_id(each)) is not None}
    known = contents(needed) if needed else {}
    return [codec.decode(each, known) for each in stored]


def encode(payloads: Sequence[Payload]) -> list[bytes]:
    """The stored forms, in order. Writes references and counts their uses: four statements at most.

    Call it in the transaction that inserts the events, with the project locked and the issues inserted.
    """
    groups: dict[UUID, _Group] = {}
    for place, payload in enumerate(payloads):
        group = groups.setdefault(payload.issue, _Group([], []))
        group.places.append(place)
        group.data.append(payload.data)
        group.number = max(group.number, payload.number)
    common = [issue for issue, group in groups.items() if group.number >= FROM_EVENT]
    current: dict[UUID, _Current] = {}
    if common:
        rows = Reference.objects.filter(issue__in=common, is_current=True)
        current = {
            issue: _Current(key, ratio, misses)
            for issue, key, ratio, misses in rows.values_list("issue_id", "id", "plain_ratio", "misses")
        }
    known = contents(each.id for each in current.values()) if current else {}

    encoded: list[bytes] = [b""] * len(payloads)
    new: list[tuple[int, UUID, bytes, bool, int, int, float]] = []
    used: list[tuple[int, int, int, bool]] = []
    for issue, group in groups.items():
        was = current.get(issue)
        stored = None
        if was is not None and was.id in known:
            stored = codec.encode_against(was.id, known[was.id], group.data)
            if _helps(stored, group.data, was.plain_ratio):
                used.append((was.id, len(stored), 0, True))
            else:
                misses = was.misses + len(stored)
                used.append((was.id, 0, misses, misses < _PATIENCE))
                stored = [codec.encode(data) for data in group.data] if misses < _PATIENCE else None
        elif group.number < FROM_EVENT:
            stored = [codec.encode(data) for data in group.data]
        if stored is None:
            key, data = _new_id(), group.data[-1]
            plain = codec.encode(data)
            stored = codec.encode_against(key, data, group.data)
            new.append((key, issue, plain, True, len(stored), 0, len(plain) / max(1, len(data))))
            _cache.put(key, data)
        for place, form in zip(group.places, stored, strict=True):
            encoded[place] = form
    # A replaced one steps down before its successor comes: an issue has one current reference.
    bulk.update(
        Reference,
        ["id", "uses", "misses", "is_current"],
        sorted(used),
        "uses = issues_reference.uses + :uses:, misses = :misses:, is_current = :is_current:",
    )
    bulk.insert(Reference, ["id", "issue", "payload", "is_current", "uses", "misses", "plain_ratio"], new)
    return encoded


def release(heads: Iterable[bytes | memoryview]) -> None:
    """Says that events with these stored forms (the first codec.HEAD_BYTES will do) are deleted.

    References that nobody needs any more go with them. Call it in the transaction that deletes the events.
    """
    gone = Counter(key for head in heads if (key := codec.reference_id(head)) is not None)
    if not gone:
        return
    for count in sorted(set(gone.values())):
        same = [key for key, times in gone.items() if times == count]
        Reference.objects.filter(pk__in=same).update(uses=F("uses") - count)
    Reference.objects.filter(pk__in=gone, uses=0).delete()


def _helps(stored: Sequence[bytes], data: Sequence[bytes], plain_ratio: float) -> bool:
    plain = plain_ratio * sum(map(len, data))
    return sum(map(len, stored)) <= (1 - _WORTH) * plain


def _new_id() -> int:
    return secrets.randbits(63)
