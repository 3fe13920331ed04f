"""Counts sessions by release, environment and day, in a number of statements that does not grow with the batch.

A session is counted once, however many updates report it and however often they are delivered:
issues.sessions.known_sessions. What SDKs have counted themselves (`sessions`) is added once for each time of sending.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from django.db.models import Count

from issues import usage
from issues.models import SessionDay
from issues.record.items import Item, ItemOutcome, Result, Results
from issues.releases import rows as releases
from issues.sessions import known_sessions, people
from issues.sessions.known_sessions import Change
from issues.sessions.sent_session import (
    SessionAggregate,
    SessionKey,
    SessionUpdate,
    UnusableSession,
    read_aggregates,
    read_update,
)
from rustrak.lib import bulk

# Combinations of release and environment in one project. The SDK key is public, so anybody can invent releases.
MAX_KEYS_PER_DAY = 1000

# What one batch adds to a column at most. A thousand batches each second for the five days in which sessions of one day
# may be reported make half of what fits into 64 bits.
MAX_SUM = 10**10

TOO_MANY_RELEASES = Result(ItemOutcome.FILTERED, "too_many_releases")
TOO_MANY_BYTES = Result(ItemOutcome.FILTERED, "too_many_bytes")
_DAY = timedelta(days=1, microseconds=-1)
_UNIQUE = ["project", "day", "release", "environment"]


@dataclass(slots=True)
class _Counts:
    """Numbers of sessions, as in SessionDay."""

    total: int = 0
    errored: int = 0
    crashed: int = 0
    abnormal: int = 0
    unhandled: int = 0
    known: int = 0


@dataclass(slots=True)
class _BatchCounts:
    """What a batch adds: sessions by key, and people by key with whether a session of theirs crashed.

    `new_days` are the keys without a row so far, `new_known` is how many KnownSessions are inserted. `moved` are numbers
    of sessions by key and state that have ended in a graver state than the one that they were counted in.
    """

    new_days: set[SessionKey] = field(default_factory=set)
    new_known: int = 0
    moved: dict[SessionKey, Counter[str]] = field(default_factory=dict)
    days: dict[SessionKey, _Counts] = field(default_factory=dict)
    people: dict[tuple[SessionKey, int], bool] = field(default_factory=dict)

    def within_columns(self) -> None:
        """Cut every sum to MAX_SUM."""
        for counts in self.days.values():
            for name in ("total", "errored", "crashed", "abnormal", "unhandled"):
                setattr(counts, name, min(getattr(counts, name), MAX_SUM))

    def for_key(self, key: SessionKey) -> _Counts:
        return self.days.setdefault(key, _Counts())

    def apply(self, change: Change) -> None:
        """Count one session."""
        counts = self.for_key(change.key)
        for name in change.added:
            setattr(counts, name, getattr(counts, name) + 1)
        if change.removed:
            self.moved.setdefault(change.key, Counter()).update(change.removed)

    def add_person(self, key: SessionKey, person: int | None, crashed: bool) -> None:
        if person is not None:
            self.people[key, person] = self.people.get((key, person), False) or crashed


def update_of(item: Item) -> SessionUpdate:
    """The update in a `session` item. Raises UnusableSession."""
    return read_update(item.read(), item.received_at, item.sent_at)


def aggregates_of(item: Item) -> list[SessionAggregate]:
    """The usable aggregates of a `sessions` item. Raises UnusableSession."""
    return read_aggregates(item.read(), item.received_at, item.sent_at)


def record_updates(project_id: int, items: Sequence[Item], now: datetime) -> Results:
    """Count `session` items, inside the transaction that holds the project's lock. Returns their results."""
    results: Results = Counter()
    updates: list[SessionUpdate] = []
    for item in items:
        try:
            updates.append(item.value(update_of))
        except UnusableSession as error:
            results[Result(ItemOutcome.INVALID, error.reason)] += 1
    room = usage.room(project_id, "session")
    batch = _BatchCounts()
    excess = _excess_keys(project_id, {update.key for update in updates}, batch, room)
    kept = [update for update in updates if update.key not in excess]
    results[TOO_MANY_BYTES if room <= 0 else TOO_MANY_RELEASES] += len(updates) - len(kept)
    results[Result(ItemOutcome.STORED)] += len(kept)
    for update in kept:
        counts = batch.for_key(update.key)
        batch.add_person(update.key, update.person, update.crashed)
        if update.session is None:
            for name in update.counted_in:
                setattr(counts, name, getattr(counts, name) + 1)
    changes, batch.new_known = known_sessions.record(project_id, kept, room)
    for change in changes:
        batch.apply(change)
    _write(project_id, batch, room, now)
    return +results


def record_aggregates(project_id: int, items: Sequence[Item], now: datetime) -> Results:
    """Count `sessions` items, inside the transaction that holds the project's lock. Returns their results."""
    results: Results = Counter()
    read: list[tuple[int | None, list[SessionAggregate]]] = []
    for item in items:
        try:
            read.append((_copy(item), item.value(aggregates_of)))
        except UnusableSession as error:
            results[Result(ItemOutcome.INVALID, error.reason)] += 1
    room = usage.room(project_id, "session")
    batch = _BatchCounts()
    keys = {aggregate.key for _, aggregates in read for aggregate in aggregates}
    excess = _excess_keys(project_id, keys, batch, room)
    refused = TOO_MANY_BYTES if room <= 0 else TOO_MANY_RELEASES
    counted: list[tuple[int | None, list[SessionAggregate]]] = []
    for copy, aggregates in read:
        if kept := [aggregate for aggregate in aggregates if aggregate.key not in excess]:
            counted.append((copy, kept))
        else:
            results[refused] += 1
    first, changes, batch.new_known = known_sessions.first_copies(
        project_id, {copy: kept[0].key for copy, kept in counted if copy is not None}, room
    )
    for change in changes:
        batch.apply(change)
    for copy, kept in counted:
        if copy is not None:
            if copy not in first:
                results[Result(ItemOutcome.DUPLICATE)] += 1
                continue
            first.discard(copy)
        results[Result(ItemOutcome.STORED)] += 1
        for aggregate in kept:
            counts = batch.for_key(aggregate.key)
            counts.total += aggregate.total
            counts.errored += aggregate.errored
            counts.crashed += aggregate.crashed
            counts.abnormal += aggregate.abnormal
            counts.unhandled += aggregate.unhandled
            batch.add_person(aggregate.key, aggregate.person, aggregate.crashed > 0)
    _write(project_id, batch, room, now)
    return +results


def _copy(item: Item) -> int | None:
    """What the item and a copy of it that is delivered again have in common, as a hash; None when they cannot be told
    from another item with the same counts: the time of sending is missing."""
    if item.sent_at is None:
        return None
    sent = hashlib.sha256(f"{item.sent_at.isoformat()}\n".encode() + item.read())
    return int.from_bytes(sent.digest()[:8], "big", signed=True)


def _excess_keys(
    project_id: int, keys: Collection[SessionKey], batch: _BatchCounts, room: int
) -> set[SessionKey]:
    """The new keys that would exceed MAX_KEYS_PER_DAY or the `room` in bytes; the other new ones are the batch's."""
    if not keys:
        return set()
    days = {key.day for key in keys}
    known = SessionDay.objects.filter(
        project_id=project_id, day__in=days, release__in={key.release for key in keys}
    ).values_list("day", "release", "environment")
    new = sorted(set(keys) - {SessionKey(*row) for row in known})
    if not new:
        return set()
    if room <= 0:
        return set(new)
    counted = (
        SessionDay.objects.filter(project_id=project_id, day__in=days)
        .values_list("day")
        .annotate(Count("pk"))
    )
    left = {day: MAX_KEYS_PER_DAY - count for day, count in counted.order_by()}
    excess: set[SessionKey] = set()
    for key in new:
        left[key.day] = left.get(key.day, MAX_KEYS_PER_DAY) - 1
        if left[key.day] < 0:
            excess.add(key)
    batch.new_days = set(new) - excess
    return excess


def _write(project_id: int, batch: _BatchCounts, room: int, now: datetime) -> None:
    batch.within_columns()
    release_bytes = releases.note(project_id, _seen(batch, now), now)
    size = sum(usage.SESSION_DAY + usage.size(*key[1:]) for key in batch.new_days)
    size += batch.new_known * usage.KNOWN_SESSION
    bulk.upsert(
        SessionDay,
        [*_UNIQUE, "total", "errored", "crashed", "abnormal", "unhandled", "known"],
        [
            (
                project_id,
                *key,
                counts.total,
                counts.errored,
                counts.crashed,
                counts.abnormal,
                counts.unhandled,
                counts.known,
            )
            for key, counts in sorted(batch.days.items())
        ],
        unique=_UNIQUE,
        add=["total", "errored", "crashed", "abnormal", "unhandled", "known"],
    )
    _move(project_id, batch.moved)
    room = max(0, room - size) // usage.SESSION_PERSON
    added = people.add(project_id, batch.people, room)
    count = len(batch.new_days) + batch.new_known + added
    usage.add(project_id, {"session": (count, size + people.bytes_of(added) + release_bytes)})


def _seen(batch: _BatchCounts, now: datetime) -> dict[tuple[str, str], releases.Seen]:
    """When the releases were seen: sessions are counted by day, so those of an earlier day at its end at the latest.

    What is counted for an earlier day has been noted already if that day has a row: a second note would look like a new release.
    """
    seen: dict[tuple[str, str], releases.Seen] = {}
    for key in batch.days:
        start = datetime.combine(key.day, time(), UTC)
        end = start + _DAY
        if now > end and key not in batch.new_days:
            continue
        at = min(max(now, start), end)
        one = seen.setdefault((key.release, key.environment), releases.Seen(0, at, at))
        one.first, one.last = min(one.first, at), max(one.last, at)
    return seen


def _move(project_id: int, moved: Mapping[SessionKey, Counter[str]]) -> None:
    """Take sessions out of the states in which they were counted before they ended in a graver one."""
    if not moved:
        return
    ids = people.day_ids(project_id, set(moved))
    bulk.update(
        SessionDay,
        ["id", "abnormal", "unhandled"],
        sorted((ids[key], states["abnormal"], states["unhandled"]) for key, states in moved.items()),
        ", ".join(
            f"{name} = CASE WHEN issues_sessionday.{name} > :{name}: THEN issues_sessionday.{name} - :{name}: ELSE 0 END"
            for name in ("abnormal", "unhandled")
        ),
    )
