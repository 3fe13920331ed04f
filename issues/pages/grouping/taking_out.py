"""Asks before a grouping is split off its issue or moved to another one, and says what goes with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues import groupings, merging, search
from issues.models import Grouping, Issue, IssuePerson
from issues.pages.grouping.of_issue import row_of
from issues.pages.heading import Heading, heading_of
from issues.pages.sent import uuids
from issues.query.parsing import LONGEST
from issues.search.lookup import look_up
from issues.search.sentences import sentence
from rustrak.lib import clock

# Issues that are offered, those seen last.
_MOST = 20


@member(reads=Capability.EVENT_WRITE, section=Section.ISSUES)
@require_http_methods(["GET", "HEAD", "POST"])
def grouping_split(
    request: SignedInRequest, project: Project, issue_id: UUID, grouping_id: int
) -> HttpResponse:
    """Ask for confirmation; a POST splits the grouping off."""
    issue, grouping = _found(project, issue_id, grouping_id)
    if request.method == "POST":
        try:
            made = groupings.split(project, grouping.pk, request.user)
        except merging.NotPossible as error:
            messages.error(request, f"Nothing was split off. {error}")
            return redirect("issue_grouping", project.slug, issue.pk)
        messages.success(request, "Split off. This is the issue that has these events now.")
        return redirect("issue", project.slug, made)
    context = _context(project, issue, grouping)
    return render(request, "issues/grouping/split.html", context | {"again": merging.made_again(grouping)})


@member(reads=Capability.EVENT_WRITE, section=Section.ISSUES)
@require_http_methods(["GET", "HEAD", "POST"])
def grouping_move(
    request: SignedInRequest, project: Project, issue_id: UUID, grouping_id: int
) -> HttpResponse:
    """Ask to which issue; query string: `q`, a search or a short id. A POST moves the grouping to the issue `into` (UUID)."""
    issue, grouping = _found(project, issue_id, grouping_id)
    if request.method == "POST":
        into = next(iter(uuids([request.POST.get("into", "")])), None)
        if into is None:
            messages.error(request, "Nothing was moved. Select an issue.")
            return redirect("grouping_move", project.slug, issue.pk, grouping.pk)
        try:
            groupings.move(project, grouping.pk, into, request.user)
        except merging.NotPossible as error:
            messages.error(request, f"Nothing was moved. {error}")
            return redirect("issue_grouping", project.slug, issue.pk)
        messages.success(request, "Moved. This is the issue that has these events now.")
        return redirect("issue", project.slug, into)
    q = request.GET.get("q", "").replace("\0", "").strip()
    context = _context(project, issue, grouping) | _offered(request, project, issue, q)
    return render(request, "issues/grouping/move.html", context | {"q": q, "longest": LONGEST})


def _found(project: Project, issue_id: UUID, grouping_id: int) -> tuple[Issue, Grouping]:
    issue = get_object_or_404(project.issues, pk=issue_id)
    issue.project = project
    return issue, get_object_or_404(issue.groupings, pk=grouping_id)


def _context(project: Project, issue: Issue, grouping: Grouping) -> dict[str, Any]:
    """What goes with the grouping."""
    return {
        "project": project,
        "issue": issue,
        "heading": heading_of(issue.title, issue.type, issue.value),
        "row": row_of(grouping, issue),
        "people": IssuePerson.objects.filter(grouping=grouping).count(),
        "why_not": merging.why_not_split(grouping),
    }


def _offered(request: SignedInRequest, project: Project, issue: Issue, q: str) -> dict[str, Any]:
    """The issues to choose from, and what was wrong with the search."""
    issues = Issue.objects.filter(project=project)
    notes: list[str] = []
    try:
        with search.limited():
            if q:
                found = look_up(issues, q, search.Scope([project], request.user, clock.now()))
                notes = [sentence(q, found.mistakes)] if found.mistakes else list(found.notes)
                issues = found.issues
            rows = list(issues.exclude(pk=issue.pk).order_by("-last_seen", "-pk")[: _MOST + 1])
    except search.TookTooLong:
        rows, notes = [], ["This search takes too long. Search for other or longer words, or for a short ID."]
    for each in rows:
        each.project = project
    offered: list[tuple[Issue, Heading]] = [
        (each, heading_of(each.title, each.type, each.value)) for each in rows[:_MOST]
    ]
    return {"offered": offered, "more": len(rows) > _MOST, "most": _MOST, "notes": notes}
