"""The activity of an issue: what happened to it, and which person or event did it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.models import Activity, Event, Issue
from issues.pages.heading import heading_of
from issues.pages.paging import paged
from issues.render.values import visible

# How many entries are shown beside an issue.
LATEST = 6

_DONE = {
    Activity.Kind.CREATED: "First event",
    Activity.Kind.REGRESSED: "Regressed",
    Activity.Kind.RESOLVED: "Resolved",
    Activity.Kind.REOPENED: "Reopened",
    Activity.Kind.MUTED: "Muted",
    Activity.Kind.UNMUTED: "Unmuted",
    Activity.Kind.ASSIGNED: "Assigned to",
    Activity.Kind.UNASSIGNED: "No longer assigned to",
    Activity.Kind.MERGED: "Merged with",
    Activity.Kind.UNMERGED: "No longer merged with",
}
_OF_EVENTS = (Activity.Kind.CREATED, Activity.Kind.REGRESSED)


@dataclass(frozen=True)
class Entry:
    """One line: "Assigned to" `whom` "by" `who`; both may be empty, and `unknown` if nobody knows who did it. `event` is the
    event's URL, empty once it has expired."""

    kind: str
    done: str
    whom: str
    unknown: bool
    at: datetime
    who: str
    event: str
    number: int | None


@dataclass(frozen=True)
class Latest:
    """The newest entries, and whether there are more."""

    entries: list[Entry]
    more: bool


@member(section=Section.ISSUES)
@require_safe
def issue_activity(request: SignedInRequest, project: Project, issue_id: UUID) -> HttpResponse:
    """All activity, latest first. Query string: `cursor`."""
    issue = get_object_or_404(project.issues, pk=issue_id)
    issue.project = project
    page = paged(with_events(issue), ["at", "id"], request.GET)
    context = {
        "project": project,
        "issue": issue,
        "heading": heading_of(issue.title, issue.type, issue.value),
        "entries": [_entry(issue, one) for one in page.items],
        "page": page,
    }
    return render(request, "issues/activity.html", context)


def latest(issue: Issue) -> Latest:
    """The latest entries. One query."""
    found = list(with_events(issue).order_by("-at", "-id")[: LATEST + 1])
    entries = [_entry(issue, one) for one in found]
    return Latest(entries[:LATEST], len(entries) > LATEST)


def with_events(issue: Issue) -> QuerySet[Activity]:
    """The issue's activity with its people; `event_number` is None for an event that has expired."""
    kept = Event.objects.filter(pk=OuterRef("event"), issue=issue.pk).values("digest_order")
    rows = Activity.objects.filter(issue=issue.pk).select_related("user")
    return rows.annotate(event_number=Subquery(kept))


def _entry(issue: Issue, one: Activity) -> Entry:
    kind = Activity.Kind(one.kind)
    number: int | None = getattr(one, "event_number", None)
    who = visible(one.user.get_short_name()) if one.user else ""
    link = reverse("event", args=[issue.project.slug, issue.pk, one.event]) if number is not None else ""
    unknown = not who and kind not in _OF_EVENTS
    return Entry(one.kind, _DONE[kind], visible(one.detail), unknown, one.at, who, link, number)
