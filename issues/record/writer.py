"""Stores events: a batch of one project in one transaction and a fixed number of statements. Nothing else does.

The batch is summed up in memory into what it changes in each issue (issues.record.issue_delta), then written table by
table (issues.record.tables, tag_counts, references).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from accounts.models import Project
from issues import usage
from issues.lock import lock_project
from issues.models import Event, IssueHour, SampledEvent
from issues.payload.read import Occurrence
from issues.record import issue_delta, news, people, tables, tag_counts
from issues.record.issue_delta import ChangeKind, GroupingDelta, IssueDelta, NewEvent
from issues.record.sampling import SamplingRule
from issues.record.steps import groupings, own_counts, owners, releases, states
from issues.record.steps.groupings import TRANSITION, Mechanisms
from issues.record.words import issue_text
from rustrak.lib import bulk, ids

# Keeps every statement's parameters under SQLite's limit of 32,766.
_CHUNK = 1000
# Retention deletes events past their share within a minute. What comes faster than it deletes is only counted, past so
# many percent of the share; events that create or reopen issues, past the second number.
COUNTED_PAST, ALL_COUNTED_PAST = 120, 150


class ProjectGone(LookupError):
    """The project that the events were sent to has been deleted."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one event did to its issue. One that was LEFT_OUT has none: `issue_id` and `event_id` are nil, `order` is 0.

    `event_id` is the id of the event's row (one that was only counted has none: the id is unused), `sent_id` is the SDK's id (32
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
    """New events with their issues, known and new, and the `groupings` to insert. `held` are the issues that were not open before.
    `left_out` are the events that would need one issue too many."""

    events: list[NewEvent]
    left_out: list[Occurrence]
    issues: list[IssueDelta]
    held: list[IssueDelta]
    groupings: list[GroupingDelta]
    digest_order: int


def _store(
    project_id: int, occurrences: Sequence[Occurrence], now: datetime, sample: SamplingRule | None
) -> list[Change]:
    before = _lock_row(project_id, now)
    unseen = _unseen(project_id, occurrences, before.has_sampled)
    if not unseen:
        return []
    batch = _assign(project_id, unseen, before, now, sample)
    _write(project_id, batch, before, now)
    changes = [
        Change(
            _kind(event), event.issue.id, event.row_id, event.occurrence.event_id, event.issue.digest_order
        )
        for event in batch.events
    ]
    for occurrence in batch.left_out:
        changes.append(Change(ChangeKind.LEFT_OUT, _NIL, _NIL, occurrence.event_id, 0))
    return changes


def _kind(event: NewEvent) -> ChangeKind:
    if event.rate or event.kind is ChangeKind.SAMPLED:
        return event.kind
    return ChangeKind.COUNTED


_NIL = UUID(int=0)


@dataclass(frozen=True, slots=True)
class _Before:
    """A project before a batch: the number of its newest issue, and what it may still store: issues in rows, what is
    counted of them (tags, users) in bytes. `full` is how much it keeps, in percent of what it may (usage.percent).
    `text_version` and `ownership_version` are those of the project. `has_sampled`: some events were counted and not stored.
    `has_rules`: an alert rule may want to know what changes; `watches_volume`: also how many events each issue has."""

    digest_order: int
    issues_left: int
    room: int
    full: int
    has_rules: bool
    watches_volume: bool
    text_version: int
    has_room_for_text: bool
    has_sampled: bool
    mechanisms: Mechanisms
    ownership_version: int


def _assign(
    project_id: int,
    unseen: Mapping[UUID, Occurrence],
    before: _Before,
    now: datetime,
    sample: SamplingRule | None,
) -> _Batch:
    """Find or create the issue of each event and count the event in it, in memory; reads but writes nothing."""
    occurrences = list(unseen.values())
    known = groupings.Groupings(project_id, occurrences, before.mechanisms, may_bind=before.issues_left > 0)
    # Each once: by the object, because a UUID is slow to hash.
    issues = {id(issue): issue for issue in known.issues()}
    in_hour = _events_in_hours(issues.values(), occurrences) if sample else Counter()
    held = states.load(project_id, issues.values(), ((known.of(each), each) for each in occurrences))
    events: list[NewEvent] = []
    left_out: list[Occurrence] = []
    digest_order, last = before.digest_order, before.digest_order + before.issues_left
    row_ids = ids.uuid7s(len(occurrences))
    for (sent_id, occurrence), row_id in zip(unseen.items(), row_ids, strict=True):
        grouping = known.of(occurrence)
        if grouping is None:
            if digest_order >= last:
                left_out.append(occurrence)
                continue
            digest_order += 1
            issue = issue_delta.new_issue(occurrence, digest_order)
            issues[id(issue)] = issue
            grouping = known.create(issue, occurrence)
        issue = grouping.issue
        kind = issue_delta.add(grouping, occurrence)
        rate = 1
        if sample:
            hour = (issue.id, issue_delta.hour_of(occurrence))
            in_hour[hour] += 1
            # An event that created or reopened its issue is always stored.
            if kind is ChangeKind.EVENT and not (rate := sample.stored(in_hour[hour])):
                kind = ChangeKind.SAMPLED
        if before.full > COUNTED_PAST and (kind is ChangeKind.EVENT or before.full > ALL_COUNTED_PAST):
            rate = 0
        issue.stored += bool(rate)
        number = issue.event_count + issue.numbers_ahead
        events.append(NewEvent(occurrence, sent_id, grouping, issue, kind, row_id, number, rate))
    return _Batch(events, left_out, list(issues.values()), held, known.new, digest_order)


def _write(project_id: int, batch: _Batch, before: _Before, now: datetime) -> None:
    """Write a batch, table by table."""
    events = batch.events
    new_issues = [issue for issue in batch.issues if issue.first]
    release_bytes = releases.note(project_id, (event.occurrence for event in events), now)
    # Before their issues, as people are counted by grouping: foreign keys are checked at the end of the transaction.
    tables.insert_groupings(project_id, batch.groupings)
    met, met_bytes = people.add(project_id, batch.issues, before.room, now)
    tables.insert_issues(project_id, new_issues, now)
    states.count_people(batch.held, events)
    own_counts.write(batch.issues)
    tables.update_issues([issue for issue in batch.issues if not issue.first])
    stored = [event for event in events if event.rate]
    event_bytes = tables.insert_events(project_id, stored)
    tables.insert_sampled(project_id, [event for event in events if not event.rate], now)
    tables.count_time(project_id, batch.issues)
    opened, said = states.write(batch.held, events, now)
    changed = tables.insert_history(events, now) + said
    changed += owners.assign(project_id, before.ownership_version, new_issues, now)
    tags, tag_bytes = tag_counts.add(
        project_id,
        ((event.grouping.id, event.occurrence) for event in events),
        {grouping.id for issue in batch.issues for grouping in issue.groupings if grouping.is_new},
        before.room - met_bytes,
    )
    text_bytes = issue_text.add(
        project_id,
        events,
        before.text_version,
        has_room=before.has_room_for_text,
    )
    usage.add(
        project_id,
        {
            "event": (len(stored), event_bytes),
            "issue": (
                len(new_issues),
                tables.issue_bytes(new_issues, batch.groupings) + changed * usage.ACTIVITY + text_bytes,
            ),
            "tag": (met + tags, met_bytes + tag_bytes),
            "session": (0, release_bytes),
        },
    )
    Project.objects.filter(pk=project_id).update(
        last_digest_order=batch.digest_order,
        digested_event_count=F("digested_event_count") + len(events),
        stored_event_count=F("stored_event_count") + sum(issue.stored for issue in batch.issues),
    )
    # Where there are no rules, those who watch an issue want to know that it has come back.
    told = changed and (before.has_rules or any(event.kind is ChangeKind.REGRESSED for event in events))
    if before.watches_volume or opened or told:
        news.write(project_id, events if changed else (), opened, batch.issues, before.watches_volume, now)


_SUM = " + ".join(f"{name}_bytes" for name in usage.KINDS)
_BEFORE = f"""
SELECT p.last_digest_order, COALESCE(u.issue_count, 0), COALESCE(u.issue_bytes, 0), COALESCE(u.tag_bytes, 0),
    COALESCE(u.event_bytes, 0), COALESCE({_SUM}, 0),
    CASE WHEN {_SUM} > %s THEN (SELECT SUM({_SUM}) FROM issues_usage) ELSE 0 END, (SELECT COUNT(*) FROM issues_usage),
    p.alerts_set_up, (SELECT MAX(CASE WHEN r.watches_volume THEN 2 ELSE 1 END) FROM issues_alertrule r
        WHERE r.project_id = p.id AND r.is_enabled), p.text_version, p.ownership_version,
    EXISTS (SELECT 1 FROM issues_sampledevent s WHERE s.project_id = p.id),
    p.grouping, CASE WHEN p.grouping_changed_at > %s THEN p.former_grouping ELSE '' END
FROM accounts_project p LEFT JOIN issues_usage u ON u.project_id = p.id WHERE p.id = %s AND p.deleting_at IS NULL
"""  # noqa: S608


def _lock_row(project_id: int, now: datetime) -> _Before:
    """The project before the batch. Locks its row, so that it cannot be deleted meanwhile. Raises ProjectGone."""
    # One statement of SQL: every batch begins with it, and the ORM has no lock of one table in a join of values.
    lock = " FOR NO KEY UPDATE OF p" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        # What all projects keep takes long to sum up when there are many of them, and concerns only those that keep much.
        much = settings.RETAIN_BYTES // 1000 or usage.UNLIMITED
        in_transition = connection.ops.adapt_datetimefield_value(now - TRANSITION)
        cursor.execute(_BEFORE + lock, [much, in_transition, project_id])
        row = cursor.fetchone()
    if row is None:
        raise ProjectGone(f"project {project_id} does not exist any more")
    (
        digest_order,
        issues,
        issue_bytes,
        tag_bytes,
        event_bytes,
        own,
        everything,
        projects,
        set_up,
        rules,
        version,
        ownership,
        sampled,
        *mechanisms,
    ) = row
    most = usage.allowed("issue")
    # Retention deletes past the limit itself; what comes faster than it deletes ends here.
    has_room = 10 * issue_bytes <= 11 * most.bytes
    left = 11 * most.count // 10 - issues if has_room else 0
    full = usage.percent(event_bytes, own, int(everything or 0), projects)
    room = max(0, usage.allowed("tag").bytes - tag_bytes)
    # A project that has no rule yet gets one when `deliver` looks at it.
    return _Before(
        digest_order,
        max(0, left),
        room,
        full,
        bool(rules) or not set_up,
        rules == 2,
        version,
        has_room,
        bool(sampled),
        Mechanisms(*mechanisms),
        ownership,
    )


def _unseen(project_id: int, occurrences: Sequence[Occurrence], sampled: bool) -> dict[UUID, Occurrence]:
    """The events that were neither stored nor counted before, by their ids, in their order."""
    by_id: dict[str, Occurrence] = {}
    for occurrence in occurrences:
        by_id.setdefault(occurrence.event_id, occurrence)
    rows = [(project_id, UUID(event_id)) for event_id in by_id]
    seen = bulk.existing(Event, ["project", "event_id"], rows)
    if sampled:
        seen |= bulk.existing(SampledEvent, ["project", "event_id"], rows)
    found = zip(rows, by_id.values(), strict=True)
    return {
        event_id: occurrence for index, ((_, event_id), occurrence) in enumerate(found) if index not in seen
    }


def _events_in_hours(
    issues: Iterable[IssueDelta], occurrences: Iterable[Occurrence]
) -> Counter[tuple[UUID, int]]:
    """How many events these issues had before the batch, by issue and hour, in the hours of `occurrences`."""
    hours = {issue_delta.hour_of(occurrence) for occurrence in occurrences}
    counts = IssueHour.objects.filter(grouping__issue__in=[issue.id for issue in issues], hour__in=hours)
    found: Counter[tuple[UUID, int]] = Counter()
    for issue, hour, count in counts.values_list("grouping__issue", "hour", "count"):
        found[issue, hour] += count
    return found
