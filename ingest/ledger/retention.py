"""Keeps the ledger small: sums up old minutes into hours and days, and deletes very old counts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Sum

from accounts.models import Project
from ingest.ledger import store
from ingest.ledger.outcomes import LedgerKey
from ingest.ledger.summary import MINUTES_PER_DAY, MINUTES_PER_HOUR
from ingest.models import OutcomeCount
from issues.lock import lock_project

KEEP_MINUTES = timedelta(days=2)
KEEP_HOURS = timedelta(days=14)
KEEP_DAYS = timedelta(days=400)


def retain(now: datetime) -> None:
    """Sum up minutes older than two days into hours and hours older than two weeks into days, and delete what is older
    than 400 days. Sums stay exact while the digest adds to them."""
    for project_id in Project.objects.order_by("pk").values_list("pk", flat=True):
        _sum_up(project_id, MINUTES_PER_HOUR, now - KEEP_MINUTES)
        _sum_up(project_id, MINUTES_PER_DAY, now - KEEP_HOURS)
        oldest = int((now - KEEP_DAYS).timestamp()) // 60
        OutcomeCount.objects.filter(project_id=project_id, minute__lt=oldest).delete()


def _sum_up(project_id: int, step: int, before: datetime) -> None:
    limit = int(before.timestamp()) // 60
    fine = (
        OutcomeCount.objects.filter(project_id=project_id, minute__lt=limit - limit % step)
        .annotate(offset=F("minute") % step)
        .exclude(offset=0)
    )
    if not fine.exists():
        return
    with transaction.atomic():
        # The digest adds counts while it holds the project's lock or, for the edge's counts, its row: take both.
        lock_project(project_id)
        if not Project.objects.select_for_update(no_key=True).filter(pk=project_id).exists():
            return
        sums = fine.values_list(
            "project_id", F("minute") - F("minute") % step, "category", "outcome", "reason"
        ).annotate(total=Sum("quantity"))
        counts = {LedgerKey(*key): int(total) for *key, total in sums}
        fine.delete()
        store.add(counts)
