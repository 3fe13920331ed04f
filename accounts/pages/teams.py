"""The pages of teams: the list, and one team with its members."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts import teams
from accounts.access import Capability, SignedInRequest, signed_in
from accounts.forms import TeamForm, TeamMemberForm
from accounts.models import Team, User
from rustrak.lib.http import confirmation


@signed_in(reads=Capability.TEAM_READ, changes=Capability.TEAM_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def team_list(request: SignedInRequest) -> HttpResponse:
    """The teams that one sees. A POST with `name` and `slug` creates one."""
    may_create = teams.may_create(request.user)
    form = TeamForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not may_create:
            raise PermissionDenied("Only admins of the installation or of a project may create teams.")
        if form.is_valid():
            try:
                team = teams.create(form.cleaned_data["name"], form.cleaned_data["slug"], by=request.user)
            except teams.BadTeam as bad:
                form.add_error(None, str(bad))
            else:
                messages.success(request, f"#{team.slug} is created. Add its members.")
                return redirect("team", team.pk)
    rows = teams.visible_to(request.user).prefetch_related(
        Prefetch("members", User.objects.order_by("email"))
    )
    context = {"teams": list(rows[: teams.MOST]), "form": form if may_create else None}
    return render(request, "accounts/team_list.html", context)


@signed_in(reads=Capability.TEAM_READ, changes=Capability.TEAM_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def team(request: SignedInRequest, team_id: int) -> HttpResponse:
    """One team. A POST has an `action`: `rename` with `name` and `slug`, `add` with `email`, `remove` with `member`, or `delete` with the slug as `confirm`."""
    found = get_object_or_404(teams.visible_to(request.user), pk=team_id)
    may_change = teams.may_change(request.user, found)
    form, member_form = TeamForm(initial={"name": found.name, "slug": found.slug}), TeamMemberForm()
    if request.method == "POST":
        if not may_change:
            raise PermissionDenied(
                "Only admins of the installation may change this team, and its members who are admins of all its projects."
            )
        action = request.POST.get("action")
        if action == "delete" and not confirmation.names(request.POST, found.slug):
            messages.error(request, confirmation.unconfirmed(found.slug))
            return redirect("team", found.pk)
        if action == "delete":
            teams.delete(found)
            messages.success(request, f"#{found.slug} is deleted. Its issues are assigned to nobody.")
            return redirect("team_list")
        if action == "rename":
            form = TeamForm(request.POST)
        elif action == "add":
            member_form = TeamMemberForm(request.POST)
        if _is_done(request, found, form, member_form):
            return redirect("team", found.pk)
        found = get_object_or_404(Team, pk=found.pk)
    context = {
        "team": found,
        "members": found.members.order_by("email"),
        "form": form,
        "member_form": member_form,
        "may_change": may_change,
        "in_projects": teams.seen_by(request.user).filter(team=found),
    }
    return render(request, "accounts/team.html", context)


def _is_done(request: SignedInRequest, team: Team, form: TeamForm, member_form: TeamMemberForm) -> bool:
    """Do what was sent. False: one of the forms says what is wrong with it."""
    if request.POST.get("action") == "remove":
        member = request.POST.get("member", "")
        if member.isascii() and member.isdigit() and len(member) < 19:
            teams.remove_member(team, int(member))
        messages.success(request, "Removed.")
        return True
    if form.is_bound and form.is_valid():
        try:
            teams.change(team, name=form.cleaned_data["name"], slug=form.cleaned_data["slug"] or None)
        except teams.BadTeam as bad:
            form.add_error(None, str(bad))
            return False
        messages.success(request, "Saved.")
        return True
    if member_form.is_bound and member_form.is_valid():
        try:
            person = teams.find_person(member_form.cleaned_data["email"], request.user)
            teams.add_member(team, person)
        except teams.BadTeam as bad:
            member_form.add_error("email", str(bad))
            return False
        messages.success(request, f"{person.email} is now a member.")
        return True
    return not form.is_bound and not member_form.is_bound
