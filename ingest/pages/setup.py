"""How to point an SDK at a project, whether its first event has arrived, and meanwhile what has."""

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
from accounts.snippets import choose, snippets
from ingest.pages import latest
from ingest.pages.latest import Row
from rustrak.lib import clock
from rustrak.templatetags.show import ago_text

# Enough to see what goes wrong; the rest is a page away.
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Status:
    """Whether any event has come to a project, and where its newest issue is, if there is one."""

    arrived: bool
    url: str | None


def _status(project: Project) -> Status:
    issue = project.issues.order_by("-last_seen", "-id").values_list("id", flat=True).first()
    url = reverse("issue", kwargs={"slug": project.slug, "issue_id": issue}) if issue else None
    return Status(arrived=issue is not None or project.digested_event_count > 0, url=url)


@member
@require_safe
def setup(request: SignedInRequest, project: Project) -> HttpResponse:
    """The DSN, the code for one platform (`?platform=`), and the wait for the first event."""
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
            else latest.rows(project, request.user, clock.now(), most=_SHOWN, here="setup"),
            "issues_url": reverse("issue_list", kwargs={"slug": project.slug}),
        },
    )


@member
@require_safe
@never_cache
def setup_status(request: SignedInRequest, project: Project) -> HttpResponse:
    """`{"arrived": bool, "url": str|null, "requests": […]}` for the page that waits; `requests` is empty after that."""
    status = _status(project)
    now = clock.now()
    rows = [] if status.arrived else latest.rows(project, request.user, now, most=_SHOWN, here="setup")
    return JsonResponse(
        {"arrived": status.arrived, "url": status.url, "requests": [_as_json(row, now) for row in rows]}
    )


def _as_json(row: Row, now: datetime) -> dict[str, Any]:
    """What setup.js puts into the slots of a request: text, never markup."""
    return {
        "id": row.id,
        "at": clock.rfc3339(row.received_at),
        "ago": ago_text(row.received_at, now),
        "accepted": row.accepted,
        "badge": f"{'accepted' if row.accepted else 'refused'} {row.status}",
        "title": row.explanation.title,
        "text": row.explanation.text,
        "url": row.url,
        "other_url": row.other_url,
        "fix": row.explanation.fix,
        "place": row.place,
        "place_url": row.place_url,
        "about": [*row.about, *(text for text, _ in row.items)],
    }
