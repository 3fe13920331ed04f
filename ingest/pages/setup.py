"""The setup page of a project: its DSN, code for each platform, and whether the first event has arrived."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import public_address
from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from accounts.snippets import choose, grouped, snippets
from ingest.pages import request_rows
from ingest.pages.request_rows import RequestRow
from rustrak.lib import clock
from rustrak.lib.wording import ago_text
from rustrak.local_times import current

# How many requests are listed; the page of missing events lists more.
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Status:
    """Whether any event has arrived, and the URL of the latest issue, if there is one. `platform` is that issue's."""

    arrived: bool
    url: str | None
    platform: str


def _status(project: Project) -> Status:
    issue = project.issues.order_by("-last_seen", "-id").values_list("id", "platform").first()
    if issue is None:
        return Status(arrived=project.digested_event_count > 0, url=None, platform="")
    url = reverse("issue", kwargs={"slug": project.slug, "issue_id": issue[0]})
    return Status(arrived=True, url=url, platform=issue[1])


@member(reads=Capability.PROJECT_READ, section=Section.SETUP)
@require_safe
def setup(request: SignedInRequest, project: Project) -> HttpResponse:
    """Query string: `platform`, whose code is shown, and `find`, a part of the names of the platforms that are listed."""
    every = snippets(project.dsn)
    find = request.GET.get("find", "").strip()[:50]
    status = _status(project)
    snippet = choose(every, request.GET.get("platform", ""), project.platform, status.platform)
    return render(
        request,
        "projects/setup.html",
        {
            "project": project,
            "groups": grouped(every, find),
            "find": find,
            "snippet": snippet,
            "advice": public_address.advice(),
            "emulator": public_address.only_here() and snippet.mobile,
            "status": status,
            "rows": []
            if status.arrived
            else request_rows.rows(project, request.user, clock.now(), most=_SHOWN, here="setup"),
            "issues_url": reverse("issue_list", kwargs={"slug": project.slug}),
        },
    )


@member(reads=Capability.PROJECT_READ)
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


@member(changes=Capability.PROJECT_WRITE)
@require_POST
def close_advice(request: SignedInRequest, project: Project) -> HttpResponse:
    """Do not advise anybody any more to send releases, environments and users. Back to `next` of the form."""
    Project.objects.filter(pk=project.pk).update(advice_closed=True)
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return redirect(target if safe else reverse("project_setup", kwargs={"slug": project.slug}))


def _as_json(row: RequestRow, now: datetime) -> dict[str, Any]:
    """The texts that setup.js puts into the slots of templates/ingest/_request_row.html."""
    return {
        "id": row.id,
        "at": clock.rfc3339(row.received_at),
        "ago": ago_text(row.received_at, now),
        "moment": current.style().both(row.received_at),
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
