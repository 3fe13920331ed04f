"""The page of an issue's activity, and the latest entries beside the issue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project, User
from accounts.navigation import Section
from issues import watching
from issues.comments.markdown import LONGEST
from issues.models import Activity, Issue
from issues.pages.activity.entries import Entry, entry, rows_of
from issues.pages.heading import heading_of
from issues.pages.paging import SIZE, paged
from issues.render.values import visible

# How many entries are shown beside an issue, and how many names of those who watch it.
LATEST, MOST_NAMES = 6, 20
# Comments take more room and time than other entries.
_COMMENTS = 25


@dataclass(frozen=True)
class Latest:
    """The newest entries, and whether there are more."""

    entries: list[Entry]
    more: bool


@dataclass(frozen=True)
class Watching:
    """Who watches an issue: whether the viewer does, how many people do, and the names of the first of them."""

    mine: bool
    count: int
    names: Sequence[str]


@member(section=Section.ISSUES)
@require_safe
def issue_activity(request: SignedInRequest, project: Project, issue_id: UUID) -> HttpResponse:
    """All activity, latest first. Query string: `cursor`, and `only=comments`."""
    issue = get_object_or_404(project.issues, pk=issue_id)
    issue.project = project
    return page(request, issue)


def page(
    request: SignedInRequest,
    issue: Issue,
    *,
    text: str = "",
    problem: str = "",
    editing: Activity | None = None,
) -> HttpResponse:
    """The page, with the text of a comment that could not be saved and the reason, or the comment that is changed."""
    only = request.GET.get("only") == "comments"
    rows = rows_of(issue)
    if only:
        rows = rows.filter(kind=Activity.Kind.COMMENTED).exclude(text="")
    shown = paged(rows, ["at", "id"], request.GET, _COMMENTS if only else SIZE)
    context = {
        "project": issue.project,
        "issue": issue,
        "heading": heading_of(issue.title, issue.type, issue.value),
        "entries": [entry(issue, one, request.user) for one in shown.items],
        "page": shown,
        "only_comments": only,
        "watching": watching_of(issue, request.user),
        "comment_text": text,
        "comment_problem": problem,
        "comment_length": LONGEST,
        "editing": editing,
    }
    return render(request, "issues/activity.html", context, status=400 if problem else 200)


def latest(issue: Issue, viewer: User) -> Latest:
    """The latest entries. One query, and one for the viewer's role if there is a comment."""
    found = list(rows_of(issue).order_by("-at", "-id")[: LATEST + 1])
    entries = [entry(issue, one, viewer) for one in found]
    return Latest(entries[:LATEST], len(entries) > LATEST)


def watching_of(issue: Issue, viewer: User) -> Watching:
    """Who watches. One query."""
    people = watching.watchers(issue)
    names = [visible(each.get_short_name()) for each in people[:MOST_NAMES]]
    return Watching(any(each.pk == viewer.pk for each in people), len(people), names)
