"""Reads the ledger row by row, as programs do: how many items had which outcome in each minute, hour or day, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import F, Q, Sum

from ingest.models import OutcomeCount

#: Minutes of each interval, and the longest time that may be asked for with it.
INTERVALS = {"minute": 1, "hour": 60, "day": 1440}
LONGEST = {"minute": timedelta(days=2), "hour": timedelta(days=31), "day": timedelta(days=366)}

#: The start in minutes since 1970 (UTC), and what else is counted apart. A place in the list.
Place = tuple[int, str, str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """`quantity` items of a category had this outcome for this reason in the interval from `start` on."""

    start: datetime
    category: str
    outcome: str
    reason: str
    quantity: int

    @property
    def place(self) -> Place:
        return int(self.start.timestamp()) // 60, self.category, self.outcome, self.reason


def rows(
    project_id: int,
    since: datetime,
    until: datetime,
    interval: str,
    *,
    category: str = "",
    outcome: str = "",
    after: Place | None = None,
    limit: int,
) -> list[Row]:
    """At most `limit` rows, the oldest first, behind the place `after`. One query.

    Intervals are whole, from the one that contains `since` to the one before `until`. Retention keeps minutes for two days and hours for two
    weeks; what is older is in the first minute of its hour or day.
    """
    step = INTERVALS[interval]
    first, last = int(since.timestamp()) // 60 // step * step, -(-int(until.timestamp()) // 60)
    found = OutcomeCount.objects.filter(project_id=project_id, minute__gte=first, minute__lt=last)
    if category:
        found = found.filter(category=category)
    if outcome:
        found = found.filter(outcome=outcome)
    counted = found.annotate(start=F("minute") - F("minute") % step)
    if after is not None:
        start, *names = after
        counted = counted.filter(minute__gte=start).filter(_behind(start, *names))
    columns = ("start", "category", "outcome", "reason")
    totals = counted.values_list(*columns).annotate(total=Sum("quantity")).order_by(*columns)[:limit]
    return [
        Row(datetime.fromtimestamp(minute * 60, UTC), kind, result, why, int(total))
        for minute, kind, result, why, total in totals
    ]


def _behind(start: int, category: str, outcome: str, reason: str) -> Q:
    same_outcome = Q(outcome=outcome, reason__gt=reason)
    same_category = Q(category=category) & (Q(outcome__gt=outcome) | same_outcome)
    return Q(start__gt=start) | (Q(start=start) & (Q(category__gt=category) | same_category))
