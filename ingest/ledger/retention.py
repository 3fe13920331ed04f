"""How long the ledger is kept: by the minute, then summed up by the hour, then by the day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import F, Sum, Value
from django.db.models.expressions import Combinable

from accounts.models import Project
from ingest.ledger import store
from ingest.ledger.outcomes import LedgerKey
from ingest.ledger.summary import MINUTES_PER_DAY, MINUTES_PER_HOUR
from ingest.models import OutcomeCount
from issues.retention.batches import RetentionPolicy, RowsToDelete, rows_of
from rustrak.lib import clock

KEEP_MINUTES = timedelta(days=2)
KEEP_HOURS = timedelta(days=14)
KEEP_DAYS = timedelta(days=400)
# A client report can name hundreds of combinations of category and reason, each minute. A project with more rows than
# this by the minute keeps them for less time.
MAX_MINUTE_ROWS = 100_000
KEEP_MANY_MINUTES = timedelta(hours=2)


def _to_sum_up(step: int, keep: timedelta) -> Callable[[datetime], Iterator[RowsToDelete]]:
    """Rows older than `keep` whose minute is not a multiple of `step`: they are added to the row of that multiple."""

    def expired(now: datetime) -> Iterator[RowsToDelete]:
        limit = _start(now - keep, step)
        for project_id in _projects():
            of_project = OutcomeCount.objects.filter(project_id=project_id)
            if step == MINUTES_PER_HOUR and of_project.filter(minute__gte=limit).count() > MAX_MINUTE_ROWS:
                old = of_project.filter(minute__lt=_start(now - KEEP_MANY_MINUTES, step))
            else:
                old = of_project.filter(minute__lt=limit)
            fine = old.annotate(offset=F("minute") % step).exclude(offset=0)
            sum_up = partial(_sum_up, project_id, F("minute") - F("minute") % step)
            yield RowsToDelete(rows_of(fine).next_keys, sum_up, project_id)

    return expired


def _start(moment: datetime, step: int) -> int:
    return int(moment.timestamp()) // 60 // step * step


def _sum_up(project_id: int, minute: Combinable, keys: Sequence[Any]) -> dict[str, int]:
    # The digest adds counts while it holds the project's lock or, for the edge's counts, its row: take both.
    if not Project.objects.select_for_update(no_key=True).filter(pk=project_id).exists():
        return {}
    fine = OutcomeCount.objects.filter(pk__in=keys)
    sums = fine.values_list("project_id", minute, "category", "outcome", "reason").annotate(
        total=Sum("quantity")
    )
    counts = {LedgerKey(*key): int(total) for *key, total in sums}
    fine.delete()
    store.add(counts)
    return {}


def _wrong(now: datetime) -> Iterator[RowsToDelete]:
    """Rows of minutes that cannot be true: of before 2020, or more than a day in the future. They are added to the last
    hour, as nobody knows theirs; in this one they could use up a rate limit."""
    hour = Value(_start(now, MINUTES_PER_HOUR) - MINUTES_PER_HOUR)
    before, after = _start(clock.EARLIEST, 1), _start(now + clock.AHEAD, 1)
    for project_id in _projects():
        of_project = OutcomeCount.objects.filter(project_id=project_id)
        for wrong in (of_project.filter(minute__lt=before), of_project.filter(minute__gt=after)):
            yield RowsToDelete(rows_of(wrong).next_keys, partial(_sum_up, project_id, hour), project_id)


def _very_old(now: datetime) -> Iterator[RowsToDelete]:
    oldest = int((now - KEEP_DAYS).timestamp()) // 60
    for project_id in _projects():
        yield rows_of(OutcomeCount.objects.filter(project_id=project_id, minute__lt=oldest))


def _projects() -> list[int]:
    return list(Project.objects.order_by("pk").values_list("pk", flat=True))


#: In this order: what is summed up by the hour may already be old enough to be summed up by the day.
POLICIES = (
    RetentionPolicy("ledger of wrong times", _wrong),
    RetentionPolicy("ledger by the minute", _to_sum_up(MINUTES_PER_HOUR, KEEP_MINUTES)),
    RetentionPolicy("ledger by the hour", _to_sum_up(MINUTES_PER_DAY, KEEP_HOURS)),
    RetentionPolicy("ledger by the day", _very_old),
)
