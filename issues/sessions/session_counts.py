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

from issues.models import SessionDay, SessionPerson, TroubledSession
from issues.record.items import Item, ItemOutcome, Result, Results
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
    """What a batch adds: sessions by key, and people by key with whether a session of theirs crashed."""

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
    excess = _excess_keys(project_id, {update.key for update in updates})
    kept = [update for update in updates if update.key not in excess]
    results[Result(ItemOutcome.INVALID, "too_many_releases")] += len(updates) - len(kept)
    results[Result(ItemOutcome.STORED)] += len(kept)
    batch = _BatchCounts()
    for update in kept:
        batch.for_key(update.key).total += update.starts
        batch.add_person(update.key, update.person, update.crashed)
    _count_trouble(project_id, [update for update in kept if update.errored], batch)
    _write(project_id, batch)
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
    excess = _excess_keys(project_id, {aggregate.key for aggregates in read for aggregate in aggregates})
    batch = _BatchCounts()
    for aggregates in read:
        kept = [aggregate for aggregate in aggregates if aggregate.key not in excess]
        results[Result(ItemOutcome.STORED) if kept else Result(ItemOutcome.INVALID, "too_many_releases")] += 1
        for aggregate in kept:
            counts = batch.for_key(aggregate.key)
            counts.total += aggregate.total
            counts.errored += aggregate.errored
            counts.crashed += aggregate.crashed
            counts.abnormal += aggregate.abnormal
            counts.unhandled += aggregate.unhandled
            batch.add_person(aggregate.key, aggregate.person, aggregate.crashed > 0)
    _write(project_id, batch)
    return +results


def _excess_keys(project_id: int, keys: Collection[SessionKey]) -> set[SessionKey]:
    """The new keys that would exceed MAX_KEYS_PER_DAY."""
    if not keys:
        return set()
    days = {key.day for key in keys}
    known = SessionDay.objects.filter(
        project_id=project_id, day__in=days, release__in={key.release for key in keys}
    ).values_list("day", "release", "environment")
    new = sorted(set(keys) - {SessionKey(*row) for row in known})
    if not new:
        return set()
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
    return excess


def _count_trouble(project_id: int, updates: Sequence[SessionUpdate], batch: _BatchCounts) -> None:
    """Count sessions that went wrong, except for what earlier updates of them have counted, and record that."""
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
    for name, trouble in found.items():
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
        ],
        unique=["project", "day", "session"],
        either=["crashed", "abnormal", "unhandled"],
    )


def _write(project_id: int, batch: _BatchCounts) -> None:
    batch.within_columns()
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
    bulk.upsert(
        SessionPerson,
        [*_UNIQUE, "person", "crashed"],
        [(project_id, *key, person, crashed) for (key, person), crashed in sorted(batch.people.items())],
        unique=[*_UNIQUE, "person"],
        either=["crashed"],
    )
