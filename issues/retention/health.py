"""Lets go of old sessions and check-ins, a portion at a time: the digest gets in between."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Model, QuerySet

from issues.models import CheckIn, SessionDay, SessionPerson
from issues.sessions import store

# Of one monitor in one environment.
MOST_CHECK_INS = 1000

_PORTION = 500
_PAUSE = 0.02


def retain(now: datetime) -> int:
    """Delete what is older than RETAIN_DAYS (0: nothing is) and check-ins beyond MOST_CHECK_INS; how many rows."""
    deleted = store.forget_trouble(now) + _delete_surplus()
    if not settings.RETAIN_DAYS:
        return deleted
    limit = now - timedelta(days=settings.RETAIN_DAYS)
    for model in (SessionDay, SessionPerson):
        deleted += _delete(model._default_manager.filter(day__lt=limit.date()))
    return deleted + _delete(CheckIn.objects.filter(started_at__lt=limit))


def _delete_surplus() -> int:
    crowded = CheckIn.objects.values("state_id").annotate(count=Count("pk")).filter(count__gt=MOST_CHECK_INS)
    deleted = 0
    for state_id in list(crowded.order_by().values_list("state_id", flat=True)):
        newest = CheckIn.objects.filter(state_id=state_id).order_by("-started_at", "-pk")
        surplus = list(newest.values_list("pk", flat=True)[MOST_CHECK_INS : MOST_CHECK_INS + 20 * _PORTION])
        for start in range(0, len(surplus), _PORTION):
            deleted += _delete(CheckIn.objects.filter(pk__in=surplus[start : start + _PORTION]))
    return deleted


def _delete(rows: QuerySet[Any, Any]) -> int:
    model: type[Model] = rows.model
    deleted = 0
    while portion := list(rows.values_list("pk", flat=True)[:_PORTION]):
        deleted += model._default_manager.filter(pk__in=portion).delete()[0]
        time.sleep(_PAUSE)
    return deleted
