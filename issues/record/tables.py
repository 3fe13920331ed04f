"""The tables that a batch of events is written to, each with one statement. Called by issues.record.writer alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from issues.models import (
    Activity,
    Event,
    Grouping,
    Issue,
    IssueDay,
    IssueHour,
    IssuePerson,
    ProjectDay,
    ProjectHour,
    SampledEvent,
)
from issues.payload import fingerprint
from issues.payload.read import Occurrence
from issues.record import references
from issues.record.issue_delta import Fold, Placed
from issues.record.worth import worth
from rustrak.lib import bulk, ids

_HISTORY = {"new": Activity.Kind.CREATED, "regressed": Activity.Kind.REGRESSED}


def hour_of(occurrence: Occurrence) -> int:
    """Whole hours from 1970 to when it was ingested."""
    return int(occurrence.ingested_at.timestamp()) // 3600


def insert_people(folds: Sequence[Fold]) -> None:
    """The people whom an issue has met for the first time; also counts them in their folds."""
    pairs = [(fold.id, person) for fold in folds for person in sorted(fold.people)]
    old = {fold.id for fold in folds if not fold.first}
    asked = [pair for pair in pairs if pair[0] in old]
    known = {asked[place] for place in bulk.existing(IssuePerson, ["issue", "person"], asked)}
    new = [pair for pair in pairs if pair not in known]
    counts = Counter(issue for issue, _ in new)
    for fold in folds:
        fold.new_people = counts[fold.id]
    bulk.insert(IssuePerson, ["issue", "person"], new)


def insert_issues(project_id: int, folds: Sequence[Fold], now: datetime) -> None:
    fields = [
        "id", "project", "digest_order", "title", "type", "value", "culprit", "level", "platform", "status",
        "regressed_at", "first_seen", "last_seen", "first_release", "last_release", "first_environment",
        "last_environment", "event_count", "stored_event_count", "user_count", "created_at",
    ]  # fmt: skip
    rows = [
        (
            fold.id, project_id, fold.digest_order, fold.title, fold.first.type, fold.first.value, fold.first.culprit,
            fold.level, fold.first.platform, fold.status, None, fold.first_seen, fold.last_seen,
            fold.first_release, fold.last_release, fold.first_environment, fold.last_environment,
            fold.added, fold.stored, fold.new_people, now,
        )
        for fold in folds
        if fold.first
    ]  # fmt: skip
    bulk.insert(Issue, fields, rows)


def insert_groupings(project_id: int, keys: dict[str, tuple[UUID, str]]) -> dict[str, int]:
    """The new groupings' ids by hash."""
    if not keys:
        return {}
    rows = [(project_id, issue, key, digest, fingerprint.MECHANISM) for digest, (issue, key) in keys.items()]
    bulk.insert(Grouping, ["project", "issue", "key", "key_hash", "mechanism"], rows)
    return dict(
        Grouping.objects.filter(project_id=project_id, key_hash__in=keys).values_list("key_hash", "id")
    )


def update_issues(folds: Sequence[Fold]) -> None:
    """Counters by addition; status by what it is at this moment. In the order of ids, as every multi-row writer."""
    bulk.update(
        Issue,
        ["id", "event_count", "stored_event_count", "user_count", "level", "first_seen", "last_seen",
         "first_release", "last_release", "first_environment", "last_environment", "regressed_at"],
        [
            (fold.id, fold.added, fold.stored, fold.new_people, fold.level, fold.first_seen, fold.last_seen,
             fold.first_release, fold.last_release, fold.first_environment, fold.last_environment,
             fold.regressed_at)
            for fold in sorted(folds, key=lambda fold: fold.id)
        ],
        "event_count = issues_issue.event_count + :event_count:,"
        " stored_event_count = issues_issue.stored_event_count + :stored_event_count:,"
        " user_count = issues_issue.user_count + :user_count:, level = :level:,"
        " first_seen = :first_seen:, last_seen = :last_seen:,"
        " first_release = :first_release:, last_release = :last_release:,"
        " first_environment = :first_environment:, last_environment = :last_environment:,"
        " status = CASE issues_issue.status WHEN 'resolved' THEN 'open' ELSE issues_issue.status END,"
        " regressed_at = COALESCE(:regressed_at:, issues_issue.regressed_at)",
    )  # fmt: skip


def insert_events(project_id: int, placed: Sequence[Placed], groupings: dict[str, int]) -> None:
    stored = references.encode(
        [references.Payload(each.fold.id, each.number, each.occurrence.data) for each in placed]
    )
    values = [
        (
            each.row_id, project_id, each.fold.id, groupings[each.digest], UUID(each.occurrence.event_id),
            each.number, each.occurrence.timestamp, each.occurrence.ingested_at, each.occurrence.level,
            "" if each.occurrence.title == each.fold.title else each.occurrence.title,
            each.occurrence.platform, each.occurrence.release, each.occurrence.environment,
            worth(each.number, changed=each.kind in _HISTORY), each.rate, payload,
            [list(note) for note in each.occurrence.notes] or None,
        )
        for each, payload in zip(placed, stored, strict=True)
    ]  # fmt: skip
    bulk.insert(
        Event,
        ["id", "project", "issue", "grouping", "event_id", "digest_order", "timestamp", "ingested_at", "level",
         "own_title", "platform", "release", "environment", "worth", "sample_rate", "payload", "notes"],
        values,
    )  # fmt: skip


def insert_sampled(project_id: int, placed: Sequence[Placed], now: datetime) -> None:
    rows = [(project_id, UUID(each.occurrence.event_id), now) for each in placed]
    bulk.insert(SampledEvent, ["project", "event_id", "at"], rows)


def count_time(project_id: int, placed: Sequence[Placed]) -> None:
    """The counts per hour and day, of the issues and of the project."""
    of_issues = Counter((each.fold.id, hour_of(each.occurrence)) for each in placed)
    days: Counter[tuple[UUID, int]] = Counter()
    project_hours: Counter[int] = Counter()
    project_days: Counter[int] = Counter()
    for (issue, hour), count in of_issues.items():
        days[issue, hour // 24] += count
        project_hours[hour] += count
        project_days[hour // 24] += count
    hours = [(*key, count) for key, count in sorted(of_issues.items())]
    bulk.upsert(IssueHour, ["issue", "hour", "count"], hours, unique=["issue", "hour"], add="count")
    in_days = [(*key, count) for key, count in sorted(days.items())]
    bulk.upsert(IssueDay, ["issue", "day", "count"], in_days, unique=["issue", "day"], add="count")
    own = [(project_id, hour, count) for hour, count in sorted(project_hours.items())]
    bulk.upsert(ProjectHour, ["project", "hour", "count"], own, unique=["project", "hour"], add="count")
    own = [(project_id, day, count) for day, count in sorted(project_days.items())]
    bulk.upsert(ProjectDay, ["project", "day", "count"], own, unique=["project", "day"], add="count")


def insert_history(placed: Sequence[Placed], now: datetime) -> None:
    """What events did to their issues: made them, or brought them back."""
    rows = [
        (ids.uuid7(), each.fold.id, _HISTORY[each.kind], now, each.row_id)
        for each in placed
        if each.kind in _HISTORY
    ]
    bulk.insert(Activity, ["id", "issue", "kind", "at", "event"], rows)
