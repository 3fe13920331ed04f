"""How many events and new people issues have minute by minute, and which of them escalate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum

from issues.alerts.rules.subjects import IssueNow, chunks
from issues.models import AlertRule, AlertVolume
from rustrak.lib import bulk

#: Issues of a project whose numbers are kept for one minute. In a flood of new issues, those with most events.
MOST_ISSUES = 1_000
#: The longest period a rule can ask for, in minutes.
LONGEST = 24 * 60

Counts = tuple[int, int]
Minutes = dict[int, dict[UUID, Counts]]


@dataclass(frozen=True, slots=True)
class Reached:
    """An issue that had as many events or new people as a rule asks for. `crossed`: not before this turn."""

    issue: UUID
    count: int
    crossed: bool


def minute_of(moment: datetime) -> int:
    """Whole minutes since 1970-01-01T00:00Z."""
    return int(moment.timestamp()) // 60


def by_minute(volumes: Iterable[tuple[datetime, Mapping[UUID, Counts]]], now: datetime) -> Minutes:
    """The numbers of several transactions added up. What is said to be of the future counts for this minute, and what
    is older than any rule looks back is left out."""
    last = minute_of(now)
    found: Minutes = {}
    for at, volume in volumes:
        minute = min(minute_of(at), last)
        if minute <= last - LONGEST or not volume:
            continue
        counts = found.setdefault(minute, {})
        for issue, (events, people) in volume.items():
            known = counts.get(issue, (0, 0))
            counts[issue] = known[0] + events, known[1] + people
    return dict(sorted(found.items()))


def store(project_id: int, minutes: Minutes) -> None:
    """Add the numbers to those in the table: of each minute at most MOST_ISSUES issues."""
    for minute, counts in minutes.items():
        room = MOST_ISSUES - AlertVolume.objects.filter(project=project_id, minute=minute).count()
        if len(counts) > room:
            counts = _busiest(project_id, minute, counts, room)
        rows = [(project_id, issue, minute, *both) for issue, both in sorted(counts.items())]
        bulk.upsert(
            AlertVolume,
            ["project", "issue", "minute", "events", "people"],
            rows,
            unique=["project", "issue", "minute"],
            add=("events", "people"),
        )


def _busiest(project_id: int, minute: int, counts: dict[UUID, Counts], room: int) -> dict[UUID, Counts]:
    """Those of `counts` that have a row, and the `room` others with most events."""
    known: set[UUID] = set()
    for some in chunks(counts):
        rows = AlertVolume.objects.filter(project=project_id, minute=minute, issue__in=some)
        known.update(rows.values_list("issue", flat=True))
    others = sorted(
        (issue for issue in counts if issue not in known), key=lambda issue: counts[issue], reverse=True
    )
    known.update(others[: max(0, room)])
    return {issue: both for issue, both in counts.items() if issue in known}


class Windows:
    """The numbers of issues over the minutes before those in which a turn's events came, from the table."""

    def __init__(self, project_id: int, minutes: Minutes, issues: Mapping[UUID, IssueNow]) -> None:
        self._project_id = project_id
        self._minutes = minutes
        self._issues = issues
        self._sums: dict[tuple[int, int], dict[UUID, Counts]] = {}

    def reached(self, rule: AlertRule) -> list[Reached]:
        """The open issues that reached what `rule` asks for in this turn, the one with most first."""
        unit = 0 if rule.unit == AlertRule.Unit.EVENTS else 1
        found: dict[UUID, Reached] = {}
        for minute in self._minutes:
            for issue, sums in self._over(minute, rule.minutes).items():
                if (count := sums[unit]) < rule.amount:
                    continue
                added = sum(
                    counts[issue][unit]
                    for at, counts in self._minutes.items()
                    if minute - rule.minutes < at <= minute and issue in counts
                )
                # In none of the minutes of this turn was it there before.
                crossed = count - added < rule.amount
                if issue in found:
                    known = found[issue]
                    count, crossed = max(count, known.count), crossed and known.crossed
                found[issue] = Reached(issue, count, crossed)
        return sorted(found.values(), key=lambda each: (-each.count, each.issue))

    def _over(self, minute: int, length: int) -> dict[UUID, Counts]:
        """The sums over the `length` minutes up to `minute` of the open issues that had events in this minute."""
        key = minute, length
        if key not in self._sums:
            sums = self._sums[key] = {}
            own = (issue for issue in self._minutes[minute] if self._is_open(issue))
            for some in chunks(own):
                rows = AlertVolume.objects.filter(
                    project=self._project_id, issue__in=some, minute__gt=minute - length, minute__lte=minute
                )
                totals = rows.values_list("issue").annotate(Sum("events"), Sum("people")).order_by()
                sums.update({issue: (events, people) for issue, events, people in totals})
        return self._sums[key]

    def _is_open(self, issue: UUID) -> bool:
        found = self._issues.get(issue)
        return found is not None and found.is_open
