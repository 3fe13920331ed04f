"""Lets go of the ids of events that were counted and not stored, when nobody sends them again."""

from __future__ import annotations

from datetime import datetime, timedelta

from issues.models import SampledEvent

#: An SDK that was offline sends what it kept within days.
KEPT_FOR = timedelta(days=7)
_BATCH = 1000


def retain(now: datetime) -> int:
    """Delete those older than KEPT_FOR, in small transactions; how many."""
    old = SampledEvent.objects.filter(at__lt=now - KEPT_FOR).order_by("at")
    total = 0
    while ids := list(old.values_list("pk", flat=True)[:_BATCH]):
        SampledEvent.objects.filter(pk__in=ids).delete()
        total += len(ids)
    return total
