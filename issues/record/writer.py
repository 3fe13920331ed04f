"""The only way an event gets into the database: a batch of one project, one transaction, a fixed number of statements.

The batch is folded in memory into what changes per issue, then written table by table (issues.record.bulk).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.models import Project
from issues.lock import lock_project
from issues.models import Event, Grouping, Issue, IssueHour, IssuePerson
from issues.record import bulk, fingerprint, references
from issues.record.payload import Occurrence
from rustrak.lib import ids

# Keeps every statement's parameters under SQLite's limit of 32,766.
_CHUNK = 1000


class ProjectGone(LookupError):
    """The project the events were meant for has been deleted."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one stored event meant for its issue. `event_id` is the row's id, `sent_id` the SDK's (32 hex digits)."""

    kind: Literal["new", "regressed", "event"]
    issue_id: UUID
    event_id: UUID
    sent_id: str


@dataclass(slots=True)
class _Fold:
    """An issue as it will be after the batch, and how much of that the batch added."""

    id: UUID
    title: str
    status: str
    first_seen: datetime
    last_seen: datetime
    first_release: str
    last_release: str
    event_count: int
    level: int = 0
    regressed_at: datetime | None = None
    added: int = 0
    new_people: int = 0
    people: set[int] = field(default_factory=set)
    first: Occurrence | None = None  # the one that creates it, when it is new


def record(project_id: int, occurrences: Sequence[Occurrence], now: datetime) -> list[Change]:
    """Store `occurrences`, in their order, in one transaction; what changed, one Change for each event stored.

    An event whose id the project already has adds nothing anywhere, so a batch may be given again after a crash.
    Raises ProjectGone. Nothing is stored when anything is raised.
    """
    with transaction.atomic():
        lock_project(project_id)
        return store(project_id, occurrences, now)


def store(project_id: int, occurrences: Sequence[Occurrence], now: datetime) -> list[Change]:
    """As `record`, inside the caller's transaction, which has locked the project and must not outlast what is raised."""
    changes: list[Change] = []
    for start in range(0, len(occurrences), _CHUNK):
        changes += _record(project_id, occurrences[start : start + _CHUNK], now)
    return changes


def _record(project_id: int, occurrences: Sequence[Occurrence], now: datetime) -> list[Change]:
    order = _digest_order(project_id)
    fresh = _without_stored(project_id, occurrences)
    if not fresh:
        return []
    hashes = [fingerprint.key_hash(occurrence.key) for occurrence in fresh]
    found = _find(project_id, hashes)

    folds: dict[UUID, _Fold] = {issue.id: issue for _, issue in found.values()}
    by_hash: dict[str, _Fold] = {digest: folds[issue.id] for digest, (_, issue) in found.items()}
    keys: dict[str, tuple[UUID, str]] = {}
    hours: dict[tuple[UUID, int], int] = {}
    changes: list[Change] = []
    placed: list[_Fold] = []
    for occurrence, digest in zip(fresh, hashes, strict=True):
        fold = by_hash.get(digest)
        if fold is None:
            fold = by_hash[digest] = _opened(occurrence)
            folds[fold.id] = fold
            keys[digest] = (fold.id, occurrence.key)
        changes.append(Change(_add(fold, occurrence, now), fold.id, ids.uuid7(), occurrence.event_id))
        hour = (fold.id, int(occurrence.ingested_at.timestamp()) // 3600)
        hours[hour] = hours.get(hour, 0) + 1
        placed.append(fold)

    touched = [fold for fold in folds.values() if fold.added]
    people = _new_people(touched)
    _insert_issues(project_id, order, [fold for fold in touched if fold.first], now)
    groupings = {digest: grouping for digest, (grouping, _) in found.items()}
    groupings |= _insert_groupings(project_id, keys)
    _update_issues([fold for fold in touched if not fold.first])
    rows = list(zip(fresh, hashes, placed, changes, strict=True))
    _insert_events(project_id, rows, groupings)
    bulk.insert(IssuePerson, ["issue", "person"], people)
    bulk.upsert(
        IssueHour,
        ["issue", "hour", "count"],
        [(issue, hour, count) for (issue, hour), count in sorted(hours.items())],
        unique=["issue", "hour"],
        add="count",
    )
    Project.objects.filter(pk=project_id).update(
        last_digest_order=F("last_digest_order") + len(keys),
        digested_event_count=F("digested_event_count") + len(fresh),
        stored_event_count=F("stored_event_count") + len(fresh),
    )
    return changes


def _digest_order(project_id: int) -> int:
    """The number of the project's newest issue. Holds the project's row, so that it cannot go away meanwhile."""
    project = (
        Project.objects.select_for_update(no_key=True).filter(pk=project_id).values_list("last_digest_order")
    )
    if (row := project.first()) is None:
        raise ProjectGone(f"project {project_id} does not exist any more")
    return row[0]


def _without_stored(project_id: int, occurrences: Sequence[Occurrence]) -> list[Occurrence]:
    once = {UUID(occurrence.event_id): occurrence for occurrence in reversed(occurrences)}
    stored = Event.objects.filter(project_id=project_id, event_id__in=once).values_list("event_id", flat=True)
    for event_id in stored:
        del once[event_id]
    return list(reversed(once.values()))


def _find(project_id: int, hashes: Iterable[str]) -> dict[str, tuple[int, _Fold]]:
    """Of each hash that is known: its grouping's id and its issue."""
    found = {}
    folds: dict[UUID, _Fold] = {}
    for grouping in Grouping.objects.filter(project_id=project_id, key_hash__in=set(hashes)).values(
        "key_hash", "id", "issue_id", "issue__title", "issue__status", "issue__first_seen", "issue__last_seen",
        "issue__first_release", "issue__last_release", "issue__event_count",
    ):  # fmt: skip
        issue = grouping["issue_id"]
        if issue not in folds:
            folds[issue] = _Fold(
                id=issue,
                title=grouping["issue__title"],
                status=grouping["issue__status"],
                first_seen=grouping["issue__first_seen"],
                last_seen=grouping["issue__last_seen"],
                first_release=grouping["issue__first_release"],
                last_release=grouping["issue__last_release"],
                event_count=grouping["issue__event_count"],
            )
        found[grouping["key_hash"]] = (grouping["id"], folds[issue])
    return found


def _opened(first: Occurrence) -> _Fold:
    return _Fold(
        id=ids.uuid7(),
        title=first.title,
        status=Issue.Status.OPEN,
        first_seen=first.timestamp,
        last_seen=first.timestamp,
        first_release=first.release,
        last_release=first.release,
        event_count=0,
        first=first,
    )


def _add(fold: _Fold, occurrence: Occurrence, now: datetime) -> Literal["new", "regressed", "event"]:
    """Count `occurrence` in. The title stays the first event's; level and last release are the latest's."""
    kind: Literal["new", "regressed", "event"] = "new" if fold.first is occurrence else "event"
    if fold.status == Issue.Status.RESOLVED:
        kind, fold.status, fold.regressed_at = "regressed", Issue.Status.OPEN, now
    fold.added += 1
    fold.level = occurrence.level
    fold.first_seen = min(fold.first_seen, occurrence.timestamp)
    fold.last_seen = max(fold.last_seen, occurrence.timestamp)
    fold.first_release = fold.first_release or occurrence.release
    fold.last_release = occurrence.release or fold.last_release
    if occurrence.person is not None:
        fold.people.add(occurrence.person)
    return kind


def _new_people(folds: Sequence[_Fold]) -> list[tuple[UUID, int]]:
    """The pairs of issue and person not stored yet; also counts them in their folds."""
    known: set[tuple[UUID, int]] = set()
    old = [fold for fold in folds if fold.people and not fold.first]
    if old:
        known = set(
            IssuePerson.objects.filter(
                issue__in=[fold.id for fold in old],
                person__in=set().union(*(fold.people for fold in old)),
            ).values_list("issue_id", "person")
        )
    pairs: list[tuple[UUID, int]] = []
    for fold in folds:
        mine = [(fold.id, person) for person in sorted(fold.people) if (fold.id, person) not in known]
        fold.new_people = len(mine)
        pairs += mine
    return pairs


def _insert_issues(project_id: int, order: int, folds: Sequence[_Fold], now: datetime) -> None:
    fields = [
        "id", "project", "digest_order", "title", "type", "value", "culprit", "level", "platform", "status",
        "regressed_at", "first_seen", "last_seen", "first_release", "last_release", "event_count",
        "stored_event_count", "user_count", "created_at",
    ]  # fmt: skip
    rows = [
        (
            fold.id, project_id, number, fold.title, fold.first.type, fold.first.value, fold.first.culprit,
            fold.level, fold.first.platform, fold.status, None, fold.first_seen, fold.last_seen,
            fold.first_release, fold.last_release, fold.added, fold.added, fold.new_people, now,
        )
        for number, fold in enumerate(folds, order + 1)
        if fold.first
    ]  # fmt: skip
    bulk.insert(Issue, fields, rows)


def _insert_groupings(project_id: int, keys: dict[str, tuple[UUID, str]]) -> dict[str, int]:
    """The new groupings' ids by hash."""
    if not keys:
        return {}
    rows = [(project_id, issue, key, digest, fingerprint.MECHANISM) for digest, (issue, key) in keys.items()]
    bulk.insert(Grouping, ["project", "issue", "key", "key_hash", "mechanism"], rows)
    return dict(
        Grouping.objects.filter(project_id=project_id, key_hash__in=keys).values_list("key_hash", "id")
    )


def _update_issues(folds: Sequence[_Fold]) -> None:
    """Counters by addition; status by what it is at this moment. In the order of ids, as every multi-row writer."""
    bulk.update(
        Issue,
        ["id", "event_count", "user_count", "level", "first_seen", "last_seen", "first_release", "last_release",
         "regressed_at"],
        [
            (fold.id, fold.added, fold.new_people, fold.level, fold.first_seen, fold.last_seen, fold.first_release,
             fold.last_release, fold.regressed_at)
            for fold in sorted(folds, key=lambda fold: fold.id)
        ],
        "event_count = issues_issue.event_count + :event_count:,"
        " stored_event_count = issues_issue.stored_event_count + :event_count:,"
        " user_count = issues_issue.user_count + :user_count:, level = :level:,"
        " first_seen = :first_seen:, last_seen = :last_seen:,"
        " first_release = :first_release:, last_release = :last_release:,"
        " status = CASE issues_issue.status WHEN 'resolved' THEN 'open' ELSE issues_issue.status END,"
        " regressed_at = COALESCE(:regressed_at:, issues_issue.regressed_at)",
    )  # fmt: skip


def _insert_events(
    project_id: int, rows: Sequence[tuple[Occurrence, str, _Fold, Change]], groupings: dict[str, int]
) -> None:
    """Number each event within its issue, from the issue's count before the batch."""
    numbers = []
    for _, _, fold, _ in rows:
        fold.event_count += 1
        numbers.append(fold.event_count)
    stored = references.encode(
        [
            references.Payload(fold.id, number, occurrence.data)
            for (occurrence, _, fold, _), number in zip(rows, numbers, strict=True)
        ]
    )
    values = [
        (
            change.event_id, project_id, fold.id, groupings[digest], UUID(occurrence.event_id), number,
            occurrence.timestamp, occurrence.ingested_at, occurrence.level,
            "" if occurrence.title == fold.title else occurrence.title, occurrence.platform,
            occurrence.release, occurrence.environment, payload,
        )
        for (occurrence, digest, fold, change), number, payload in zip(rows, numbers, stored, strict=True)
    ]  # fmt: skip
    bulk.insert(
        Event,
        ["id", "project", "issue", "grouping", "event_id", "digest_order", "timestamp", "ingested_at", "level",
         "own_title", "platform", "release", "environment", "payload"],
        values,
    )  # fmt: skip
