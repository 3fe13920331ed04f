"""The audit log is kept for RETAIN_AUDIT_DAYS, and of all its entries the latest MOST."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, Min

from accounts.models import AuditEntry
from issues.retention.batches import RetentionPolicy, RowsToDelete, rows_of

# About 400 MB. Whoever may change something can write entries without end.
MOST = 1_000_000


def _audit(now: datetime) -> Iterator[RowsToDelete]:
    if settings.RETAIN_AUDIT_DAYS:
        old = AuditEntry.objects.filter(at__lt=now - timedelta(days=settings.RETAIN_AUDIT_DAYS))
        yield rows_of(old.order_by("at", "id"))
    # Ids grow, so that many are counted only when there may be too many.
    ids = AuditEntry.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if (ids["last"] or 0) - (ids["first"] or 0) >= MOST:
        yield rows_of(AuditEntry.objects.order_by("-at", "-id")[MOST:])


POLICY = RetentionPolicy("audit log", _audit)
