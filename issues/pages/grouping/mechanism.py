"""The page on which admins of a project choose how its events are grouped."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Capability, SignedInRequest, member
from accounts.forms import GroupingForm
from accounts.models import GroupingMechanism, Project
from accounts.navigation import Section
from issues.groupings import mechanism
from issues.record.steps.groupings import TRANSITION


@member(reads=Capability.PROJECT_READ, changes=Capability.PROJECT_ADMIN, section=Section.SETTINGS)
@require_http_methods(["GET", "POST"])
def project_grouping(request: SignedInRequest, project: Project) -> HttpResponse:
    """The mechanism in use and what a change does; `action` is `change` or `end`, which ends the transition."""
    if request.method == "POST" and request.POST.get("action") == "end":
        if mechanism.end_transition(project):
            messages.success(
                request, f"The transition has ended. Only {project.grouping} keys are looked up now."
            )
        return redirect("project_grouping", slug=project.slug)
    form = GroupingForm(request.POST or None, initial={"grouping": project.grouping})
    if request.method == "POST" and form.is_valid():
        if mechanism.change(project, GroupingMechanism(form.cleaned_data["grouping"])):
            messages.success(request, f"New issues get {project.grouping} keys now. No issue has changed.")
        return redirect("project_grouping", slug=project.slug)
    context = {
        "project": project,
        "form": form,
        "ends_at": mechanism.transition_ends_at(project),
        "days": TRANSITION.days,
    }
    return render(request, "projects/grouping.html", context)
