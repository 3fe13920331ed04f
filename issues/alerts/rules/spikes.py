"""Whether a project has far more events than it usually has in this hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from uuid import UUID

from django.db.models import Sum

from issues.models import Issue, IssueHour, ProjectHour

#: Fewer events in an hour are no spike, however few are usual.
LEAST_EVENTS = 20
DAY, WEEK = 24, 7 * 24
#: So many weeks are looked back, and at least so many are needed to know what is usual in one hour of the week.
WEEKS, LEAST_WEEKS = 4, 2
#: So many issues are looked at for those that contribute most.
MOST_ISSUES = 20


@dataclass(frozen=True, slots=True)
class Spike:
    """An hour (whole hours since 1970) with many events, and how many are usual in it."""

    hour: int
    count: int
    usual: float


def hour_of(moment: datetime) -> int:
    """Whole hours since 1970-01-01T00:00Z."""
    return int(moment.timestamp()) // 3600


def usual(counts: Mapping[int, int], hour: int) -> float | None:
    """How many events are usual in `hour`, by the `counts` of hours before it; hours without events have none.

    The median of the same hour of the week in up to WEEKS weeks; while there are fewer than LEAST_WEEKS, of the same
    hour on the days before; in the first days, of all hours. None for a project that began less than a day before.
    """
    before = [each for each, count in counts.items() if each < hour and count]
    if not before or hour - min(before) < DAY:
        return None
    first = min(before)
    weeks = [hour - number * WEEK for number in range(1, WEEKS + 1) if hour - number * WEEK >= first]
    days = [hour - number * DAY for number in range(1, 8) if hour - number * DAY >= first]
    if len(weeks) >= LEAST_WEEKS:
        hours = weeks
    elif len(days) >= 3:
        hours = days
    else:
        hours = list(range(max(first, hour - WEEK), hour))
    return float(median(counts.get(each, 0) for each in hours))


def is_spike(count: int, usually: float, times: int) -> bool:
    """Whether `count` events are a spike for a rule that asks for `times` what is usual."""
    return count >= LEAST_EVENTS and count > usually and count >= times * usually


def find(project_id: int, hour: int) -> Spike | None:
    """What the project has in `hour`, if that is enough to be a spike and it is known what is usual. Two queries."""
    own = ProjectHour.objects.filter(project=project_id)
    count = own.filter(hour=hour).values_list("count", flat=True).first() or 0
    if count < LEAST_EVENTS:
        return None
    rows = own.filter(hour__gte=hour - WEEKS * WEEK, hour__lt=hour)
    usually = usual(dict(rows.values_list("hour", "count")), hour)
    return None if usually is None else Spike(hour, count, usually)


def contributors(project_id: int, hour: int) -> list[UUID]:
    """The issues with most events in `hour`, at most MOST_ISSUES of them."""
    start = datetime.fromtimestamp(hour * 3600, UTC)
    recent = Issue.objects.filter(project=project_id, last_seen__gte=start).order_by().values("pk")
    rows = IssueHour.objects.filter(hour=hour, grouping__issue__in=recent).values_list("grouping__issue")
    counted = rows.annotate(events=Sum("count")).order_by("-events", "grouping__issue")
    return [issue for issue, _ in counted[:MOST_ISSUES]]
