"""The pages to create a project, and its settings for admins."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import projects
from accounts.access import Capability, SignedInRequest, member, signed_in
from accounts.forms import NewProjectForm, ProjectForm
from accounts.models import Project
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
    """Name, slug and key, and the way to the other settings."""
    if request.method == "GET":
        return render(
            request, "projects/settings.html", {"project": project, "form": ProjectForm.of(project)}
        )
    form = ProjectForm(request.POST)
    if form.is_valid():
        try:
            projects.rename(project, name=form.cleaned_data["name"], slug=form.cleaned_data["slug"])
        except projects.BadProject as bad:
            form.add_error(None, str(bad))
        else:
            messages.success(request, "Saved.")
            return redirect("project_settings", slug=form.cleaned_data["slug"])
    return render(request, "projects/settings.html", {"project": project, "form": form})


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
