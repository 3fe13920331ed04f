"""Writes a batch of events to its tables, each with one statement. Only issues.record.writer calls these functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter

from issues import usage
from issues.models import (
    Activity,
    Event,
    Grouping,
    Issue,
    IssueDay,
    IssueHour,
    ProjectDay,
    ProjectHour,
    SampledEvent,
)
from issues.models.grouping import KEY_BYTES
from issues.record import references, trends
from issues.record.issue_delta import ChangeKind, GroupingDelta, IssueDelta, NewEvent
from issues.record.worth import worth
from rustrak.lib import bulk, ids

# A tuple: to hash an enum's member takes longer than to compare it.
_CHANGED_STATE = (ChangeKind.NEW, ChangeKind.REGRESSED, ChangeKind.UNMUTED)
_id = attrgetter("id.int")
_grouping_id = attrgetter("id")


def insert_issues(project_id: int, issues: Sequence[IssueDelta], now: datetime) -> None:
    """Insert the issues that the batch creates."""
    fields = [
        "id", "project", "digest_order", "title", "type", "value", "culprit", "level", "platform", "status",
        "first_seen", "last_seen", "first_release", "last_release", "first_environment",
        "last_environment", "event_count", "stored_event_count", "user_count", "trend", "usual", "opened_at",
        "created_at",
    ]  # fmt: skip
    rows = [
        (
            issue.id, project_id, issue.digest_order, issue.title, issue.first.type, issue.first.value,
            issue.first.culprit, issue.level, issue.first.platform,
            issue.status, issue.first_seen, issue.last_seen, issue.first_release, issue.last_release, issue.first_environment,
            issue.last_environment, issue.added, issue.stored, issue.new_people, *_trends(issue), now,
            now,
        )
        for issue in issues
        if issue.first
    ]  # fmt: skip
    bulk.insert(Issue, fields, rows)


def _trends(issue: IssueDelta) -> tuple[float, float]:
    """The issue's `trend` and `usual` after the batch."""
    trend, usual = issue.trend, issue.usual
    for hour, count in _hours(issue).items():
        trend = trends.added(trend, hour, count, trends.RECENT)
        usual = trends.added(usual, hour, count, trends.LONG)
    return trend, usual


def _hours(issue: IssueDelta) -> Mapping[int, int]:
    """How many events of the batch the issue has in which hours."""
    if len(issue.groupings) == 1:
        return issue.groupings[0].hours
    hours: Counter[int] = Counter()
    for grouping in issue.groupings:
        hours.update(grouping.hours)
    return hours


def issue_bytes(issues: Sequence[IssueDelta], groupings: Sequence[GroupingDelta]) -> int:
    """About how many bytes new issues and new groupings take."""
    size = sum(min(len(grouping.key), KEY_BYTES) for grouping in groupings)
    for issue in issues:
        if first := issue.first:
            size += usage.ISSUE + len(issue.title) + len(first.value)
    return size


def insert_groupings(project_id: int, groupings: Sequence[GroupingDelta]) -> None:
    """Insert groupings and set their ids. Their issues may be inserted later in the transaction."""
    if not groupings:
        return
    rows = [
        (
            project_id, grouping.issue.id, *beginning(grouping.key), grouping.key_hash, grouping.mechanism,
            grouping.smart_hash, grouping.is_counted,
        )
        for grouping in groupings
    ]  # fmt: skip
    bulk.insert(
        Grouping,
        ["project", "issue", "key", "cut_from", "key_hash", "mechanism", "smart_hash", "is_counted"],
        rows,
    )
    hashes = [grouping.key_hash for grouping in groupings]
    inserted = Grouping.objects.filter(project_id=project_id, key_hash__in=hashes)
    found = dict(inserted.values_list("key_hash", "id"))
    for grouping in groupings:
        grouping.id = found[grouping.key_hash]


def beginning(key: str) -> tuple[str, int]:
    """What is stored of a grouping key: whole characters of its first KEY_BYTES bytes, and its length in characters if
    that is not all of it, else 0."""
    # A character has at most four bytes: a longer part of the key is not encoded to be thrown away.
    start = key[:KEY_BYTES].encode()
    if len(start) <= KEY_BYTES and len(key) <= KEY_BYTES:
        return key, 0
    return start[:KEY_BYTES].decode(errors="ignore"), len(key)


# What every event changes, and what few change. SQLite writes an index anew for each column that is assigned, changed or not, and
# `status` is in most indexes.
_ALWAYS = (
    "event_count = issues_issue.event_count + :event_count:,"
    " stored_event_count = issues_issue.stored_event_count + :stored_event_count:,"
    " user_count = issues_issue.user_count + :user_count:, level = :level:, last_seen = :last_seen:,"
    " last_release = :last_release:, last_environment = :last_environment:, trend = :trend:, usual = :usual:"
)
_REWRITTEN = (
    _ALWAYS + ", first_seen = :first_seen:, first_release = :first_release:,"
    " first_environment = :first_environment:"
)
_FIELDS = [
    "id", "event_count", "stored_event_count", "user_count", "level", "last_seen", "last_release", "last_environment",
    "trend", "usual",
]  # fmt: skip
_MORE_FIELDS = [*_FIELDS, "first_seen", "first_release", "first_environment"]


def update_issues(issues: Sequence[IssueDelta]) -> None:
    """Update issues that existed before the batch.

    Counters are added to; states are written by issues.record.steps.states. Rows are updated in the order of
    their ids, as every writer of several rows does, so that no two writers can deadlock.
    """
    usual: list[tuple[object, ...]] = []
    rewritten: list[tuple[object, ...]] = []
    for issue in sorted(issues, key=_id):
        row = (
            issue.id, issue.added, issue.stored, issue.new_people, issue.level, issue.last_seen, issue.last_release,
            issue.last_environment, *_trends(issue),
        )  # fmt: skip
        if issue.is_rewritten:
            first = (issue.first_seen, issue.first_release, issue.first_environment)
            rewritten.append((*row, *first))
        else:
            usual.append(row)
    bulk.update(Issue, _FIELDS, usual, _ALWAYS)
    bulk.update(Issue, _MORE_FIELDS, rewritten, _REWRITTEN)


def insert_events(project_id: int, events: Sequence[NewEvent]) -> int:
    """Insert events with their payloads. Returns about how many bytes they take."""
    stored = references.encode(
        project_id,
        [references.Payload(event.issue.id, event.number, event.occurrence.data) for event in events],
    )
    values = [
        (
            event.row_id, project_id, event.issue.id, event.grouping.id, event.sent_id,
            event.number, event.occurrence.timestamp, event.occurrence.ingested_at, event.occurrence.level,
            "" if event.occurrence.title == event.issue.title else event.occurrence.title,
            event.occurrence.platform, event.occurrence.release, event.occurrence.environment,
            worth(event.number, changed=event.kind in _CHANGED_STATE), event.rate, payload,
            [list(note) for note in event.occurrence.notes] or None,
        )
        for event, payload in zip(events, stored, strict=True)
    ]  # fmt: skip
    bulk.insert(
        Event,
        ["id", "project", "issue", "grouping", "event_id", "digest_order", "timestamp", "ingested_at", "level",
         "own_title", "platform", "release", "environment", "worth", "sample_rate", "payload", "notes"],
        values,
    )  # fmt: skip
    notes = [note for event in events for note in event.occurrence.notes]
    note_bytes = sum(usage.NOTE + len(note.field) + len(note.detail) for note in notes)
    return sum(map(len, stored)) + len(events) * usage.EVENT + note_bytes


def insert_sampled(project_id: int, events: Sequence[NewEvent], now: datetime) -> None:
    """Insert the ids of events that are only counted."""
    rows = [(project_id, event.sent_id, now) for event in events]
    bulk.insert(SampledEvent, ["project", "event_id", "at"], rows)


def count_time(project_id: int, issues: Sequence[IssueDelta]) -> None:
    """Add to the counts per hour and per day, of the issues' groupings and of the project."""
    hours: list[tuple[int, int, int]] = []
    in_days: list[tuple[int, int, int]] = []
    project_hours: Counter[int] = Counter()
    project_days: Counter[int] = Counter()
    groupings = [grouping for issue in issues for grouping in issue.groupings]
    groupings.sort(key=_grouping_id)
    for grouping in groupings:
        days: dict[int, int] = {}
        for hour, count in sorted(grouping.hours.items()):
            hours.append((grouping.id, hour, count))
            days[hour // 24] = days.get(hour // 24, 0) + count
            project_hours[hour] += count
        for day, count in days.items():
            in_days.append((grouping.id, day, count))
            project_days[day] += count
    bulk.upsert(IssueHour, ["grouping", "hour", "count"], hours, unique=["grouping", "hour"], add="count")
    bulk.upsert(IssueDay, ["grouping", "day", "count"], in_days, unique=["grouping", "day"], add="count")
    own = [(project_id, hour, count) for hour, count in sorted(project_hours.items())]
    bulk.upsert(ProjectHour, ["project", "hour", "count"], own, unique=["project", "hour"], add="count")
    own = [(project_id, day, count) for day, count in sorted(project_days.items())]
    bulk.upsert(ProjectDay, ["project", "day", "count"], own, unique=["project", "day"], add="count")


def insert_history(events: Sequence[NewEvent], now: datetime) -> int:
    """Write into the issues' history which events created them. Returns how many did."""
    rows = [
        (ids.uuid7(), event.issue.id, Activity.Kind.CREATED, now, event.row_id)
        for event in events
        if event.kind is ChangeKind.NEW
    ]
    bulk.insert(Activity, ["id", "issue", "kind", "at", "event"], rows)
    return len(rows)
