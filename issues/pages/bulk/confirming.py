"""Asks before issues are merged or deleted, and to whom they are assigned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.access import SignedInRequest
from accounts.models import Project
from issues import assignees, bulk_actions, lifecycle, merging
from issues.models import BulkAction, Issue
from issues.pages.heading import Heading, heading_of
from issues.render.values import visible
from issues.states.releases import Newest

MINUTES = int(lifecycle.UNDO_DELETION.total_seconds()) // 60
# Of more issues than this, those that were seen first can remain after a merge.
_LISTED = 50
# Releases of which a form offers the newest.
_OFFERED = 10
# What a list sends besides the issues, when an action is on all that match.
_VIEW = ("status", "q", "environment", "period")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An issue that may remain."""

    issue: Issue
    heading: Heading


def ask(
    request: SignedInRequest,
    kind: str,
    chosen: bulk_actions.Snapshot,
    projects: Sequence[Project],
    project: Project | None,
    *,
    act: str,
    back: str,
) -> HttpResponse:
    """The page with the question. Its form sends again what the request has sent, to `act`."""
    context: dict[str, Any] = {
        "project": project,
        "kind": kind,
        "act": act,
        "back": back,
        "count": len(chosen),
        "kept": _kept(request, chosen),
    }
    if len(chosen) > bulk_actions.MOST:
        messages.error(
            request, f"One action can be on {bulk_actions.MOST:,} issues at most. Narrow the search."
        )
        return redirect(back)
    if kind == BulkAction.Kind.ASSIGN:
        its = {project_id for project_id, _ in chosen}
        return render(
            request,
            "issues/bulk/assign.html",
            context
            | _choices([each for each in projects if each.pk in its])
            | {"assigned_to": str(request.user.pk)},
        )
    if kind in (BulkAction.Kind.RESOLVE, BulkAction.Kind.MUTE):
        newest = Newest(project.pk) if project else None
        releases = newest.latest(None, _OFFERED) if newest else []
        verb = "Resolve" if kind == BulkAction.Kind.RESOLVE else "Mute"
        return render(request, "issues/states/ask.html", context | {"verb": verb, "releases": releases})
    if kind == BulkAction.Kind.DELETE:
        context |= _events(chosen)
        return render(request, "issues/bulk/delete.html", context | {"minutes": MINUTES})
    if why := _why_not(chosen):
        messages.error(request, why)
        return redirect(back)
    context |= {"candidates": _candidates(chosen), "listed": _LISTED, "days": merging.UNDO_FOR.days}
    return render(request, "issues/bulk/merge.html", context)


def _kept(request: SignedInRequest, chosen: bulk_actions.Snapshot) -> list[tuple[str, str]]:
    """The fields of the form that say which issues it is about."""
    sent = request.POST
    if sent.get("all"):
        return [("all", "1"), *((name, sent[name]) for name in _VIEW if sent.get(name))]
    return [("issue", str(pk)) for _, pk in sorted(chosen)]


def _events(chosen: bulk_actions.Snapshot) -> dict[str, int]:
    """How many events go with the issues, where they are few enough to be counted."""
    if len(chosen) > 1000:
        return {}
    rows = Issue.objects.filter(pk__in=[pk for _, pk in chosen])
    found = rows.aggregate(events=Sum("stored_event_count"), projects=Count("project", distinct=True))
    return {"events": found["events"] or 0, "projects": found["projects"]}


def _choices(projects: Sequence[Project]) -> dict[str, list[tuple[str, str]]]:
    """The `people` and `teams` to whom issues of one of the projects can be assigned, as forms offer them."""
    people, teams = assignees.choices(projects)
    return {
        "people": [(value, visible(name)) for value, name in people],
        "teams": [(value, visible(name)) for value, name in teams],
    }


def _why_not(chosen: bulk_actions.Snapshot) -> str:
    """Why these issues cannot be merged; empty if they can."""
    if len({project_id for project_id, _ in chosen}) > 1:
        return "Only issues of one project can be merged. Nothing was changed."
    if len(chosen) < 2:
        return "Select at least two issues to merge."
    if len(chosen) > merging.MOST:
        return f"At most {merging.MOST:,} issues can be merged at a time. Nothing was changed."
    return ""


def _candidates(chosen: bulk_actions.Snapshot) -> list[Candidate]:
    rows = Issue.objects.filter(pk__in=[pk for _, pk in chosen]).select_related("project")
    return [
        Candidate(issue, heading_of(issue.title, issue.type, issue.value))
        for issue in rows.order_by("digest_order")[:_LISTED]
    ]
