"""Counts what is stored of issues and groupings again from the events that were sent, to compare both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from issues.models import Grouping, Issue, IssueDay, IssueHour, IssuePerson, IssueTag, IssueTagKey
from issues.payload.read import Occurrence
from issues.record import issue_delta, trends
from issues.record.tag_counts import counted

_SEEN = (
    "event_count", "first_seen", "first_release", "first_environment", "last_seen", "last_release", "last_environment",
    "level",
)  # fmt: skip
Numbers = dict[str, Any]


def of_events(events: Sequence[Occurrence]) -> Numbers:
    """What is to be counted of these events of one issue or grouping, in the order in which they arrived; at least one."""
    first = min(events, key=lambda event: event.timestamp)
    last = max(reversed(events), key=lambda event: event.timestamp)
    seen = (
        len(events), first.timestamp, first.release, first.environment, last.timestamp, last.release, last.environment,
        last.level,
    )  # fmt: skip
    hours = Counter(issue_delta.hour_of(event) for event in events)
    tags = [counted(event) for event in events]
    return {
        "seen": dict(zip(_SEEN, seen, strict=True)),
        "trend": round(trends.refill(hours.items(), trends.RECENT), 6),
        "usual": round(trends.refill(hours.items(), trends.LONG), 6),
        "hours": hours,
        "days": Counter(hour // 24 for hour in hours.elements()),
        "tags": Counter(pair for found in tags for pair in found.items()),
        "keys": Counter(key for found in tags for key in found),
        "people": Counter(event.person for event in events if event.person is not None),
    }


def of_issue(issue: Issue) -> Numbers:
    """The same as it is stored of an issue."""
    found = _stored(issue, issue.groupings.all())
    if len(found["people"]) != issue.user_count:
        raise AssertionError(f"{issue.user_count} people are counted, {len(found['people'])} are known")
    return found


def of_grouping(grouping: Grouping) -> Numbers:
    """The same as it is stored of a grouping, whose columns are those of its issue unless it has its own."""
    return _stored(grouping if grouping.is_counted else grouping.issue, [grouping])


def _stored(columns: Issue | Grouping, groupings: Iterable[Grouping]) -> Numbers:
    def add_up(model: Any, *names: str, count: str = "count") -> Counter[Any]:
        found: Counter[Any] = Counter()
        for *key, value in model.objects.filter(grouping__in=groupings).values_list(*names, count):
            found[key[0] if len(key) == 1 else tuple(key)] += value
        return found

    return {
        "seen": {name: getattr(columns, name) for name in _SEEN},
        "trend": round(columns.trend, 6),
        "usual": round(columns.usual, 6),
        "hours": add_up(IssueHour, "hour"),
        "days": add_up(IssueDay, "day"),
        "tags": add_up(IssueTag, "key", "value"),
        "keys": add_up(IssueTagKey, "key"),
        "people": add_up(IssuePerson, "person", count="event_count"),
    }
