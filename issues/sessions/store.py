"""Sessions counted per release, environment and day: in a number of statements that does not grow with the batch.

A session counts into `total` when it begins, and once into each of the other counts however many updates say so:
what went wrong with it is remembered as a TroubledSession for as long as updates may come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count

from issues.models import SessionDay, SessionPerson, TroubledSession
from issues.record.items import Item, ItemOutcome, Result, Results
from issues.sessions.item import Bucket, Key, Unusable, Update, read_aggregates, read_update
from rustrak.lib import bulk

# Releases and environments of one project on one day: the key is public, so somebody may make them up.
MOST_A_DAY = 1000

_UNIQUE = ["project", "day", "release", "environment"]


@dataclass(slots=True)
class _Counts:
    total: int = 0
    errored: int = 0
    crashed: int = 0
    abnormal: int = 0
    unhandled: int = 0


@dataclass(slots=True)
class _Trouble:
    """How a session went wrong, and what of that is counted already."""

    key: Key
    crashed: bool = False
    abnormal: bool = False
    unhandled: bool = False


@dataclass(slots=True)
class _Fold:
    """What a batch adds."""

    days: dict[Key, _Counts] = field(default_factory=dict)
    people: dict[tuple[Key, int], bool] = field(default_factory=dict)

    def of(self, key: Key) -> _Counts:
        return self.days.setdefault(key, _Counts())

    def met(self, key: Key, person: int | None, crashed: bool) -> None:
        if person is not None:
            self.people[key, person] = self.people.get((key, person), False) or crashed


def record_updates(project_id: int, items: Sequence[Item], now: datetime) -> Results:
    """Count the `session` items, inside the project's transaction; the result of each."""
    results: Results = Counter()
    updates: list[Update] = []
    for item in items:
        try:
            updates.append(read_update(_data(item), item.received_at, item.sent_at))
        except Unusable as error:
            results[Result(ItemOutcome.INVALID, error.reason)] += 1
    crowded = _crowded(project_id, {update.key for update in updates})
    kept = [update for update in updates if update.key not in crowded]
    results[Result(ItemOutcome.INVALID, "too_many_releases")] += len(updates) - len(kept)
    results[Result(ItemOutcome.STORED)] += len(kept)
    fold = _Fold()
    for update in kept:
        fold.of(update.key).total += update.begins
        fold.met(update.key, update.person, update.crashed)
    _count_trouble(project_id, [update for update in kept if update.errored], fold)
    _write(project_id, fold)
    return +results


def record_aggregates(project_id: int, items: Sequence[Item], now: datetime) -> Results:
    """Count the `sessions` items, inside the project's transaction; the result of each."""
    results: Results = Counter()
    read: list[list[Bucket]] = []
    for item in items:
        try:
            read.append(read_aggregates(_data(item), item.received_at, item.sent_at))
        except Unusable as error:
            results[Result(ItemOutcome.INVALID, error.reason)] += 1
    crowded = _crowded(project_id, {bucket.key for buckets in read for bucket in buckets})
    fold = _Fold()
    for buckets in read:
        kept = [bucket for bucket in buckets if bucket.key not in crowded]
        results[Result(ItemOutcome.STORED) if kept else Result(ItemOutcome.INVALID, "too_many_releases")] += 1
        for bucket in kept:
            counts = fold.of(bucket.key)
            counts.total += bucket.total
            counts.errored += bucket.errored
            counts.crashed += bucket.crashed
            counts.abnormal += bucket.abnormal
            counts.unhandled += bucket.unhandled
            fold.met(bucket.key, bucket.person, bucket.crashed > 0)
    _write(project_id, fold)
    return +results


def _data(item: Item) -> bytes:
    return item.data if item.path is None else item.path.read_bytes()


def _crowded(project_id: int, keys: Collection[Key]) -> set[Key]:
    """Those of `keys` that are new and for which their day has no room."""
    if not keys:
        return set()
    days = {key.day for key in keys}
    known = SessionDay.objects.filter(
        project_id=project_id, day__in=days, release__in={key.release for key in keys}
    ).values_list("day", "release", "environment")
    fresh = sorted(set(keys) - {Key(*row) for row in known})
    if not fresh:
        return set()
    counted = (
        SessionDay.objects.filter(project_id=project_id, day__in=days)
        .values_list("day")
        .annotate(Count("pk"))
    )
    room = {day: MOST_A_DAY - count for day, count in counted.order_by()}
    crowded: set[Key] = set()
    for key in fresh:
        room[key.day] = room.get(key.day, MOST_A_DAY) - 1
        if room[key.day] < 0:
            crowded.add(key)
    return crowded


def _count_trouble(project_id: int, updates: Sequence[Update], fold: _Fold) -> None:
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
        counts, before = fold.of(trouble.key), known.get(name)
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


def _write(project_id: int, fold: _Fold) -> None:
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
            for key, counts in sorted(fold.days.items())
        ],
        unique=_UNIQUE,
        add=["total", "errored", "crashed", "abnormal", "unhandled"],
    )
    bulk.upsert(
        SessionPerson,
        [*_UNIQUE, "person", "crashed"],
        [(project_id, *key, person, crashed) for (key, person), crashed in sorted(fold.people.items())],
        unique=[*_UNIQUE, "person"],
        either=["crashed"],
    )
