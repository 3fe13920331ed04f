"""Which limits are used up, as the digest stores it in the database: for the pages and for the edges of other machines.

The numbers come from the ledger. Counting there is expensive, so it is done only after enough events for a limit to be
reached. Each machine counts what it accepts exactly at its own gate (ingest.rate_limits.gate).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import F, Q, QuerySet, Sum

from accounts.models import Project
from ingest.item_types import EVENT, category
from ingest.ledger.outcomes import Outcome
from ingest.models import InstallationQuota, OutcomeCount
from ingest.rate_limits.configured import limits_of, still_exceeded
from ingest.rate_limits.windows import HOUR, MINUTE, Exceeded, RateLimits, WindowCounter
from issues.record import sampling
from rustrak.lib.database.prepared import Prepared

#: A limit that was changed in the environment takes effect after this many events at the latest.
MOST_UNCHECKED = 10_000
_ERROR = category(EVENT)


@dataclass(frozen=True, slots=True)
class StoredLimits:
    """A project before a batch: its limits, how many of its events were digested, at which number of digested events
    to count again, and which events of noisy issues to store (None: all)."""

    project_id: int
    limits: RateLimits
    digested: int
    next_check: int
    sample: sampling.SamplingRule | None


def load_limits(project_id: int) -> StoredLimits | None:
    """Read a project and lock its row until the transaction ends; one query. None if the project was deleted."""
    rows = _LIMITS.fetch([project_id])
    if not rows:
        return None
    per_minute, per_hour, digested, next_check, percent = rows[0]
    limits = limits_of(per_minute, per_hour)
    return StoredLimits(project_id, limits, digested, next_check, sampling.rule(percent, limits.project_hour))


_LIMITS = Prepared(
    lambda projects: (
        Project.objects.select_for_update(no_key=True)
        .filter(pk__in=projects)
        .values_list(
            "max_events_per_minute",
            "max_events_per_hour",
            "digested_event_count",
            "next_quota_check",
            "noisy_issue_percent",
        )
    )
)


def update_exceeded(stored: StoredLimits, accepted: int, digested: int, now: datetime) -> None:
    """Store which limits are used up after `accepted` events were added to the ledger, `digested` of which were new.

    To be called last in the transaction, as digests wait here for each other. Usually one statement.
    """
    if not accepted:
        return
    limits = stored.limits
    # Limits count accepted events, the project's counter only new ones: the next check is due that much earlier.
    due = max(0, stored.next_check - (accepted - digested))
    total = stored.digested + digested
    project = Project.objects.filter(pk=stored.project_id)
    if total >= due:
        rows = OutcomeCount.objects.filter(project_id=stored.project_id)
        exceeded, left = _count(rows, "project", limits.project_minute, limits.project_hour, now)
        project.update(
            next_quota_check=total + left,
            quota_exceeded_until=_until(exceeded),
            quota_exceeded_reason=exceeded.name if exceeded else "",
        )
    elif due != stored.next_check:
        project.update(next_quota_check=due)
    if limits.installation_minute or limits.installation_hour:
        _update_installation(accepted, limits, now)


def _update_installation(accepted: int, limits: RateLimits, now: datetime) -> None:
    installation = InstallationQuota.objects.filter(pk=1)
    later = installation.filter(unchecked_events__gt=accepted)
    if later.update(unchecked_events=F("unchecked_events") - accepted):
        return
    # One digest counts at a time; the next one sees what the first has committed.
    if installation.select_for_update().first() is None:
        InstallationQuota.objects.bulk_create([InstallationQuota(pk=1)], ignore_conflicts=True)
        installation.select_for_update().first()
    # Filtered by project so that the index is used.
    rows = OutcomeCount.objects.filter(project__in=Project.objects.values("pk"))
    exceeded, left = _count(rows, "installation", limits.installation_minute, limits.installation_hour, now)
    installation.update(
        unchecked_events=left,
        exceeded_until=_until(exceeded),
        exceeded_reason=exceeded.name if exceeded else "",
    )


def used(project_id: int, now: datetime) -> WindowCounter:
    """How many events of a project were accepted in the current minute and hour and are digested."""
    return _accepted(OutcomeCount.objects.filter(project_id=project_id), now)


def in_force(project: Project, now: datetime) -> Exceeded | None:
    """The project's or the installation's limit that rejects new events of `project`, or None. One query."""
    limits = limits_of(project.max_events_per_minute, project.max_events_per_hour)
    installation = InstallationQuota.objects.filter(pk=1).values_list("exceeded_until", "exceeded_reason")
    states = [(project.quota_exceeded_until, project.quota_exceeded_reason), *installation]
    return next((one for one in still_exceeded(limits, *states) if one.in_force(now.timestamp())), None)


def _count(
    rows: QuerySet[OutcomeCount], scope: str, per_minute: int, per_hour: int, now: datetime
) -> tuple[Exceeded | None, int]:
    """The limit that is used up, if any, and after how many more events to look again."""
    if not per_minute and not per_hour:
        return None, MOST_UNCHECKED
    counter = _accepted(rows, now)
    left = [MOST_UNCHECKED]
    for limit, count in ((per_minute, counter.in_minute), (per_hour, counter.in_hour)):
        if limit:
            # Once a limit is used up, the next window has all of it.
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
