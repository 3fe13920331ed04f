"""The list of an issue's stored events, latest first."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.models import Event, Level
from issues.pages.heading import heading_of
from issues.pages.paging import paged
from issues.render.values import visible


@dataclass(frozen=True)
class EventRow:
    """One row of the list."""

    event: Event
    level: str
    title: str


@member(section=Section.ISSUES)
@require_safe
def event_list(request: SignedInRequest, project: Project, issue_id: UUID) -> HttpResponse:
    """The stored events of one issue. Query string: `cursor`."""
    issue = get_object_or_404(project.issues, pk=issue_id)
    issue.project = project
    page = paged(issue.events.defer("payload"), ["digest_order"], request.GET)
    rows = [
        EventRow(event, Level(event.level).label, visible(event.own_title or issue.title))
        for event in page.items
    ]
    heading = heading_of(issue.title, issue.type, issue.value)
    return render(
        request,
        "issues/event_list.html",
        {"project": project, "issue": issue, "heading": heading, "rows": rows, "page": page},
    )
