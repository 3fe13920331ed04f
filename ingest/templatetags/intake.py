"""What other pages say of the intake: issues may not import it, but their templates may show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import template
from django.db.models import Sum

from accounts.models import Project
from ingest.item_types import category
from ingest.ledger.outcomes import Outcome
from ingest.ledger.summary import WEEK
from ingest.models import OutcomeCount
from ingest.rate_limits import stored
from ingest.rate_limits.windows import HOUR
from issues.models import Issue
from rustrak.lib import clock

register = template.Library()

REFUSED = (
    Outcome.RATE_LIMITED,
    Outcome.TOO_LARGE,
    Outcome.MALFORMED,
    Outcome.UNAUTHENTICATED,
    Outcome.NO_ROOM,
    Outcome.FAILED,
    Outcome.INVALID,
)


@register.inclusion_tag("ingest/_week.html")
def intake_week(project: Project) -> dict[str, Any]:
    """`{% intake_week project %}`: what was received in seven days and not kept, and what was refused. One query."""
    since = int((clock.now() - WEEK).timestamp()) // 60
    rows = (
        OutcomeCount.objects.filter(
            project=project, minute__gte=since, outcome__in=[Outcome.UNSUPPORTED, *REFUSED]
        )
        .order_by()
        .values_list("outcome")
        .annotate(total=Sum("quantity"))
    )
    totals = dict(rows)
    not_kept = totals.pop(Outcome.UNSUPPORTED.value, 0)
    return {"project": project, "not_kept": not_kept, "refused": sum(totals.values())}


@dataclass(frozen=True, slots=True)
class UsedUp:
    """A limit that keeps new events out until then; whether it is the project's `own`, a possessive for `whose` it
    is, and its window, `minute` or `hour`."""

    until: datetime
    own: bool
    whose: str
    limit: int
    window: str


@register.inclusion_tag("ingest/_quota.html")
def quota_notice(project: Project) -> dict[str, Any]:
    """`{% quota_notice project %}`: that new events are refused, while they are. One query."""
    found = stored.in_force(project, clock.now())
    if found is None:
        return {"project": project, "standing": None}
    own = found.scope == "project"
    standing = UsedUp(
        datetime.fromtimestamp(found.until, UTC),
        own,
        "the project’s" if own else "the installation’s",
        found.limit,
        "hour" if found.window == HOUR else "minute",
    )
    return {"project": project, "standing": standing}


@register.simple_tag
def sampled(issue: Issue) -> int:
    """`{% sampled issue as number %}`: how many of its events were counted and not stored, as the project wants it of
    noisy issues. At most one query, none where that is off."""
    if not issue.project.noisy_issue_percent or issue.stored_event_count == issue.event_count:
        return 0
    total = OutcomeCount.objects.filter(
        project=issue.project_id,
        category=category("event"),
        outcome=Outcome.SAMPLED,
        reason=str(issue.digest_order),
    ).aggregate(total=Sum("quantity"))["total"]
    return int(total or 0)
