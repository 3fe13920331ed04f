"""The charts of a page of the list, all on one scale, so that rows can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.safestring import SafeString

from issues.pages import hours
from issues.pages.issue_list.periods import Period
from issues.render.charts import bars
from rustrak.lib import wording


@dataclass(frozen=True, slots=True)
class Trends:
    """`most` is the highest bar of the page, 0 if nothing happened; `unit` is what a bar stands for."""

    charts: dict[UUID, SafeString]
    none: SafeString
    most: int
    unit: str

    def of(self, issue_id: UUID) -> SafeString:
        return self.charts.get(issue_id, self.none)


def trends(issue_ids: Sequence[UUID], period: Period, now: datetime) -> Trends:
    """The charts of these issues. At most one query."""
    counts = _counts(issue_ids, period, now) if issue_ids else {}
    most = max((max(each) for each in counts.values()), default=0)
    names = period.bar_names(now)

    def chart(each: Sequence[int]) -> SafeString:
        return bars.trend(each, names, most, f"{wording.counted(sum(each), 'event')} in {period.label}")

    charts = {issue_id: chart(each) for issue_id, each in counts.items()}
    return Trends(charts, chart([0] * period.bars), most, period.unit)


def _counts(issue_ids: Sequence[UUID], period: Period, now: datetime) -> dict[UUID, list[int]]:
    if period.unit == "hour":
        return hours.of_issues(issue_ids, now, period.bars)
    if period.unit == "day":
        return hours.days_of_issues(issue_ids, now, period.bars)
    by_day = hours.days_of_issues(issue_ids, now, period.bars * 7)
    return {
        issue_id: [sum(days[start : start + 7]) for start in range(0, len(days), 7)]
        for issue_id, days in by_day.items()
    }
