"""The setup page of a project: its DSN, code for each platform, and whether the first event has arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from accounts.snippets import choose, snippets
from ingest.pages import request_rows
from ingest.pages.request_rows import RequestRow
from rustrak.lib import clock
from rustrak.lib.wording import ago_text

# How many requests are listed; the page of missing events lists more.
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Status:
    """Whether any event has arrived, and the URL of the latest issue, if there is one."""

    arrived: bool
    url: str | None


def _status(project: Project) -> Status:
    issue = project.issues.order_by("-last_seen", "-id").values_list("id", flat=True).first()
    url = reverse("issue", kwargs={"slug": project.slug, "issue_id": issue}) if issue else None
    return Status(arrived=issue is not None or project.digested_event_count > 0, url=url)


@member(section=Section.SETUP)
@require_safe
def setup(request: SignedInRequest, project: Project) -> HttpResponse:
    """Query string: `platform`, whose code is shown."""
    every = snippets(project.dsn)
    status = _status(project)
    return render(
        request,
        "projects/setup.html",
        {
            "project": project,
            "snippets": every,
            "snippet": choose(every, request.GET.get("platform", ""), project.platform),
            "status": status,
            "rows": []
            if status.arrived
            else request_rows.rows(project, request.user, clock.now(), most=_SHOWN, here="setup"),
            "issues_url": reverse("issue_list", kwargs={"slug": project.slug}),
        },
    )


@member
@require_safe
@never_cache
def setup_status(request: SignedInRequest, project: Project) -> HttpResponse:
    """`{"arrived": bool, "url": str|null, "requests": […]}` for setup.js; once an event arrived, `requests` is empty."""
    status = _status(project)
    now = clock.now()
    rows = [] if status.arrived else request_rows.rows(project, request.user, now, most=_SHOWN, here="setup")
    return JsonResponse(
        {"arrived": status.arrived, "url": status.url, "requests": [_as_json(row, now) for row in rows]}
    )


def _as_json(row: RequestRow, now: datetime) -> dict[str, Any]:
    """The texts that setup.js puts into the slots of templates/ingest/_request_row.html."""
    return {
        "id": row.id,
        "at": clock.rfc3339(row.received_at),
        "ago": ago_text(row.received_at, now),
        "accepted": row.accepted,
        "verdict": row.verdict,
        "badge": f"{row.verdict} {row.status}",
        "title": row.explanation.title,
        "text": row.explanation.text,
        "url": row.url,
        "other_url": row.other_url,
        "fix": row.explanation.fix,
        "page": row.page,
        "page_url": row.page_url,
        "about": [*row.about, *(text for text, _ in row.items)],
    }
