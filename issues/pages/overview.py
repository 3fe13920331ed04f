"""The start page: the user's projects, with their open issues and latest events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, signed_in
from accounts.models import Project
from issues.models import Issue
from issues.pages import hours
from rustrak.lib import clock


@dataclass(frozen=True)
class ProjectRow:
    """One row of the list."""

    project: Project
    open_issues: int
    sparkline: SafeString
    last_event: datetime | None


@signed_in
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """The projects that the user may see, by name. Three queries."""
    now = clock.now()
    projects = list(Project.objects.visible_to(request.user).by_name())
    keys = [project.pk for project in projects]
    counts = hours.of_projects(keys, now) if keys else {}
    found = (
        Issue.objects.filter(project__in=keys)
        .values("project_id")
        .annotate(open=Count("pk", filter=Q(status=Issue.Status.OPEN)), last=Max("last_seen"))
    )
    about = {row["project_id"]: row for row in found} if keys else {}
    rows = [
        ProjectRow(
            project=project,
            open_issues=about[project.pk]["open"] if project.pk in about else 0,
            sparkline=hours.sparkline(counts.get(project.pk)),
            last_event=about[project.pk]["last"] if project.pk in about else None,
        )
        for project in projects
    ]
    return render(request, "issues/overview.html", {"rows": rows})
