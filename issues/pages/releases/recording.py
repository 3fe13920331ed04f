"""What the forms of releases are sent to: a deploy, archiving."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.models import Release
from issues.pages.releases.deploying import DeployForm
from issues.pages.releases.release_list import shown
from issues.releases import tools
from issues.releases.rows import OTHERS
from issues.render.values import line


@member(changes=Capability.PROJECT_RELEASES, section=Section.RELEASES)
@require_POST
def release_deploy(request: SignedInRequest, project: Project) -> HttpResponse:
    """Record that a release was deployed now: `version`, `to` (an environment), `url`. With an error the list is shown with the form."""
    form = DeployForm(request.POST)
    deploy = form.save(project, request.user) if form.is_valid() else None
    if deploy is None:
        return shown(request, project, form)
    version = deploy.release.version
    messages.success(request, f"Deploy of {line(version)} to {line(deploy.environment)} recorded.")
    return redirect(_page(project, version))


@member(changes=Capability.PROJECT_RELEASES, section=Section.RELEASES)
@require_POST
def release_archive(request: SignedInRequest, project: Project) -> HttpResponse:
    """Archive a release: `release`; with `restore` have it in use again. It keeps everything; the list shows it behind a tab."""
    named = Release.objects.filter(project=project).exclude(version=OTHERS)
    release = get_object_or_404(named, version=request.POST.get("release", "").replace("\0", ""))
    archives = "restore" not in request.POST
    tools.describe(project, release.version, is_archived=archives)
    messages.success(request, f"{line(release.version)} {'archived' if archives else 'restored'}.")
    return redirect(_page(project, release.version))


def _page(project: Project, version: str) -> str:
    return f"{reverse('release', args=[project.slug])}?{urlencode({'release': version})}"
