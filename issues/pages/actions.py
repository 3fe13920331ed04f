"""The actions on issues (resolve, reopen, mute, unmute, delete) and on feedback (mark as done, reopen, delete)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, member
from accounts.models import Project, User
from accounts.navigation import Section
from issues import assignees, feedback, lifecycle
from issues.models import IssueQuerySet, UserReport
from issues.pages.heading import heading_of
from issues.render.values import visible
from rustrak.lib import wording

# The most issues that one request may change.
MOST = 200

Verb = Callable[[IssueQuerySet, User | None], int]
_VERBS: dict[str, tuple[Verb, str]] = {
    "resolve": (lambda issues, by: lifecycle.resolve(issues, by=by), "resolved"),
    "reopen": (lambda issues, by: lifecycle.reopen(issues, by=by), "reopened"),
    "mute": (lambda issues, by: lifecycle.mute(issues, by=by), "muted"),
    "unmute": (lambda issues, by: lifecycle.unmute(issues, by=by), "unmuted"),
}
_FEEDBACK_VERBS: dict[str, tuple[Callable[[QuerySet[UserReport], User | None], int], str]] = {
    "done": (feedback.finish, "marked as done"),
    "reopen": (feedback.reopen, "reopened"),
}


def _uuids(texts: Iterable[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _back(request: HttpRequest, project: Project, otherwise: str = "issue_list") -> str:
    """`next` if it is a path on this site, else the address of `otherwise`."""
    wanted = request.POST.get("next", "")
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return reverse(otherwise, args=[project.slug])


@member
@require_POST
def issues_act(request: SignedInRequest, project: Project) -> HttpResponse:
    """Apply `action` to every `issue` (UUIDs) of this project; others are ignored. Redirects to `next`.

    `assign` needs `to`: the id of a person, or nothing for nobody.
    """
    action = request.POST.get("action", "")
    verb, done = _assignment(request, project) if action in _ASSIGN else _VERBS.get(action, (None, ""))
    if verb is None:
        return HttpResponseBadRequest(done or "Unknown action.")
    chosen = _uuids(request.POST.getlist("issue")[:MOST])
    if not chosen:
        messages.warning(request, "Select an issue first.")
        return redirect(_back(request, project))
    issues: IssueQuerySet = project.issues.filter(pk__in=chosen)
    count = verb(issues, request.user)
    messages.success(request, f"{wording.counted(count, 'issue')} {done}.")
    return redirect(_back(request, project))


_ASSIGN = ("assign", "assign_me")


def _assignment(request: SignedInRequest, project: Project) -> tuple[Verb | None, str]:
    """The verb that assigns to the chosen person, and what it did; without a verb, what is wrong."""
    to: User | None = request.user
    if request.POST["action"] == "assign":
        chosen = request.POST.get("to", "")
        try:
            # int() reads the digits of every script.
            to = assignees.find(project, int(chosen if chosen.isascii() else "")) if chosen else None
        except ValueError:  # no number, or lifecycle.NotAMember
            return None, "Nobody who can see this project has this id."
    done = f"assigned to {visible(to.get_short_name())}" if to else "assigned to nobody"
    return (lambda issues, by: lifecycle.assign(issues, to, by=by)), done


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


@member(section=Section.FEEDBACK)
@require_POST
def feedback_act(request: SignedInRequest, project: Project) -> HttpResponse:
    """Change feedback of this project and redirect to `next`; keys of other projects are ignored.

    Either `action` (`done`, `reopen` or `delete`) with any number of `report` (primary keys), or, from the button beside
    a text, one field that is named like the action and holds one key. `delete` asks for confirmation first.
    """
    sent = request.POST
    button = next((name for name in (*_FEEDBACK_VERBS, "delete") if name in sent), "")
    action = button or sent.get("action", "")
    if action not in _FEEDBACK_VERBS and action != "delete":
        return HttpResponseBadRequest("Unknown action.")
    chosen = _uuids([sent[button]] if button else sent.getlist("report")[:MOST])
    back = _back(request, project, "user_reports")
    if not chosen:
        messages.warning(request, "Select feedback first.")
        return redirect(back)
    reports: QuerySet[UserReport] = project.user_reports.filter(pk__in=chosen)
    if action == "delete" and "confirmed" not in sent:
        return _ask_to_delete(request, project, reports, back)
    if action == "delete":
        count, done = feedback.delete(project, reports), "deleted"
    else:
        verb, done = _FEEDBACK_VERBS[action]
        count = verb(reports, request.user)
    messages.success(request, f"{wording.counted(count, 'piece of feedback', 'pieces of feedback')} {done}.")
    return redirect(back)


def _ask_to_delete(
    request: SignedInRequest, project: Project, reports: QuerySet[UserReport], back: str
) -> HttpResponse:
    found = list(reports.order_by("-ingested_at", "-id"))
    context = {
        "project": project,
        "keys": [one.pk for one in found],
        "beginning": visible(found[0].comments) if len(found) == 1 else "",
        "back": back,
    }
    return render(request, "issues/feedback_delete.html", context)
