"""Why is my event not here? The latest requests with their reasons, and what became of one event id."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from ingest.pages import fates, latest
from ingest.pages.latest import Row
from issues.models import Event, UserReport
from issues.render.values import visible
from rustrak.lib import clock, ids

_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Search:
    """What is known of the event id somebody asked for. `known` is false when nothing was ever seen of it."""

    asked: str
    valid: bool
    url: str = ""
    issue: str = ""
    report_url: str = ""
    quarantined: str | None = None
    rows: tuple[Row, ...] = ()

    @property
    def known(self) -> bool:
        return bool(self.url or self.report_url or self.rows or self.quarantined is not None)


@member
@require_safe
def intake_requests(request: SignedInRequest, project: Project) -> HttpResponse:
    """`?show=refused` leaves out what was accepted; `?event=` asks for one event id."""
    refused_only = request.GET.get("show") == "refused"
    asked = request.GET.get("event", "").replace("\0", "").strip()[:_LONGEST]
    now = clock.now()
    return render(
        request,
        "ingest/requests.html",
        {
            "project": project,
            "rows": latest.rows(project, request.user, now, refused_only=refused_only),
            "refused_only": refused_only,
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
    report = UserReport.objects.filter(project=project, report_id=plain).exists()
    return Search(
        plain,
        valid=True,
        report_url=reverse("user_reports", args=[project.slug]) if report else "",
        quarantined=fates.quarantined(project.pk, plain),
        rows=tuple(latest.rows(project, request.user, clock.now(), event_id=plain)),
    )
