"""What the digest knows of the limits: which are used up, for the pages and for other machines' edges.

The truth is the ledger. Counting there is dear, so it is done only when enough events have come since the last time
that a limit could be reached. What one machine lets in is counted exactly at its gate (ingest.rate_limits.gate).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import F, Q, QuerySet, Sum

from accounts.models import Project
from ingest.edge import admission
from ingest.ledger.outcomes import Outcome, category
from ingest.models import InstallationQuota, OutcomeCount
from ingest.rate_limits.gate import HOUR, MINUTE, Exceeded, RateLimits, WindowCounter
from issues.record import sampling

#: A limit that was changed in the environment is noticed after so many events at the latest.
MOST_UNCHECKED = 10_000
_ERROR = category("event")


@dataclass(frozen=True, slots=True)
class StoredLimits:
    """One project before a batch: its limits, how many events were digested, from how many on to count again, and
    which events of noisy issues to store (None: all)."""

    project_id: int
    limits: RateLimits
    digested: int
    next_check: int
    sample: sampling.Rule | None


def load_limits(project_id: int) -> StoredLimits | None:
    """One query; None when the project is gone. Holds its row until the transaction ends."""
    row = (
        Project.objects.select_for_update(no_key=True)
        .filter(pk=project_id)
        .values_list(
            "max_events_per_minute",
            "max_events_per_hour",
            "digested_event_count",
            "next_quota_check",
            "noisy_issue_percent",
        )
        .first()
    )
    if row is None:
        return None
    per_minute, per_hour, digested, next_check, percent = row
    limits = admission.effective(per_minute, per_hour)
    return StoredLimits(project_id, limits, digested, next_check, sampling.rule(percent, limits.project_hour))


def update_exceeded(before: StoredLimits, accepted: int, digested: int, now: datetime) -> None:
    """Say what is used up after `accepted` events are in the ledger, `digested` of which were new. To be called last
    in the transaction: digests wait here for each other. Mostly one statement."""
    if not accepted:
        return
    limits = before.limits
    # Limits count what was accepted, the project's counter what was new: the next time comes nearer by the difference.
    due = max(0, before.next_check - (accepted - digested))
    total = before.digested + digested
    project = Project.objects.filter(pk=before.project_id)
    if total >= due:
        rows = OutcomeCount.objects.filter(project_id=before.project_id)
        exceeded, left = _look(rows, "project", limits.project_minute, limits.project_hour, now)
        project.update(
            next_quota_check=total + left,
            quota_exceeded_until=_until(exceeded),
            quota_exceeded_reason=exceeded.name if exceeded else "",
        )
    elif due != before.next_check:
        project.update(next_quota_check=due)
    if limits.installation_minute or limits.installation_hour:
        _update_installation(accepted, limits, now)


def _update_installation(accepted: int, limits: RateLimits, now: datetime) -> None:
    installation = InstallationQuota.objects.filter(pk=1)
    later = installation.filter(unchecked_events__gt=accepted)
    if later.update(unchecked_events=F("unchecked_events") - accepted):
        return
    # One counts at a time: who comes second sees what the first one committed.
    if installation.select_for_update().first() is None:
        InstallationQuota.objects.bulk_create([InstallationQuota(pk=1)], ignore_conflicts=True)
        installation.select_for_update().first()
    # Project by project, as the rows are indexed.
    rows = OutcomeCount.objects.filter(project__in=Project.objects.values("pk"))
    exceeded, left = _look(rows, "installation", limits.installation_minute, limits.installation_hour, now)
    installation.update(
        unchecked_events=left,
        exceeded_until=_until(exceeded),
        exceeded_reason=exceeded.name if exceeded else "",
    )


def used(project_id: int, now: datetime) -> WindowCounter:
    """How many events of a project were accepted in the present minute and hour, as far as they are digested."""
    return _accepted(OutcomeCount.objects.filter(project_id=project_id), now)


def in_force(project: Project, now: datetime) -> Exceeded | None:
    """The limit that keeps new events of `project` out, the installation's included. One query."""
    limits = admission.effective(project.max_events_per_minute, project.max_events_per_hour)
    installation = InstallationQuota.objects.filter(pk=1).values_list("exceeded_until", "exceeded_reason")
    states = [(project.quota_exceeded_until, project.quota_exceeded_reason), *installation]
    return next((one for one in admission.stated(limits, *states) if one.until > now.timestamp()), None)


def _look(
    rows: QuerySet[OutcomeCount], scope: str, per_minute: int, per_hour: int, now: datetime
) -> tuple[Exceeded | None, int]:
    """The limit that is used up, and after how many more events one could be."""
    if not per_minute and not per_hour:
        return None, MOST_UNCHECKED
    counter = _accepted(rows, now)
    left = [MOST_UNCHECKED]
    for limit, count in ((per_minute, counter.in_minute), (per_hour, counter.in_hour)):
        if limit:
            # Of one that is used up the next window's are all left.
            left.append(limit - count if count < limit else limit)
    return counter.exceeded(scope, per_minute, per_hour), min(left)


def _accepted(rows: QuerySet[OutcomeCount], now: datetime) -> WindowCounter:
    minute, hour = int(now.timestamp()) // MINUTE, int(now.timestamp()) // HOUR
    first = hour * HOUR // MINUTE
    counts = rows.filter(
        category=_ERROR, outcome=Outcome.ACCEPTED.value, minute__gte=first, minute__lt=first + HOUR // MINUTE
    ).aggregate(minute=Sum("quantity", filter=Q(minute=minute)), hour=Sum("quantity"))
    return WindowCounter(minute, int(counts["minute"] or 0), hour, int(counts["hour"] or 0))


def _until(exceeded: Exceeded | None) -> datetime | None:
    return datetime.fromtimestamp(exceeded.until, UTC) if exceeded else None
