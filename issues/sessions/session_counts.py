"""Counts sessions by release, environment and day, in a number of statements that does not grow with the batch.

A session is counted in `total` when it starts, and at most once in each of the other counts, however many updates
report it: a TroubledSession records what was counted, for as long as updates may arrive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count

from issues import usage
from issues.models import SessionDay, TroubledSession
from issues.record.items import Item, ItemOutcome, Result, Results
from issues.sessions import people
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
# Sessions of one project and day that went wrong and whose later updates are recognized.
MAX_TROUBLED_PER_DAY = 100_000

# What one batch adds to a column at most. A thousand batches each second for the five days in which sessions of one day
# may be reported make half of what fits into 64 bits.
MAX_SUM = 10**10

TOO_MANY_RELEASES = Result(ItemOutcome.FILTERED, "too_many_releases")
TOO_MANY_BYTES = Result(ItemOutcome.FILTERED, "too_many_bytes")
_UNIQUE = ["project", "day", "release", "environment"]


@dataclass(slots=True)
class _Counts:
    """Numbers of sessions, as in SessionDay."""

    total: int = 0
    errored: int = 0
    crashed: int = 0
    abnormal: int = 0
    unhandled: int = 0


@dataclass(slots=True)
class _Trouble:
    """How one session went wrong, according to the updates of a batch."""

    key: SessionKey
    crashed: bool = False
    abnormal: bool = False
    unhandled: bool = False


@dataclass(slots=True)
class _BatchCounts:
    """What a batch adds: sessions by key, and people by key with whether a session of theirs crashed.

    `new_days` are the keys without a row so far, `new_trouble` is how many TroubledSessions are inserted.
    """

    new_days: set[SessionKey] = field(default_factory=set)
    new_trouble: int = 0
    days: dict[SessionKey, _Counts] = field(default_factory=dict)
    people: dict[tuple[SessionKey, int], bool] = field(default_factory=dict)

    def within_columns(self) -> None:
        """Cut every sum to MAX_SUM."""
        for counts in self.days.values():
            for name in ("total", "errored", "crashed", "abnormal", "unhandled"):
                setattr(counts, name, min(getattr(counts, name), MAX_SUM))

    def for_key(self, key: SessionKey) -> _Counts:
        return self.days.setdefault(key, _Counts())

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
        batch.for_key(update.key).total += update.starts
        batch.add_person(update.key, update.person, update.crashed)
    _count_trouble(project_id, [update for update in kept if update.errored], batch, room)
    _write(project_id, batch, room)
    return +results


def record_aggregates(project_id: int, items: Sequence[Item], now: datetime) -> Results:
    """Count `sessions` items, inside the transaction that holds the project's lock. Returns their results."""
    results: Results = Counter()
    read: list[list[SessionAggregate]] = []
    for item in items:
        try:
            read.append(item.value(aggregates_of))
        except UnusableSession as error:
            results[Result(ItemOutcome.INVALID, error.reason)] += 1
    room = usage.room(project_id, "session")
    batch = _BatchCounts()
    keys = {aggregate.key for aggregates in read for aggregate in aggregates}
    excess = _excess_keys(project_id, keys, batch, room)
    refused = TOO_MANY_BYTES if room <= 0 else TOO_MANY_RELEASES
    for aggregates in read:
        kept = [aggregate for aggregate in aggregates if aggregate.key not in excess]
        results[Result(ItemOutcome.STORED) if kept else refused] += 1
        for aggregate in kept:
            counts = batch.for_key(aggregate.key)
            counts.total += aggregate.total
            counts.errored += aggregate.errored
            counts.crashed += aggregate.crashed
            counts.abnormal += aggregate.abnormal
            counts.unhandled += aggregate.unhandled
            batch.add_person(aggregate.key, aggregate.person, aggregate.crashed > 0)
    _write(project_id, batch, room)
    return +results


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


def _count_trouble(project_id: int, updates: Sequence[SessionUpdate], batch: _BatchCounts, room: int) -> None:
    """Count sessions that went wrong, except for what earlier updates of them have counted, and record that.

    Past MAX_TROUBLED_PER_DAY or the `room` in bytes only sessions that start with this batch are counted and not recorded:
    of others it is not known what has been counted.
    """
    if not updates:
        return
    sessions = {update.session for update in updates}
    known = {
        (row.day, row.session): row
        for row in TroubledSession.objects.filter(
            project_id=project_id, day__in={update.key.day for update in updates}, session__in=sessions
        )
    }
    found: dict[tuple[date, int], _Trouble] = {}
    for update in updates:
        trouble = found.setdefault((update.key.day, update.session), _Trouble(update.key))
        trouble.crashed |= update.crashed
        trouble.abnormal |= update.abnormal
        trouble.unhandled |= update.unhandled
    starting = {(update.key.day, update.session) for update in updates if update.starts}
    recorded = _recordable(project_id, [name for name in found if name not in known], room)
    batch.new_trouble = len(recorded)
    for name, trouble in found.items():
        if name not in known and name not in recorded and name not in starting:
            continue
        counts, before = batch.for_key(trouble.key), known.get(name)
        counts.errored += before is None
        counts.crashed += trouble.crashed and not (before and before.crashed)
        counts.abnormal += trouble.abnormal and not (before and before.abnormal)
        counts.unhandled += trouble.unhandled and not (before and before.unhandled)
    bulk.upsert(
        TroubledSession,
        ["project", "day", "session", "crashed", "abnormal", "unhandled"],
        [
            (project_id, day, session, trouble.crashed, trouble.abnormal, trouble.unhandled)
            for (day, session), trouble in sorted(found.items(), key=lambda pair: pair[0])
            if (day, session) in known or (day, session) in recorded
        ],
        unique=["project", "day", "session"],
        either=["crashed", "abnormal", "unhandled"],
    )


def _recordable(project_id: int, new: Sequence[tuple[date, int]], room: int) -> set[tuple[date, int]]:
    """Those of the sessions, given as (day, session), that get a row."""
    if not new:
        return set()
    counted = (
        TroubledSession.objects.filter(project_id=project_id, day__in={day for day, _ in new})
        .values_list("day")
        .annotate(Count("pk"))
    )
    left = {day: MAX_TROUBLED_PER_DAY - count for day, count in counted.order_by()}
    chosen: set[tuple[date, int]] = set()
    for day, session in sorted(new)[: max(0, room // usage.TROUBLED)]:
        left[day] = left.get(day, MAX_TROUBLED_PER_DAY) - 1
        if left[day] >= 0:
            chosen.add((day, session))
    return chosen


def _write(project_id: int, batch: _BatchCounts, room: int) -> None:
    batch.within_columns()
    size = sum(usage.SESSION_DAY + usage.size(*key[1:]) for key in batch.new_days)
    size += batch.new_trouble * usage.TROUBLED
    bulk.upsert(
        SessionDay,
        [*_UNIQUE, "total", "errored", "crashed", "abnormal", "unhandled"],
        [
            (
                project_id,
                *key,
                counts.total,
                counts.errored,
                counts.crashed,
                counts.abnormal,
                counts.unhandled,
            )
            for key, counts in sorted(batch.days.items())
        ],
        unique=_UNIQUE,
        add=["total", "errored", "crashed", "abnormal", "unhandled"],
    )
    room = max(0, room - size) // usage.SESSION_PERSON
    added = people.add(project_id, batch.people, room)
    count = len(batch.new_days) + batch.new_trouble + added
    usage.add(project_id, {"session": (count, size + people.bytes_of(added))})
