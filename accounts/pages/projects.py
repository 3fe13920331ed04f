"""The pages to create a project, and its settings for admins."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import projects, teams
from accounts.access import Capability, SignedInRequest, member, signed_in
from accounts.forms import MemberForm, NewProjectForm, ProjectForm
from accounts.models import Membership, Project
from accounts.navigation import Section
from rustrak.lib.http import confirmation


@signed_in(reads=Capability.PROJECT_CREATE, changes=Capability.PROJECT_CREATE)
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Ask for a name; redirects to the new project's setup page."""
    form = NewProjectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            project = projects.create(
                form.cleaned_data["name"], by=request.user, grouping=form.cleaned_data["grouping"]
            )
        except projects.BadProject as bad:
            form.add_error("name", str(bad))
        else:
            return redirect("project_setup", slug=project.slug)
    return render(request, "projects/new.html", {"form": form})


@member(reads=Capability.PROJECT_READ, changes=Capability.PROJECT_ADMIN, section=Section.SETTINGS)
@require_http_methods(["GET", "POST"])
def settings(request: SignedInRequest, project: Project) -> HttpResponse:
    """Name, slug, key and members."""
    if request.method == "GET":
        return _settings(request, project, ProjectForm.of(project), MemberForm())
    form = ProjectForm(request.POST)
    if form.is_valid():
        try:
            projects.rename(project, name=form.cleaned_data["name"], slug=form.cleaned_data["slug"])
        except projects.BadProject as bad:
            form.add_error(None, str(bad))
        else:
            messages.success(request, "Saved.")
            return redirect("project_settings", slug=form.cleaned_data["slug"])
    return _settings(request, project, form, MemberForm())


@member(reads=Capability.PROJECT_ADMIN, changes=Capability.PROJECT_ADMIN, section=Section.SETTINGS)
@require_http_methods(["GET", "POST"])
def delete(request: SignedInRequest, project: Project) -> HttpResponse:
    """Ask for confirmation; a POST whose `confirm` is the slug deletes the project with everything in it."""
    if request.method == "POST" and not confirmation.names(request.POST, project.slug):
        messages.error(request, confirmation.unconfirmed(project.slug))
        return redirect("project_delete", slug=project.slug)
    if request.method == "GET":
        return render(request, "projects/delete.html", {"project": project})
    projects.delete(project)
    messages.success(request, f"{project.name} is deleted.")
    return redirect("home")


@member(reads=Capability.PROJECT_ADMIN, changes=Capability.PROJECT_ADMIN, section=Section.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def add_member(request: SignedInRequest, project: Project) -> HttpResponse:
    """Add the person with an e-mail address as a member. The answer does not tell whether there is an account.

    Problems are shown at this address: who opens it again sees the settings.
    """
    if request.method != "POST":
        return redirect("project_settings", slug=project.slug)
    form = MemberForm(request.POST)
    if form.is_valid():
        try:
            membership = projects.add_member(project, form.cleaned_data["email"], form.cleaned_data["role"])
        except (projects.AlreadyMember, projects.TooManyMembers) as problem:
            form.add_error("email", str(problem))
        else:
            messages.success(
                request,
                f"{membership.address} is now a member. Without an account, access begins when an admin creates one.",
            )
            return redirect("project_settings", slug=project.slug)
    return _settings(request, project, ProjectForm.of(project), form)


@member(reads=Capability.PROJECT_ADMIN, changes=Capability.PROJECT_ADMIN)
@require_POST
def change_member(request: SignedInRequest, project: Project, membership_id: int) -> HttpResponse:
    """Change a member's role, or remove the member: `action` is `member`, `admin` or `remove`."""
    membership = get_object_or_404(project.memberships.select_related("user"), pk=membership_id)
    action = request.POST.get("action")
    try:
        if action == "remove":
            projects.remove_member(project, membership.pk)
            messages.success(request, f"{membership.address} is no longer a member.")
            if membership.user == request.user and not request.user.is_admin:
                return redirect("home")
        elif action in Membership.Role.values:
            projects.set_role(project, membership.pk, action)
            messages.success(
                request, f"{membership.address} is now {'an' if action == 'admin' else 'a'} {action}."
            )
    except projects.LastProjectAdmin as last:
        messages.error(request, str(last))
    return redirect("project_settings", slug=project.slug)


def _settings(
    request: SignedInRequest, project: Project, form: ProjectForm, member_form: MemberForm
) -> HttpResponse:
    memberships = sorted(project.memberships.select_related("user"), key=lambda one: one.address)
    return render(
        request,
        "projects/settings.html",
        {
            "project": project,
            "form": form,
            "member_form": member_form,
            "memberships": memberships,
            "team_roles": teams.of_project(project),
            "addable_teams": teams.addable(project, request.user),
            "roles": Membership.Role.choices,
        },
    )
