"""Stores events: a batch of one project in one transaction and a fixed number of statements. Nothing else does.

The batch is summed up in memory into what it changes in each issue (issues.record.issue_delta), then written table by
table (issues.record.tables, tag_counts, references).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.models import Project
from issues.lock import lock_project
from issues.models import Event, Grouping, IssueHour, SampledEvent
from issues.payload import fingerprint
from issues.payload.read import Occurrence
from issues.record import issue_delta, tables, tag_counts
from issues.record.issue_delta import ChangeKind, IssueDelta, NewEvent
from issues.record.sampling import SamplingRule
from rustrak.lib import bulk, ids

# Keeps every statement's parameters under SQLite's limit of 32,766.
_CHUNK = 1000


class ProjectGone(LookupError):
    """The project that the events were sent to has been deleted."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one event did to its issue.

    `event_id` is the id of the event's row (a sampled event has none: the id is unused), `sent_id` is the SDK's id (32
    hex digits), `order` the issue's number in its project.
    """

    kind: ChangeKind
    issue_id: UUID
    event_id: UUID
    sent_id: str
    order: int


def record(
    project_id: int, occurrences: Sequence[Occurrence], now: datetime, sample: SamplingRule | None = None
) -> list[Change]:
    """Store events in their order, in one transaction. Returns a Change for each event that was not known before.

    An event whose id the project already has changes nothing, so a batch may be recorded again after a crash. With
    `sample`, some events of issues that exceed the rule's budget are counted and not stored. Raises ProjectGone. When
    anything is raised nothing is stored.
    """
    with transaction.atomic():
        lock_project(project_id)
        return store(project_id, occurrences, now, sample)


def store(
    project_id: int, occurrences: Sequence[Occurrence], now: datetime, sample: SamplingRule | None = None
) -> list[Change]:
    """The same as `record` inside the caller's transaction, which must hold the project's lock.

    When anything is raised the caller must roll the transaction back.
    """
    changes: list[Change] = []
    for start in range(0, len(occurrences), _CHUNK):
        changes += _store(project_id, occurrences[start : start + _CHUNK], now, sample)
    return changes


@dataclass(slots=True)
class _Batch:
    """New events with their issues, known and new. `new_keys` are (issue id, key) by hash of groupings to insert."""

    events: list[NewEvent]
    issues: list[IssueDelta]
    groupings: dict[str, int]
    new_keys: dict[str, tuple[UUID, str]]
    digest_order: int


def _store(
    project_id: int, occurrences: Sequence[Occurrence], now: datetime, sample: SamplingRule | None
) -> list[Change]:
    digest_order = _last_digest_order(project_id)
    unseen = _unseen(project_id, occurrences)
    if not unseen:
        return []
    batch = _assign(project_id, unseen, digest_order, now, sample)
    _write(project_id, batch, now)
    return [
        Change(event.kind, event.issue.id, event.row_id, event.occurrence.event_id, event.issue.digest_order)
        for event in batch.events
    ]


def _assign(
    project_id: int,
    occurrences: Sequence[Occurrence],
    digest_order: int,
    now: datetime,
    sample: SamplingRule | None,
) -> _Batch:
    """Find or create the issue of each event and count the event in it, in memory; reads but writes nothing."""
    hashes = [fingerprint.key_hash(occurrence.key) for occurrence in occurrences]
    known = _known_groupings(project_id, hashes)
    issues = {issue.id: issue for _, issue in known.values()}
    by_hash = {key_hash: issue for key_hash, (_, issue) in known.items()}
    in_hour = _events_in_hours(issues, occurrences) if sample else Counter()
    new_keys: dict[str, tuple[UUID, str]] = {}
    events: list[NewEvent] = []
    for occurrence, key_hash in zip(occurrences, hashes, strict=True):
        issue = by_hash.get(key_hash)
        if issue is None:
            digest_order += 1
            issue = by_hash[key_hash] = issue_delta.new_issue(occurrence, digest_order)
            issues[issue.id] = issue
            new_keys[key_hash] = (issue.id, occurrence.key)
        kind = issue_delta.add(issue, occurrence, now)
        rate = 1
        if sample:
            hour = (issue.id, tables.hour_of(occurrence))
            in_hour[hour] += 1
            # An event that created or reopened its issue is always stored.
            if kind is ChangeKind.EVENT and not (rate := sample.stored(in_hour[hour])):
                kind = ChangeKind.SAMPLED
        issue.stored += bool(rate)
        events.append(NewEvent(occurrence, key_hash, issue, kind, ids.uuid7(), issue.event_count, rate))
    groupings = {key_hash: grouping for key_hash, (grouping, _) in known.items()}
    return _Batch(events, list(issues.values()), groupings, new_keys, digest_order)


def _write(project_id: int, batch: _Batch, now: datetime) -> None:
    """Write a batch, table by table."""
    events = batch.events
    tables.insert_people(batch.issues)
    tables.insert_issues(project_id, [issue for issue in batch.issues if issue.first], now)
    groupings = batch.groupings | tables.insert_groupings(project_id, batch.new_keys)
    tables.update_issues([issue for issue in batch.issues if not issue.first])
    tables.insert_events(project_id, [event for event in events if event.rate], groupings)
    tables.insert_sampled(project_id, [event for event in events if not event.rate], now)
    tables.count_time(project_id, events)
    tables.insert_history(events, now)
    tag_counts.add((event.issue.id, event.occurrence) for event in events)
    Project.objects.filter(pk=project_id).update(
        last_digest_order=batch.digest_order,
        digested_event_count=F("digested_event_count") + len(events),
        stored_event_count=F("stored_event_count") + sum(issue.stored for issue in batch.issues),
    )


def _last_digest_order(project_id: int) -> int:
    """The number of the project's newest issue. Locks the project's row, so that it cannot be deleted meanwhile."""
    project = Project.objects.select_for_update(no_key=True).filter(pk=project_id, deleting_at=None)
    if (row := project.values_list("last_digest_order").first()) is None:
        raise ProjectGone(f"project {project_id} does not exist any more")
    return row[0]


def _unseen(project_id: int, occurrences: Sequence[Occurrence]) -> list[Occurrence]:
    """The events that were neither stored nor counted before, each id once, in their order."""
    by_id: dict[UUID, Occurrence] = {}
    for occurrence in occurrences:
        by_id.setdefault(UUID(occurrence.event_id), occurrence)
    rows = [(project_id, event_id) for event_id in by_id]
    seen = bulk.existing(Event, ["project", "event_id"], rows)
    seen |= bulk.existing(SampledEvent, ["project", "event_id"], rows)
    return [occurrence for index, occurrence in enumerate(by_id.values()) if index not in seen]


def _known_groupings(project_id: int, hashes: Iterable[str]) -> dict[str, tuple[int, IssueDelta]]:
    """The id and the issue of the groupings that exist, by hash."""
    found = {}
    issues: dict[UUID, IssueDelta] = {}
    for grouping in Grouping.objects.filter(project_id=project_id, key_hash__in=set(hashes)).values(
        "key_hash", "id", "issue_id", *(f"issue__{name}" for name in issue_delta.READ)
    ):
        issue_id = grouping["issue_id"]
        if issue_id not in issues:
            columns = {name: grouping[f"issue__{name}"] for name in issue_delta.READ}
            issues[issue_id] = IssueDelta(id=issue_id, **columns)
        found[grouping["key_hash"]] = (grouping["id"], issues[issue_id])
    return found


def _events_in_hours(issues: Iterable[UUID], occurrences: Iterable[Occurrence]) -> Counter[tuple[UUID, int]]:
    """How many events these issues had before the batch, by issue and hour, in the hours of `occurrences`."""
    hours = {tables.hour_of(occurrence) for occurrence in occurrences}
    counts = IssueHour.objects.filter(issue__in=list(issues), hour__in=hours)
    return Counter(
        {(issue, hour): count for issue, hour, count in counts.values_list("issue", "hour", "count")}
    )
