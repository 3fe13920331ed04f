"""What other pages say of the intake: issues may not import it, but their templates may show it."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Sum

from accounts.models import Project
from ingest.ledger import WEEK
from ingest.models import OutcomeCount
from ingest.outcomes import Outcome
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
