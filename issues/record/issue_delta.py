"""What a batch of events changes in an issue, summed up in memory. Pure: rows come in and go out as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from issues.models import Issue
from issues.payload.read import Occurrence
from issues.payload.user import Identity
from issues.record import trends
from rustrak.lib import ids


class ChangeKind(StrEnum):
    """What one event did to its issue."""

    NEW = "new"  # created it
    REGRESSED = "regressed"  # reopened it: it was resolved
    EVENT = "event"  # was stored and counted
    SAMPLED = "sampled"  # was only counted: its issue is noisy
    COUNTED = "counted"  # was only counted: its project keeps too many bytes
    LEFT_OUT = "left_out"  # neither: its project has too many issues for another


@dataclass(slots=True)
class Met:
    """The events of one person in an issue, of one batch; `last_release` is that of the event seen last, `who` what the later of them say."""

    who: Identity
    first_seen: datetime
    last_seen: datetime
    last_release: str
    event_count: int = 1


@dataclass(slots=True)
class IssueDelta:
    """An issue as it will be after the batch, and how much the batch adds to it.

    `added`, `stored` and `new_people` are numbers of events and people; `hours` are the numbers of events by the hour in which
    they were received (whole hours since 1970-01-01T00:00Z); `people` are those whom the batch names, by their number. `first` is
    the event that creates the issue; None when the issue exists already. `is_rewritten`: its state or when it was seen first
    changes.
    """

    id: UUID
    digest_order: int
    title: str
    status: str
    first_seen: datetime
    last_seen: datetime
    first_release: str
    last_release: str
    first_environment: str
    last_environment: str
    event_count: int
    level: int
    resolved_at: datetime | None = None
    regressed_at: datetime | None = None
    trend: float = trends.NONE
    usual: float = trends.NONE
    added: int = 0
    stored: int = 0
    new_people: int = 0
    hours: dict[int, int] = field(default_factory=dict)
    people: dict[int, Met] = field(default_factory=dict)
    first: Occurrence | None = None
    is_rewritten: bool = False


#: The columns of Issue that an IssueDelta starts from.
READ = (
    "digest_order", "title", "status", "resolved_at", "first_seen", "last_seen", "first_release", "last_release",
    "first_environment", "last_environment", "event_count", "level", "trend", "usual",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that the project has not seen before, and the issue it belongs to.

    `sent_id` is the SDK's id, `row_id` that of the row. `number` is its number in the issue, from 1. `rate` is how many events it stands for when it is stored, itself
    included; 0 when it is only counted.
    """

    occurrence: Occurrence
    sent_id: UUID
    key_hash: str
    issue: IssueDelta
    kind: ChangeKind
    row_id: UUID
    number: int
    rate: int


def new_issue(first: Occurrence, digest_order: int) -> IssueDelta:
    """The issue that `first` creates, with its number in the project. `first` is not counted yet."""
    return IssueDelta(
        id=ids.uuid7(),
        digest_order=digest_order,
        title=first.title,
        status=Issue.Status.OPEN,
        first_seen=first.timestamp,
        last_seen=first.timestamp,
        first_release=first.release,
        last_release=first.release,
        first_environment=first.environment,
        last_environment=first.environment,
        event_count=0,
        level=first.level,
        first=first,
    )


def add(issue: IssueDelta, occurrence: Occurrence, now: datetime) -> ChangeKind:
    """Count an event of the issue. Returns what it did to the issue: NEW, REGRESSED or EVENT.

    The title stays that of the event that came first. Release and environment belong to the time that is shown beside
    them; the level is that of the event seen last. Of events of one time the first and the last to arrive count.
    """
    kind = ChangeKind.NEW if issue.first is occurrence else ChangeKind.EVENT
    if issue.status == Issue.Status.RESOLVED and _is_after(occurrence, issue.resolved_at):
        kind, issue.status, issue.regressed_at = ChangeKind.REGRESSED, Issue.Status.OPEN, now
        issue.is_rewritten = True
    issue.event_count += 1
    issue.added += 1
    hour = hour_of(occurrence)
    issue.hours[hour] = issue.hours.get(hour, 0) + 1
    if occurrence.timestamp >= issue.last_seen:
        same_time = occurrence.timestamp == issue.last_seen
        issue.last_seen = occurrence.timestamp
        issue.level = occurrence.level
        issue.last_release = occurrence.release or (issue.last_release if same_time else "")
        issue.last_environment = occurrence.environment or (issue.last_environment if same_time else "")
    if occurrence.timestamp < issue.first_seen:
        issue.is_rewritten = True
        issue.first_seen = occurrence.timestamp
        issue.first_release = occurrence.release
        issue.first_environment = occurrence.environment
    elif occurrence.timestamp == issue.first_seen:
        issue.is_rewritten = True
        issue.first_release = issue.first_release or occurrence.release
        issue.first_environment = issue.first_environment or occurrence.environment
    if (who := occurrence.who) is not None:
        meet(issue.people, who, occurrence.timestamp, occurrence.release)
    return kind


def hour_of(occurrence: Occurrence) -> int:
    """The hour in which the event was received, as whole hours since 1970-01-01T00:00Z."""
    return int(occurrence.ingested_at.timestamp()) // 3600


def meet(people: dict[int, Met], who: Identity, at: datetime, release: str) -> None:
    """Count an event of a person among the `people` of an issue; of events of one time the last to arrive counts."""
    met = people.get(who.number)
    if met is None:
        people[who.number] = Met(who, at, at, release)
        return
    met.event_count += 1
    if at >= met.last_seen:
        met.last_release = release or (met.last_release if at == met.last_seen else "")
        met.last_seen = at
        met.who = who.filled(met.who)
    else:
        met.who = met.who.filled(who)
        met.first_seen = min(met.first_seen, at)


def _is_after(occurrence: Occurrence, resolved_at: datetime | None) -> bool:
    """Whether the event both happened and arrived after the issue was resolved.

    A phone may send what happened days ago, and the queue may hold what arrived before.
    """
    if resolved_at is None:
        return True
    happened_at = occurrence.timestamp
    if happened_at < resolved_at and not happened_at.microsecond:
        # SDKs that send whole seconds mean any instant of that second.
        happened_at = happened_at.replace(microsecond=999_999)
    return happened_at >= resolved_at and occurrence.ingested_at >= resolved_at
