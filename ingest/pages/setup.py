"""How to point an SDK at a project, and whether its first event has arrived."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.snippets import choose, snippets


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
    return render(
        request,
        "projects/setup.html",
        {
            "project": project,
            "snippets": every,
            "snippet": choose(every, request.GET.get("platform", ""), project.platform),
            "status": _status(project),
            "issues_url": reverse("issue_list", kwargs={"slug": project.slug}),
        },
    )


@member
@require_safe
@never_cache
def setup_status(request: SignedInRequest, project: Project) -> HttpResponse:
    """`{"arrived": bool, "url": str|null}` for the page that waits."""
    status = _status(project)
    return JsonResponse({"arrived": status.arrived, "url": status.url})
