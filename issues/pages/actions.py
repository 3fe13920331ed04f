"""The actions on issues: resolve, reopen, mute, unmute, delete."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, member
from accounts.models import Project, User
from accounts.navigation import Section
from issues import lifecycle
from issues.models import IssueQuerySet
from issues.pages.heading import heading_of
from rustrak.lib import wording

# The most issues that one request may change.
MOST = 200

_VERBS: dict[str, tuple[Callable[[IssueQuerySet, User | None], int], str]] = {
    "resolve": (lambda issues, by: lifecycle.resolve(issues, by=by), "resolved"),
    "reopen": (lambda issues, by: lifecycle.reopen(issues, by=by), "reopened"),
    "mute": (lambda issues, by: lifecycle.mute(issues, by=by), "muted"),
    "unmute": (lambda issues, by: lifecycle.unmute(issues, by=by), "unmuted"),
}


def _uuids(texts: Iterable[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _back(request: HttpRequest, project: Project) -> HttpResponse:
    """Redirect to `next` if it is a path on this site, else to the issue list."""
    wanted = request.POST.get("next", "")
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return redirect(wanted)
    return redirect("issue_list", project.slug)


@member
@require_POST
def issues_act(request: SignedInRequest, project: Project) -> HttpResponse:
    """Apply `action` to every `issue` (UUIDs) of this project; others are ignored. Redirects to `next`."""
    verb, done = _VERBS.get(request.POST.get("action", ""), (None, ""))
    if verb is None:
        return HttpResponseBadRequest("Unknown action.")
    chosen = _uuids(request.POST.getlist("issue")[:MOST])
    if not chosen:
        messages.warning(request, "Select an issue first.")
        return _back(request, project)
    issues: IssueQuerySet = project.issues.filter(pk__in=chosen)
    count = verb(issues, request.user)
    messages.success(request, f"{wording.counted(count, 'issue')} {done}.")
    return _back(request, project)


@member(section=Section.ISSUES)
@require_http_methods(["GET", "HEAD", "POST"])
def issue_delete(request: SignedInRequest, project: Project, issue_id: UUID) -> HttpResponse:
    """Ask for confirmation; a POST deletes the issue with its events."""
    issue = get_object_or_404(project.issues, pk=issue_id)
    issue.project = project
    if request.method == "POST":
        issues: IssueQuerySet = project.issues.filter(pk=issue.pk)
        lifecycle.delete(issues, by=request.user)
        messages.success(request, f"{issue.short_id} deleted.")
        return redirect("issue_list", project.slug)
    heading = heading_of(issue.title, issue.type, issue.value)
    context = {"project": project, "issue": issue, "heading": heading}
    return render(request, "issues/issue_delete.html", context)
