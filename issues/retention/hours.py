"""Lets go of counts per hour when nobody looks at them by the hour any more; those per day stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from issues.models import IssueHour, ProjectHour

KEPT_FOR = timedelta(days=90)
_BATCH = 500


def retain(now: datetime) -> int:
    """Delete those older than KEPT_FOR, in small transactions; how many.

    Rows are inserted as time goes by, so the oldest are the first ones: no index by hour is needed to find them, and
    an hour that was inserted late goes when it is among the first.
    """
    limit = int((now - KEPT_FOR).timestamp()) // 3600
    return sum(_retain(model, limit) for model in (IssueHour, ProjectHour))


def _retain(model: type[IssueHour] | type[ProjectHour], limit: int) -> int:
    rows = model._default_manager.order_by("pk").values_list("pk", "hour")
    total = 0
    while old := [pk for pk, hour in rows[:_BATCH] if hour < limit]:
        model._default_manager.filter(pk__in=old).delete()
        total += len(old)
    return total
