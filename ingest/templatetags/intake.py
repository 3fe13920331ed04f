"""Template tags with which the pages of other apps show what ingest knows; those apps may not import it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import template
from django.db.models import Sum
from django.template import Context

from accounts.models import Project
from ingest import free_space, sample_event
from ingest.item_types import category
from ingest.ledger.outcomes import Outcome
from ingest.ledger.summary import WEEK
from ingest.models import OutcomeCount
from ingest.rate_limits import stored
from ingest.rate_limits.windows import HOUR
from issues import advice as issues_advice
from issues.models import Issue
from rustrak.lib import clock
from rustrak.lib.disk.space import ENOUGH

register = template.Library()

REJECTED = (
    Outcome.RATE_LIMITED,
    Outcome.TOO_LARGE,
    Outcome.MALFORMED,
    Outcome.UNAUTHENTICATED,
    Outcome.NO_ROOM,
    Outcome.FAILED,
    Outcome.INVALID,
)


@register.inclusion_tag("ingest/_little_space.html")
def little_space() -> dict[str, Any]:
    """`{% little_space %}`: on which disks there is too little free space, if so. No query."""
    if not free_space.is_little():
        return {"found": []}
    disks = {
        os.stat(space.directory).st_dev: space for space in free_space.here().spaces() if space.below(ENOUGH)
    }
    return {"found": list(disks.values())}


@register.inclusion_tag("ingest/_week.html")
def intake_week(project: Project) -> dict[str, Any]:
    """`{% intake_week project %}`: how many items of the last seven days were not supported or rejected. One query."""
    since = int((clock.now() - WEEK).timestamp()) // 60
    rows = (
        OutcomeCount.objects.filter(
            project=project, minute__gte=since, outcome__in=[Outcome.UNSUPPORTED, *REJECTED]
        )
        .order_by()
        .values_list("outcome")
        .annotate(total=Sum("quantity"))
    )
    totals = dict(rows)
    unsupported = totals.pop(Outcome.UNSUPPORTED.value, 0)
    return {"project": project, "unsupported": unsupported, "rejected": sum(totals.values())}


@register.inclusion_tag("ingest/_advice.html", takes_context=True)
def advice(context: Context, project: Project) -> dict[str, Any]:
    """`{% advice project %}`: which of release, environment and user no event has had. At most one query."""
    found = issues_advice.missing(project, sample=(sample_event.RELEASE, sample_event.ENVIRONMENT))
    return {"request": context.get("request"), "project": project, "missing": found}


@dataclass(frozen=True, slots=True)
class ReachedLimit:
    """A limit that is reached until then. `own` if it is the project's, `whose` in words; `window` is minute or hour."""

    until: datetime
    own: bool
    whose: str
    limit: int
    window: str


@register.inclusion_tag("ingest/_quota.html")
def quota_notice(project: Project) -> dict[str, Any]:
    """`{% quota_notice project %}`: a notice while new events are rejected because of a limit. One query."""
    found = stored.in_force(project, clock.now())
    if found is None:
        return {"project": project, "exceeded": None}
    own = found.scope == "project"
    exceeded = ReachedLimit(
        datetime.fromtimestamp(found.until, UTC),
        own,
        "the project’s" if own else "the installation’s",
        found.limit,
        "hour" if found.window == HOUR else "minute",
    )
    return {"project": project, "exceeded": exceeded}


@register.simple_tag
def expired(project: Project, item_type: str) -> int:
    """`{% expired project "attachment" as number %}`: how many items of the type's category were stored once and have been
    deleted by retention, as long as the ledger remembers. One query."""
    total = OutcomeCount.objects.filter(
        project=project, category=category(item_type), outcome=Outcome.EVICTED
    ).aggregate(total=Sum("quantity"))["total"]
    return int(total or 0)


@register.simple_tag
def sampled(issue: Issue) -> int:
    """`{% sampled issue as number %}`: how many events of a noisy issue were counted, but not stored.

    At most one query; none if the project does not sample.
    """
    if not issue.project.noisy_issue_percent or issue.stored_event_count == issue.event_count:
        return 0
    total = OutcomeCount.objects.filter(
        project=issue.project_id,
        category=category("event"),
        outcome=Outcome.SAMPLED,
        reason=str(issue.digest_order),
    ).aggregate(total=Sum("quantity"))["total"]
    return int(total or 0)
