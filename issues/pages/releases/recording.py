"""What the form of a deploy is sent to."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.pages.releases.deploying import DeployForm
from issues.pages.releases.release_list import shown
from issues.render.values import line


@member(section=Section.RELEASES)
@require_POST
def release_deploy(request: SignedInRequest, project: Project) -> HttpResponse:
    """Record that a release was deployed now: `version`, `to` (an environment), `url`. With an error the list is shown with the form."""
    form = DeployForm(request.POST)
    deploy = form.save(project, request.user) if form.is_valid() else None
    if deploy is None:
        return shown(request, project, form)
    version = deploy.release.version
    messages.success(request, f"Deploy of {line(version)} to {line(deploy.environment)} recorded.")
    return redirect(f"{reverse('release', args=[project.slug])}?{urlencode({'release': version})}")
