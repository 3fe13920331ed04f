"""The teams that have a role in a project: given, changed and taken away on the project's page of members."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts import teams
from accounts.access import Capability, SignedInRequest, member
from accounts.models import Membership, Project, Team


@member(reads=Capability.PROJECT_ADMIN, changes=Capability.MEMBER_WRITE)
@require_POST
def add_team(request: SignedInRequest, project: Project) -> HttpResponse:
    """Give a team (`team`, its id) a role (`role`) in the project."""
    sent = request.POST.get("team", "")
    if not (sent.isascii() and sent.isdigit() and len(sent) < 19):
        messages.error(request, "Choose a team.")
        return _back(project)
    return _give(request, project, get_object_or_404(teams.visible_to(request.user), pk=int(sent)))


@member(reads=Capability.PROJECT_ADMIN, changes=Capability.MEMBER_WRITE)
@require_POST
def change_team(request: SignedInRequest, project: Project, team_id: int) -> HttpResponse:
    """Give the team another role, or take it away: `action` is a role or `remove`."""
    team = get_object_or_404(Team, pk=team_id, in_projects__project=project)
    if request.POST.get("action") == "remove":
        teams.take(project, team)
        messages.success(request, f"#{team.slug} has no role in {project.name} any more.")
        seen = Project.objects.visible_to(request.user).filter(pk=project.pk).exists()
        return _back(project) if seen else redirect("home")
    return _give(request, project, team)


def _give(request: SignedInRequest, project: Project, team: Team) -> HttpResponse:
    role = request.POST.get("role", "")
    if role not in Membership.Role.values:
        messages.error(request, "Choose a role.")
        return _back(project)
    try:
        teams.give(project, team, role)
    except teams.BadTeam as bad:
        messages.error(request, str(bad))
    else:
        messages.success(request, f"Members of #{team.slug} have the role {role} in {project.name}.")
    return _back(project)


def _back(project: Project) -> HttpResponse:
    return redirect("project_members", slug=project.slug)
