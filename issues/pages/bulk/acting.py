"""The actions on issues that are chosen in a list, or on the one that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Capability, SignedInRequest, member, signed_in
from accounts.models import Project, Team, User
from accounts.navigation import Section
from issues import assignees, bulk_actions, lifecycle, search
from issues.models import BulkAction, Issue, IssueQuerySet
from issues.pages.bulk import confirming
from issues.pages.bulk.outcome import tell
from issues.pages.heading import heading_of
from issues.pages.issue_list import selection
from issues.pages.sent import back_to, uuids
from issues.pages.states.sent import how

Kind = BulkAction.Kind
_KINDS = {
    "resolve": Kind.RESOLVE,
    "resolve_in": Kind.RESOLVE,
    "reopen": Kind.REOPEN,
    "mute": Kind.MUTE,
    "mute_until": Kind.MUTE,
    "unmute": Kind.UNMUTE,
    "assign": Kind.ASSIGN,
    "assign_me": Kind.ASSIGN,
    "assign_to": Kind.ASSIGN,
    "merge": Kind.MERGE,
    "delete": Kind.DELETE,
}
# Like the others of their kind, after a question that says how.
_ASKING = ("assign_to", "resolve_in", "mute_until")
_TOO_LONG = "This search takes too long, so nothing was changed. Search for other or longer words."
_MISTAKE = "No issue matches the search now, or it has a mistake, so nothing was changed."


@dataclass(frozen=True, slots=True)
class _List:
    """The list that a form belongs to: its project, or None for that of all `projects`; its address and that of its actions."""

    projects: Sequence[Project]
    project: Project | None
    address: str
    act: str


@member(section=Section.ISSUES)
@require_POST
def issues_act(request: SignedInRequest, project: Project) -> HttpResponse:
    """Apply `action` to issues of this project: to every `issue` (UUIDs), or with `all` to those that match `status`, `q`,
    `environment` and `period`. Others are ignored. Redirects to `next`.

    `assign` needs `to`: the id of a person, `team:slug`, or nothing for nobody. `assign_to`, `resolve_in`, `mute_until`,
    `merge` and `delete` ask first: `confirmed` says that it was answered, `to`, `target` and issues.pages.states.sent how. `then` is the address of the issue that is next.
    """
    address = reverse("issue_list", args=[project.slug])
    return _act(request, _List([project], project, address, reverse("issues_act", args=[project.slug])))


@signed_in(changes=Capability.EVENT_WRITE)
@require_POST
def all_issues_act(request: SignedInRequest) -> HttpResponse:
    """The same for the list of all projects that the user may see."""
    projects = list(Project.objects.visible_to(request.user).by_name())
    return _act(request, _List(projects, None, reverse("all_issues"), reverse("all_issues_act")))


def _act(request: SignedInRequest, of: _List) -> HttpResponse:
    sent = request.POST
    back = back_to(request, of.address)
    kind = _KINDS.get(sent.get("action", ""))
    if kind is None:
        return HttpResponseBadRequest("Unknown action.")
    asks = "confirmed" not in sent and (kind in (Kind.MERGE, Kind.DELETE) or sent["action"] in _ASKING)
    try:
        assignee = _assignee(request, of.projects) if kind == Kind.ASSIGN and not asks else None
    except lifecycle.NotAMember as error:
        return HttpResponseBadRequest(str(error))
    try:
        chosen = _chosen(request, of.projects)
    except search.TookTooLong:
        messages.error(request, _TOO_LONG)
        return redirect(back)
    if not chosen:
        messages.warning(request, _MISTAKE if sent.get("all") else "Select an issue first.")
        return redirect(back)
    if asks:
        return confirming.ask(request, kind, chosen, of.projects, of.project, act=of.act, back=back)
    target = next(iter(uuids([sent.get("target", "")])), None)
    try:
        action = bulk_actions.begin(
            chosen, kind, request.user, of.project, assignee=assignee, target=target, how=how(sent)
        )
    except ValueError as error:
        messages.error(request, str(error))
    else:
        tell(request, action, back_to(request, "", "then"))
    return redirect(back)


def _chosen(request: SignedInRequest, projects: Sequence[Project]) -> bulk_actions.Snapshot:
    """The issues that the form is about. Raises search.TookTooLong."""
    if request.POST.get("all"):
        with search.limited():
            return bulk_actions.snapshot(selection.chosen(request.POST, projects, request.user))
    keys = uuids(request.POST.getlist("issue"))
    issues: IssueQuerySet = Issue.objects.filter(pk__in=keys, project__in=projects)
    return bulk_actions.snapshot(issues)


def _assignee(request: SignedInRequest, projects: Sequence[Project]) -> User | Team | None:
    """The person or team to assign to. Raises lifecycle.NotAMember; of several projects, `begin` looks at those of the issues."""
    if request.POST["action"] == "assign_me":
        return request.user
    return assignees.chosen(projects, request.POST.get("to", ""))


@member(reads=Capability.EVENT_ADMIN, changes=Capability.EVENT_ADMIN, section=Section.ISSUES)
@require_http_methods(["GET", "HEAD", "POST"])
def issue_delete(request: SignedInRequest, project: Project, issue_id: UUID) -> HttpResponse:
    """Ask for confirmation; a POST deletes the issue with its events."""
    issue = get_object_or_404(project.issues, pk=issue_id)
    issue.project = project
    if request.method == "POST":
        issues: IssueQuerySet = project.issues.filter(pk=issue.pk)
        tell(request, bulk_actions.begin(issues, Kind.DELETE, request.user, project))
        return redirect("issue_list", project.slug)
    heading = heading_of(issue.title, issue.type, issue.value)
    context = {"project": project, "issue": issue, "heading": heading, "minutes": confirming.MINUTES}
    return render(request, "issues/issue_delete.html", context)
