"""Mends times that were stored while the machine's clock was wrong, once it is right again.

Rows of the future would be kept until then, and be the latest of every list; rows of before 2020 would be deleted as
old. All of them get the current time, which is closer to the truth than any other that is known.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Case, DateTimeField, Expression, F, Model, Q, QuerySet, Value, When

from accounts.models import Project
from issues.models import Attachment, CheckIn, Event, Grouping, Issue, IssueHour, Person, UserReport
from issues.record import trends
from rustrak.lib import clock

_BATCH = 500


def mend(now: datetime) -> None:
    """Set times that cannot be true at `now` to it. To be called while the clock is believed."""
    _events(now)
    for project_id in Project.objects.order_by("pk").values_list("pk", flat=True):
        for model in (Attachment, UserReport):
            _times(model, "ingested_at", now, project=project_id)
        _times(Person, "last_seen", now, project=project_id)
        # With the status, for the index.
        for status in Issue.Status.values:
            of_status = Issue.everything.filter(project=project_id, status=status)
            _seen(now, of_status)
            _trends(now, of_status, "grouping__issue")
        counted = Grouping.objects.filter(project=project_id, is_counted=True)
        _seen(now, counted)
        _trends(now, counted, "grouping")
    _times(CheckIn, "started_at", now)


def _wrong(field: str, now: datetime) -> Q:
    return Q(**{f"{field}__lt": clock.EARLIEST}) | Q(**{f"{field}__gt": now + clock.AHEAD})


def _times(model: type[Model], field: str, now: datetime, **of: Any) -> None:
    wrong = model._base_manager.filter(_wrong(field, now), **of)
    # On SQLite an update takes the lock of all writers, also where there is nothing to update.
    if wrong.exists():
        wrong.update(**{field: now})


def _seen(now: datetime, rows: QuerySet[Any]) -> None:
    """When issues or groupings were seen."""
    wrong = rows.filter(_wrong("last_seen", now) | _wrong("first_seen", now))
    if wrong.exists():
        last = _unless_wrong("last_seen", now, Value(now))
        # Never after the last one.
        wrong.update(first_seen=_unless_wrong("first_seen", now, last), last_seen=last)


def _unless_wrong(field: str, now: datetime, otherwise: Expression) -> Case:
    return Case(When(_wrong(field, now), then=otherwise), default=F(field), output_field=DateTimeField())


def _trends(now: datetime, rows: QuerySet[Any], owner: str) -> None:
    """Of issues or groupings whose events would arrive in the future, again without these hours; `owner` leads to them from the
    counts per hour."""
    # More than any issue has lately. A clock that was ahead for less than two weeks looks like many events, and is forgotten as soon.
    wrong = trends.at_least(2.0**28, now, trends.RECENT)
    for pk in list(rows.filter(trend__gt=wrong).values_list("pk", flat=True)):
        known = IssueHour.objects.filter(**{owner: pk}, hour__lte=int(now.timestamp()) // 3600)
        hours = list(known.values_list("hour", "count"))
        trend, usual = (trends.refill(hours, half_life) for half_life in (trends.RECENT, trends.LONG))
        rows.filter(pk=pk, trend__gt=wrong).update(trend=trend, usual=usual)


def _events(now: datetime) -> None:
    """No index has the time of arrival. Events that were stored while the clock was ahead have the last ids, and those
    of before 2020 the first ones."""
    for order in ("-id", "id"):
        after: Any = None
        while True:
            events = Event.objects.order_by(order)
            if after is not None:
                events = events.filter(**{"id__lt" if order == "-id" else "id__gt": after})
            page = list(events.values_list("id", "ingested_at", "timestamp")[:_BATCH])
            wrong = [key for key, *times in page if not all(clock.plausible(at, now) for at in times)]
            if wrong:
                Event.objects.filter(_wrong("ingested_at", now), pk__in=wrong).update(ingested_at=now)
                Event.objects.filter(_wrong("timestamp", now), pk__in=wrong).update(timestamp=now)
            if not wrong or len(page) < _BATCH:
                break
            after = page[-1][0]
