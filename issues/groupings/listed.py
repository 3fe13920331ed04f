"""A grouping with its numbers, wherever these are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from issues.models import Grouping, Issue

#: From here on the numbers of Grouping.mechanism are versions of smart; below they are versions of classic.
_SMART = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """A grouping: how many events it has, when and in which release it was seen first and last. The times are None without events."""

    grouping: Grouping
    events: int
    first_seen: datetime | None
    last_seen: datetime | None
    first_release: str
    last_release: str

    @property
    def mechanism(self) -> tuple[str, int]:
        return mechanism_of(self.grouping.mechanism)


def listed(grouping: Grouping, issue: Issue) -> Listed:
    """The numbers of a grouping of `issue`. One that is not counted by itself has all events of its issue."""
    of: Grouping | Issue = grouping if grouping.is_counted else issue
    return Listed(grouping, of.event_count, of.first_seen, of.last_seen, of.first_release, of.last_release)


def mechanism_of(number: int) -> tuple[str, int]:
    """The mechanism that made a key, `classic` or `smart`, and its version."""
    return ("smart", number - _SMART) if number > _SMART else ("classic", number)
