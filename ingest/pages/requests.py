"""The page of missing events: the latest requests and why they were rejected, and a search for one event id."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from ingest.ledger.tally import LATEST
from ingest.pages import event_status, request_rows
from ingest.pages.request_rows import RequestRow
from issues.models import Event, UserReport
from issues.render.values import visible
from rustrak.lib import clock, ids
from rustrak.lib.wording import counted

# The longest search text that is read.
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Search:
    """What is known of the event id `asked`. `set_aside` is None unless it was; else why, or empty. `unlisted` is how many
    requests are no longer listed, empty if none."""

    asked: str
    valid: bool
    url: str = ""
    issue: str = ""
    report_url: str = ""
    set_aside: str | None = None
    rows: tuple[RequestRow, ...] = ()
    unlisted: str = ""

    @property
    def known(self) -> bool:
        """Whether anything is known of the event."""
        return bool(self.url or self.report_url or self.rows or self.set_aside is not None)


@member(reads=Capability.PROJECT_READ, section=Section.INCOMING)
@require_safe
def intake_requests(request: SignedInRequest, project: Project) -> HttpResponse:
    """Query string: `show=refused` (only rejected requests), `event` (search for this event id)."""
    rejected_only = request.GET.get("show") == "refused"
    asked = request.GET.get("event", "").replace("\0", "").strip()[:_LONGEST]
    now = clock.now()
    return render(
        request,
        "ingest/requests.html",
        {
            "project": project,
            "rows": request_rows.rows(project, request.user, now, rejected_only=rejected_only),
            "rejected_only": rejected_only,
            "most": LATEST,
            "shows": [("All", "?", not rejected_only), ("Rejected", "?show=refused", rejected_only)],
            "search": _search(project, request, asked) if asked else None,
            "health_check": f"curl -i {settings.PUBLIC_URL.rstrip('/')}/health",
        },
    )


def _search(project: Project, request: SignedInRequest, asked: str) -> Search:
    plain = ids.event_id(asked)
    if plain is None:
        return Search(visible(asked), valid=False)
    event = (
        Event.objects.filter(project=project, event_id=plain)
        .values_list("pk", "issue_id", "issue__digest_order")
        .first()
    )
    if event is not None:
        key, issue_id, order = event
        return Search(
            plain,
            valid=True,
            url=reverse("event", args=[project.slug, issue_id, key]),
            issue=f"{project.slug.upper()}-{order}",
        )
    rows = tuple(request_rows.rows(project, request.user, clock.now(), event_id=plain))
    unlisted = 0 if rows else request_rows.unlisted(project)
    report = UserReport.objects.filter(project=project, report_id=plain).exists()
    return Search(
        plain,
        valid=True,
        report_url=reverse("user_reports", args=[project.slug]) + f"?report={plain}" if report else "",
        set_aside=event_status.set_aside(project.pk, [plain]).get(plain),
        rows=rows,
        unlisted=counted(unlisted, "earlier request") if unlisted else "",
    )
