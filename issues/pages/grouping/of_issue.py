"""The groupings of an issue: which keys lead to it, what was merged into it, and what is still being moved."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues import groupings, merging
from issues.groupings import Listed, merged_into
from issues.models import Grouping, Issue
from issues.pages.heading import heading_of
from issues.pages.paging import paged
from issues.pages.sent import uuids
from issues.render.values import LONGEST_TEXT, line
from rustrak.lib import clock, wording

SIZE = 25
#: Issues that were merged into it, the latest first.
MOST_MERGED = 50


@dataclass(frozen=True)
class Row:
    """A grouping. `key` is as much of it as a page shows; `by` names the mechanism that made it."""

    listed: Listed
    key: str
    by: str


@member(section=Section.ISSUES)
@require_safe
def issue_grouping(request: SignedInRequest, project: Project, issue_id: UUID) -> HttpResponse:
    """All groupings, the oldest first. Query string: `cursor` or `before`."""
    issue = get_object_or_404(project.issues, pk=issue_id)
    issue.project = project
    rows: QuerySet[Grouping] = issue.groupings.all()
    page = paged(rows, ["id"], request.GET, SIZE, descending=False)
    merged, more = merged_into.merged(issue, clock.now(), MOST_MERGED)
    context = {
        "project": project,
        "issue": issue,
        "heading": heading_of(issue.title, issue.type, issue.value),
        "rows": [row_of(grouping, issue) for grouping in page.items],
        "several": len(page.items) > 1 or page.previous or page.next,
        "page": page,
        "merged": merged,
        "more_merged": more,
        "undo_days": merging.UNDO_FOR.days,
        "moving": moving(issue.pk),
    }
    return render(request, "issues/grouping/of_issue.html", context)


def row_of(grouping: Grouping, issue: Issue) -> Row:
    name, version = groupings.mechanism_of(grouping.mechanism)
    return Row(
        groupings.listed(grouping, issue), line(grouping.key, LONGEST_TEXT), f"{name}, version {version}"
    )


def moving(issue: UUID) -> list[str]:
    """Sentences about events that are still moved to the issue or away from it. Two queries."""
    standing = merging.standing(issue)
    if standing is None:
        return []
    found = []
    for (total, left), where in ((standing.into, "to this issue"), (standing.out, "to another issue")):
        if total:
            found.append(f"{total - left:,} of {wording.counted(total, 'event')} moved {where}.")
    if standing.is_counting:
        found.append("Its users are being counted again; until then their number may be too high.")
    return found


@member
@require_POST
def issue_unmerge(request: SignedInRequest, project: Project, issue_id: UUID) -> HttpResponse:
    """Undo the merge of the issue `gone` (UUID) into this one."""
    issue = get_object_or_404(project.issues, pk=issue_id)
    gone = next(iter(uuids([request.POST.get("gone", "")])), None)
    if gone is None or not issue.merged.filter(issue=gone).exists():
        messages.error(
            request, "This issue is not merged into this one, or not any more. Nothing was changed."
        )
        return redirect("issue_grouping", project.slug, issue.pk)
    try:
        lost = groupings.undo(project, gone, request.user)
    except merging.NotPossible as error:
        messages.error(request, f"The merge was not undone. {error}")
        return redirect("issue_grouping", project.slug, issue.pk)
    messages.success(request, f"The merge was undone. {lost}".strip())
    return redirect("issue", project.slug, gone)
