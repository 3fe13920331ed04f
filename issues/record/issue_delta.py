"""A batch folded in memory into what it changes per issue. Pure: rows come in and go out as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from issues.models import Issue
from issues.payload.read import Occurrence
from rustrak.lib import ids

Kind = Literal["new", "regressed", "event", "sampled"]


@dataclass(slots=True)
class Fold:
    """An issue as it will be after the batch, and how much of that the batch added."""

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
    level: int = 0
    regressed_at: datetime | None = None
    added: int = 0
    stored: int = 0
    new_people: int = 0
    people: set[int] = field(default_factory=set)
    first: Occurrence | None = None  # the one that creates it, when it is new


#: The issue's columns that a Fold begins with.
READ = (
    "digest_order", "title", "status", "first_seen", "last_seen", "first_release", "last_release",
    "first_environment", "last_environment", "event_count",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Placed:
    """An event that the project has not seen, where it belongs: in `fold`, as its `number`-th.

    `rate`: it is stored and stands for so many; 0 when it is only counted.
    """

    occurrence: Occurrence
    digest: str
    fold: Fold
    kind: Kind
    row_id: UUID
    number: int
    rate: int


def opened(first: Occurrence, order: int) -> Fold:
    """The issue that `first` creates, the project's `order`-th."""
    return Fold(
        id=ids.uuid7(),
        digest_order=order,
        title=first.title,
        status=Issue.Status.OPEN,
        first_seen=first.timestamp,
        last_seen=first.timestamp,
        first_release=first.release,
        last_release=first.release,
        first_environment=first.environment,
        last_environment=first.environment,
        event_count=0,
        first=first,
    )


def add(fold: Fold, occurrence: Occurrence, now: datetime) -> Kind:
    """Count `occurrence` in. The title stays the first event's; level, last release and environment are the latest's."""
    kind: Kind = "new" if fold.first is occurrence else "event"
    if fold.status == Issue.Status.RESOLVED:
        kind, fold.status, fold.regressed_at = "regressed", Issue.Status.OPEN, now
    fold.event_count += 1
    fold.added += 1
    fold.level = occurrence.level
    fold.first_seen = min(fold.first_seen, occurrence.timestamp)
    fold.last_seen = max(fold.last_seen, occurrence.timestamp)
    fold.first_release = fold.first_release or occurrence.release
    fold.last_release = occurrence.release or fold.last_release
    fold.first_environment = fold.first_environment or occurrence.environment
    fold.last_environment = occurrence.environment or fold.last_environment
    if occurrence.person is not None:
        fold.people.add(occurrence.person)
    return kind
