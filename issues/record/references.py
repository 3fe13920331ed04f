"""Compresses payloads against the reference of their issue, and creates, replaces and deletes references.

A reference never changes, so a process caches those that it used last. The reasons: docs/decisions/0004.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import F

from issues.models import Reference
from issues.record import codec
from rustrak.lib import bulk, collector
from rustrak.lib.database.prepared import Prepared
from rustrak.lib.sized_cache import SizedCache

T = TypeVar("T")

# An issue gets a reference with this event. A reference is a copy of a payload, and most issues have fewer events.
FROM_EVENT = 4
# A reference that saves less than this share of the plain compressed size, this many times in a row, is replaced.
_LEAST_SAVING = 0.2
_MAX_MISSES = 8
_CACHED_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Payload:
    """One event's JSON, the id of its issue, and the event's number in the issue, from 1."""

    issue: UUID
    number: int
    data: bytes


@dataclass(slots=True)
class _Group:
    """The payloads of one issue in a batch, their positions in it, and the highest number of an event among them."""

    positions: list[int]
    data: list[bytes]
    number: int = 0


@dataclass(frozen=True, slots=True)
class _Current:
    """An issue's current reference; its fields are those of the model."""

    id: int
    plain_ratio: float
    misses: int


_cache: SizedCache[int, bytes] = SizedCache(_CACHED_BYTES)


def contents(ids: Iterable[int]) -> dict[int, bytes]:
    """The JSON of these references by id, with at most one query. References that do not exist are left out."""
    wanted = set(ids)
    found = {key: data for key in wanted if (data := _cache.get(key)) is not None}
    if missing := sorted(wanted - found.keys()):
        for key, stored in Reference.objects.filter(pk__in=missing).values_list("id", "payload"):
            found[key] = codec.data(stored)
            _cache.put(key, found[key], len(found[key]))
    return found


def read_one(stored: bytes | memoryview) -> dict[str, Any]:
    """The payload of a stored form. Raises codec.UnknownForm."""
    return read([stored])[0]


def show(stored: bytes | memoryview, work: Callable[[dict[str, Any]], T]) -> T:
    """What `work` makes of the payload of a stored form, without keeping it. Raises codec.UnknownForm.

    A process shows one large payload at a time (collector.alone): objects take ten times the bytes of their JSON.
    """
    key = codec.reference_id(stored)
    data = codec.data(stored, {} if key is None else contents([key]))
    if len(data) < collector.MANY_BYTES:
        return work(codec.loads(data))
    return collector.alone(lambda: work(codec.loads(data)))


def read(stored: Sequence[bytes | memoryview]) -> list[dict[str, Any]]:
    """The payloads of stored forms, with at most one query. Raises codec.UnknownForm."""
    needed = {key for each in stored if (key := codec.reference_id(each)) is not None}
    known = contents(needed) if needed else {}
    return [codec.decode(each, known) for each in stored]


def data_of(stored: Sequence[bytes | memoryview]) -> list[bytes]:
    """The JSON of stored forms, with at most one query. Raises codec.UnknownForm."""
    needed = {key for each in stored if (key := codec.reference_id(each)) is not None}
    known = contents(needed) if needed else {}
    return [codec.data(each, known) for each in stored]


def encode(project_id: int, payloads: Sequence[Payload]) -> list[bytes]:
    """The stored forms of payloads, in their order. Writes references and counts their uses: at most four statements.

    Must be called in the transaction that inserts the events, with the project locked and the issues inserted.
    """
    groups = _by_issue(payloads)
    current = _current_references([issue for issue, group in groups.items() if group.number >= FROM_EVENT])
    known = contents(each.id for each in current.values()) if current else {}

    encoded: list[bytes] = [b""] * len(payloads)
    new: list[tuple[int, int, UUID, bytes, bool, int, int, float]] = []
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
                used.append((was.id, 0, misses, misses < _MAX_MISSES))
                stored = [codec.encode(data) for data in group.data] if misses < _MAX_MISSES else None
        elif group.number < FROM_EVENT:
            stored = [codec.encode(data) for data in group.data]
        if stored is None:
            key, data = _new_id(), group.data[-1]
            plain = codec.encode(data)
            stored = codec.encode_against(key, data, group.data)
            new.append((key, project_id, issue, plain, True, len(stored), 0, len(plain) / max(1, len(data))))
            _cache.put(key, data, len(data))
        for position, form in zip(group.positions, stored, strict=True):
            encoded[position] = form
    # Before the insert: an issue can have only one current reference.
    bulk.update(
        Reference,
        ["id", "uses", "misses", "is_current"],
        sorted(used),
        "uses = issues_reference.uses + :uses:, misses = :misses:, is_current = :is_current:",
    )
    fields = ["id", "project", "issue", "payload", "is_current", "uses", "misses", "plain_ratio"]
    bulk.insert(Reference, fields, new)
    return encoded


def _by_issue(payloads: Sequence[Payload]) -> dict[UUID, _Group]:
    groups: dict[UUID, _Group] = {}
    for position, payload in enumerate(payloads):
        group = groups.setdefault(payload.issue, _Group([], []))
        group.positions.append(position)
        group.data.append(payload.data)
        group.number = max(group.number, payload.number)
    return groups


def _current_references(issues: Sequence[UUID]) -> dict[UUID, _Current]:
    if not issues:
        return {}
    return {issue: _Current(key, ratio, misses) for issue, key, ratio, misses in _CURRENT.fetch(issues)}


_CURRENT = Prepared(
    lambda issues: Reference.objects.filter(issue__in=issues, is_current=True).values_list(
        "issue_id", "id", "plain_ratio", "misses"
    )
)


def release(heads: Iterable[bytes | memoryview]) -> None:
    """Count down the uses of references by deleted events, and delete references that are no longer used.

    `heads` are the stored forms of the events, or their first codec.HEAD_BYTES. Must be called in the transaction that
    deletes the events.
    """
    released = Counter(key for head in heads if (key := codec.reference_id(head)) is not None)
    if not released:
        return
    for count in sorted(set(released.values())):
        same = [key for key, times in released.items() if times == count]
        Reference.objects.filter(pk__in=same).update(uses=F("uses") - count)
    Reference.objects.filter(pk__in=released, uses=0).delete()


def _helps(stored: Sequence[bytes], data: Sequence[bytes], plain_ratio: float) -> bool:
    plain = plain_ratio * sum(map(len, data))
    return sum(map(len, stored)) <= (1 - _LEAST_SAVING) * plain


def _new_id() -> int:
    return secrets.randbits(63)
