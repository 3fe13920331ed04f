"""What a batch of events changes in issues and their groupings, summed up in memory. Pure: rows come in and go out as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from issues.models import Issue
from issues.payload.read import Occurrence
from issues.payload.user import Identity
from issues.record import trends
from issues.states.rule import Effect, Sent
from issues.states.standing import Standing
from rustrak.lib import ids


class ChangeKind(StrEnum):
    """What one event did to its issue."""

    NEW = "new"  # created it
    REGRESSED = "regressed"  # reopened it: it was resolved
    UNMUTED = "unmuted"  # opened it: it was muted until then
    EVENT = "event"  # was stored and counted
    SAMPLED = "sampled"  # was only counted: its issue is noisy
    COUNTED = "counted"  # was only counted: its project keeps too many bytes
    LEFT_OUT = "left_out"  # neither: its project has too many issues for another


@dataclass(slots=True)
class Met:
    """The events of one person in a grouping, of one batch; `last_release` is that of the event seen last, `who` what the later of them say."""

    who: Identity
    first_seen: datetime
    last_seen: datetime
    last_release: str
    event_count: int = 1


@dataclass(slots=True, eq=False, kw_only=True)
class Counts:
    """The columns that an issue and a grouping have in common: those of the events that were seen first and last, and how many."""

    event_count: int
    first_seen: datetime
    last_seen: datetime
    first_release: str
    last_release: str
    first_environment: str
    last_environment: str
    level: int
    trend: float = trends.NONE
    usual: float = trends.NONE


@dataclass(slots=True, eq=False, kw_only=True)
class IssueDelta(Counts):
    """An issue as it will be after the batch, and how much the batch adds to it.

    `added`, `stored` and `new_people` are numbers of events and people; `groupings` are those that the batch may have events of,
    `first` is the event that creates the issue; None when the issue exists already. `is_rewritten`: when it was
    seen first changes. `standing` is that of an issue that was not open before the batch. `is_apart`: from this batch on its groupings are counted each on its own.
    """

    id: UUID
    digest_order: int
    title: str
    status: str
    numbers_ahead: int = 0
    standing: Standing | None = None
    added: int = 0
    stored: int = 0
    new_people: int = 0
    groupings: list[GroupingDelta] = field(default_factory=list)
    first: Occurrence | None = None
    is_rewritten: bool = False
    is_apart: bool = False


@dataclass(slots=True, eq=False)
class GroupingDelta:
    """A grouping and what the batch adds to it; it belongs to the `groupings` of its issue.

    `id` is 0 until it is inserted; only then `key`, `mechanism` and `smart_hash` are used. `is_new`: it had no events before the
    batch. `is_counted`: it may not have all events of its issue; then `own` are its columns, None without events.
    `hours` are the numbers of events by the hour in which they were received (whole hours since 1970-01-01T00:00Z), `people`
    those whom the batch names, by their number.
    """

    key_hash: str
    issue: IssueDelta
    id: int = 0
    is_new: bool = False
    is_counted: bool = False
    own: Counts | None = None
    key: str = ""
    mechanism: int = 0
    smart_hash: str = ""
    hours: dict[int, int] = field(default_factory=dict)
    people: dict[int, Met] = field(default_factory=dict)


#: The columns of Issue that an IssueDelta starts from.
READ = (
    "digest_order", "title", "status", "first_seen", "last_seen", "first_release", "last_release",
    "first_environment", "last_environment", "event_count", "level", "trend", "usual", "numbers_ahead",
)  # fmt: skip
#: Those that a grouping has, too.
COUNTS = tuple(Counts.__slots__)


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event that the project has not seen before, and the grouping and issue it belongs to.

    `sent_id` is the SDK's id, `row_id` that of the row. `number` is its number in the issue, from 1. `rate` is how many events it stands for when it is stored, itself
    included; 0 when it is only counted.
    """

    occurrence: Occurrence
    sent_id: UUID
    grouping: GroupingDelta
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
        first=first,
        **_seen_once(first),
    )


def _seen_once(event: Occurrence) -> dict[str, Any]:
    """The columns of what has seen one event, which is not counted yet."""
    at, release, environment = event.timestamp, event.release, event.environment
    return {
        "event_count": 0,
        "first_seen": at,
        "last_seen": at,
        "first_release": release,
        "last_release": release,
        "first_environment": environment,
        "last_environment": environment,
        "level": event.level,
    }


def add(grouping: GroupingDelta, occurrence: Occurrence) -> ChangeKind:
    """Count an event of the grouping and of its issue. Returns what it did to the issue: NEW, REGRESSED, UNMUTED or EVENT.

    The title stays that of the event that came first. Release and environment are those of the very event whose time is
    shown beside them; the level is that of the event seen last. Of events of one time the first and the last to arrive count.
    """
    issue = grouping.issue
    kind = ChangeKind.NEW if issue.first is occurrence else ChangeKind.EVENT
    if grouping.is_counted:
        _see(_own(grouping, occurrence), occurrence)
    issue.added += 1
    if _see(issue, occurrence):
        issue.is_rewritten = True
    hour = hour_of(occurrence)
    grouping.hours[hour] = grouping.hours.get(hour, 0) + 1
    if (who := occurrence.who) is not None:
        meet(grouping.people, who, occurrence.timestamp, occurrence.release)
    if issue.standing is not None and issue.standing.is_held:
        return _judge(issue, issue.standing, occurrence)
    return kind


def _judge(issue: IssueDelta, standing: Standing, occurrence: Occurrence) -> ChangeKind:
    """Decide about an event of an issue that is not open, which is counted already."""
    who = occurrence.who
    decision = standing.judge(
        Sent(occurrence.release, occurrence.timestamp, occurrence.ingested_at),
        occurrence.event_id,
        issue.event_count,
        who.number if who else None,
    )
    if standing.is_held:
        return ChangeKind.EVENT
    issue.status = Issue.Status.OPEN
    return ChangeKind.REGRESSED if decision.effect is Effect.REGRESSES else ChangeKind.UNMUTED


def _see(seen: Counts, occurrence: Occurrence) -> bool:
    """Count an event. Returns whether it is the first one now."""
    at = occurrence.timestamp
    seen.event_count += 1
    if at >= seen.last_seen:
        seen.last_seen = at
        seen.level = occurrence.level
        seen.last_release = occurrence.release
        seen.last_environment = occurrence.environment
    elif at < seen.first_seen:
        seen.first_seen = at
        seen.first_release = occurrence.release
        seen.first_environment = occurrence.environment
        return True
    return False


def _own(grouping: GroupingDelta, occurrence: Occurrence) -> Counts:
    """The columns of a grouping that is counted, before its event `occurrence` is.

    With its first event the issue's other grouping, which had all events so far, has no longer all of them.
    """
    if grouping.own is None:
        issue = grouping.issue
        issue.is_apart = True
        for other in issue.groupings:
            if not other.is_counted:
                other.is_counted = True
                if issue.event_count:
                    other.own = Counts(**{name: getattr(issue, name) for name in COUNTS})
        grouping.own = Counts(**_seen_once(occurrence))
    return grouping.own


def hour_of(occurrence: Occurrence) -> int:
    """The hour in which the event was received, as whole hours since 1970-01-01T00:00Z."""
    return int(occurrence.ingested_at.timestamp()) // 3600


def meet(
    people: dict[int, Met], who: Identity, at: datetime, release: str, *, newest_first: bool = False
) -> None:
    """Count an event of a person among the `people` of a grouping; of events of one time the last to arrive counts.

    `newest_first`: the events are given in the opposite order of their arrival.
    """
    met = people.get(who.number)
    if met is None:
        people[who.number] = Met(who, at, at, release)
        return
    met.event_count += 1
    if at > met.last_seen or (at == met.last_seen and not newest_first):
        met.last_seen, met.last_release = at, release
        met.who = who.filled(met.who)
    else:
        met.who = met.who.filled(who)
        met.first_seen = min(met.first_seen, at)
