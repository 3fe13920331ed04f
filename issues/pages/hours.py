"""Events per hour or day, for the charts of a page. One query for all issues or projects that the page shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.safestring import SafeString

from issues.models import IssueDay, IssueHour, ProjectHour
from issues.render.charts import bars
from issues.render.charts.marks import Mark
from rustrak.local_times import current

DAY = 24
TWO_DAYS = 48
MONTH = 30


def _hour(moment: datetime) -> int:
    return int(moment.timestamp()) // 3600


def of_issues(issue_ids: Iterable[UUID], now: datetime, hours: int = DAY) -> dict[UUID, list[int]]:
    """Event counts of the last `hours`, oldest first, of each issue that has any."""
    first = _hour(now) - hours + 1
    counts: dict[UUID, list[int]] = {}
    rows = IssueHour.objects.filter(grouping__issue__in=list(issue_ids), hour__gte=first)
    for issue_id, hour, count in rows.values_list("grouping__issue", "hour", "count"):
        if 0 <= hour - first < hours:
            counts.setdefault(issue_id, [0] * hours)[hour - first] += count
    return counts


def of_projects(project_ids: Iterable[int], now: datetime, hours: int = DAY) -> dict[int, list[int]]:
    """Event counts of the last `hours`, oldest first, of each project that has any."""
    first = _hour(now) - hours + 1
    counts: dict[int, list[int]] = {}
    rows = ProjectHour.objects.filter(project__in=list(project_ids), hour__gte=first)
    for project_id, hour, count in rows.values_list("project_id", "hour", "count"):
        if 0 <= hour - first < hours:
            counts.setdefault(project_id, [0] * hours)[hour - first] = count
    return counts


def days_of_issues(issue_ids: Iterable[UUID], now: datetime, days: int) -> dict[UUID, list[int]]:
    """Event counts of the last `days` (UTC), oldest first, of each issue that has any."""
    first = _hour(now) // 24 - days + 1
    counts: dict[UUID, list[int]] = {}
    rows = IssueDay.objects.filter(grouping__issue__in=list(issue_ids), day__gte=first)
    for issue_id, day, count in rows.values_list("grouping__issue", "day", "count"):
        if 0 <= day - first < days:
            counts.setdefault(issue_id, [0] * days)[day - first] += count
    return counts


def days_of(issue_id: UUID, now: datetime, days: int = MONTH) -> list[int]:
    """Events of an issue on each of the last `days` days (UTC), oldest first."""
    return days_of_issues([issue_id], now, days).get(issue_id, [0] * days)


def hour_names(now: datetime, hours: int) -> list[str]:
    """What the bars of the last `hours` stand for, oldest first, in the reader's zone: `26 Nov 14:00`."""
    style = current.style()
    return [style.hour(now - timedelta(hours=back)) for back in reversed(range(hours))]


def sparkline(counts: list[int] | None) -> SafeString:
    """The last 24 hours as a small chart; None for no events."""
    return bars.sparkline(counts or [0] * DAY, DAY)


def histogram(
    counts: list[int] | None, now: datetime, hours: int = TWO_DAYS, marked: Sequence[Mark] = ()
) -> SafeString:
    """The last `hours` as a larger chart, whose bars are labelled with their hour."""
    names = hour_names(now, hours)
    return bars.histogram(counts or [0] * hours, names, hours, marked=marked)


def month(counts: list[int], now: datetime, marked: Sequence[Mark] = ()) -> SafeString:
    """The last days as a chart, whose bars are labelled with their day."""
    start = now - timedelta(days=len(counts) - 1)
    names = [f"{start + timedelta(days=index):%d %b} UTC" for index in range(len(counts))]
    return bars.histogram(counts, names, len(counts), unit="days", marked=marked)
