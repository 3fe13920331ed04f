"""The only way an event gets into the database: a batch of one project, one transaction, a fixed number of statements.

The batch is folded in memory into what changes per issue (issues.record.issue_delta), then written table by table
(issues.record.tables, tag_counts, references).
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
from issues.record.issue_delta import Fold, Kind, Placed
from issues.record.sampling import Rule
from rustrak.lib import bulk, ids

# Keeps every statement's parameters under SQLite's limit of 32,766.
_CHUNK = 1000


class ProjectGone(LookupError):
    """The project the events were meant for has been deleted."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one event meant for its issue, whose number in the project is `order`.

    `event_id` is the row's id (of a sampled one: of none), `sent_id` the SDK's (32 hex digits).
    """

    kind: Kind
    issue_id: UUID
    event_id: UUID
    sent_id: str
    order: int


def record(
    project_id: int, occurrences: Sequence[Occurrence], now: datetime, sample: Rule | None = None
) -> list[Change]:
    """Store `occurrences`, in their order, in one transaction; what changed, one Change for each event not seen before.

    An event whose id the project already has adds nothing anywhere, so a batch may be given again after a crash.
    With `sample` an issue that is noisier than the rule allows has some of its events counted only. Raises ProjectGone.
    Nothing is stored when anything is raised.
    """
    with transaction.atomic():
        lock_project(project_id)
        return store(project_id, occurrences, now, sample)


def store(
    project_id: int, occurrences: Sequence[Occurrence], now: datetime, sample: Rule | None = None
) -> list[Change]:
    """As `record`, inside the caller's transaction, which has locked the project and must not outlast what is raised."""
    changes: list[Change] = []
    for start in range(0, len(occurrences), _CHUNK):
        changes += _record(project_id, occurrences[start : start + _CHUNK], now, sample)
    return changes


def _record(
    project_id: int, occurrences: Sequence[Occurrence], now: datetime, sample: Rule | None
) -> list[Change]:
    order = _digest_order(project_id)
    fresh = _not_seen(project_id, occurrences)
    if not fresh:
        return []
    hashes = [fingerprint.key_hash(occurrence.key) for occurrence in fresh]
    found = _find(project_id, hashes)
    folds = {issue.id: issue for _, issue in found.values()}
    by_hash = {digest: folds[issue.id] for digest, (_, issue) in found.items()}
    loudness = _loudness(folds, fresh) if sample else Counter()
    keys: dict[str, tuple[UUID, str]] = {}
    placed: list[Placed] = []
    for occurrence, digest in zip(fresh, hashes, strict=True):
        issue = by_hash.get(digest)
        if issue is None:
            order += 1
            issue = by_hash[digest] = issue_delta.opened(occurrence, order)
            folds[issue.id] = issue
            keys[digest] = (issue.id, occurrence.key)
        kind = issue_delta.add(issue, occurrence, now)
        rate = 1
        if sample:
            hour = (issue.id, tables.hour_of(occurrence))
            loudness[hour] += 1
            # What changed an issue's state is always kept.
            rate = sample.stored(loudness[hour]) if kind == "event" else 1
        issue.stored += bool(rate)
        kind = kind if rate else "sampled"
        placed.append(Placed(occurrence, digest, issue, kind, ids.uuid7(), issue.event_count, rate))

    touched = [issue for issue in folds.values() if issue.added]
    tables.insert_people(touched)
    tables.insert_issues(project_id, [issue for issue in touched if issue.first], now)
    groupings = {digest: grouping for digest, (grouping, _) in found.items()}
    groupings |= tables.insert_groupings(project_id, keys)
    tables.update_issues([issue for issue in touched if not issue.first])
    tables.insert_events(project_id, [each for each in placed if each.rate], groupings)
    tables.insert_sampled(project_id, [each for each in placed if not each.rate], now)
    tables.count_time(project_id, placed)
    tables.insert_history(placed, now)
    tag_counts.add((each.fold.id, each.occurrence) for each in placed)
    Project.objects.filter(pk=project_id).update(
        last_digest_order=order,
        digested_event_count=F("digested_event_count") + len(fresh),
        stored_event_count=F("stored_event_count") + sum(issue.stored for issue in touched),
    )
    return [
        Change(each.kind, each.fold.id, each.row_id, each.occurrence.event_id, each.fold.digest_order)
        for each in placed
    ]


def _digest_order(project_id: int) -> int:
    """The number of the project's newest issue. Holds the project's row, so that it cannot go away meanwhile."""
    project = Project.objects.select_for_update(no_key=True).filter(pk=project_id, deleting_at=None)
    if (row := project.values_list("last_digest_order").first()) is None:
        raise ProjectGone(f"project {project_id} does not exist any more")
    return row[0]


def _not_seen(project_id: int, occurrences: Sequence[Occurrence]) -> list[Occurrence]:
    """Each of the events once, at its first place, without those that were stored or counted before."""
    once: dict[UUID, Occurrence] = {}
    for occurrence in occurrences:
        once.setdefault(UUID(occurrence.event_id), occurrence)
    asked = [(project_id, event_id) for event_id in once]
    seen = bulk.existing(Event, ["project", "event_id"], asked)
    seen |= bulk.existing(SampledEvent, ["project", "event_id"], asked)
    return [occurrence for place, occurrence in enumerate(once.values()) if place not in seen]


def _find(project_id: int, hashes: Iterable[str]) -> dict[str, tuple[int, Fold]]:
    """Of each hash that is known: its grouping's id and its issue."""
    found = {}
    folds: dict[UUID, Fold] = {}
    for grouping in Grouping.objects.filter(project_id=project_id, key_hash__in=set(hashes)).values(
        "key_hash", "id", "issue_id", *(f"issue__{name}" for name in issue_delta.READ)
    ):
        issue = grouping["issue_id"]
        if issue not in folds:
            folds[issue] = Fold(id=issue, **{name: grouping[f"issue__{name}"] for name in issue_delta.READ})
        found[grouping["key_hash"]] = (grouping["id"], folds[issue])
    return found


def _loudness(folds: Iterable[UUID], fresh: Iterable[Occurrence]) -> Counter[tuple[UUID, int]]:
    """How many events these issues had before the batch in the hours it is about."""
    hours = {tables.hour_of(occurrence) for occurrence in fresh}
    counts = IssueHour.objects.filter(issue__in=list(folds), hour__in=hours)
    return Counter(
        {(issue, hour): count for issue, hour, count in counts.values_list("issue", "hour", "count")}
    )
