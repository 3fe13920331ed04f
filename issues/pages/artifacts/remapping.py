"""Applying uploads that came later to the issues of a release: the button, how far it is, and what it changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.models import Remapping
from issues.remapping import jobs
from issues.render.values import visible
from rustrak.lib import wording


@dataclass(frozen=True, slots=True)
class Shown:
    """A job as the page shows it."""

    job: Remapping
    sentence: str
    trouble: str
    is_finished: bool


def shown(project: Project, release: str) -> Shown | None:
    """The latest job of the release; None if there was none. One query."""
    job = jobs.latest(project, release)
    if job is None:
        return None
    return Shown(job, sentence(job), visible(job.trouble), job.state not in jobs.UNFINISHED)


def sentence(job: Remapping) -> str:
    """What the job does or has done."""
    looked = f"{wording.number(job.done)} of {wording.counted(job.total, 'issue')}"
    changed = f"{wording.number(job.changed)} changed"
    if job.state == Remapping.State.DONE:
        return f"Uploads were applied to {wording.counted(job.done, 'issue')}: {changed}."
    if job.state == Remapping.State.STOPPED:
        return f"Applying the uploads was stopped after {looked}: {changed}."
    return f"Applying the uploads to {looked}: {changed} so far."


@member(changes=Capability.PROJECT_RELEASES, section=Section.RELEASES)
@require_POST
def release_remap(request: SignedInRequest, project: Project) -> HttpResponse:
    """Apply the uploads to the issues of `release`; with `stop`, leave those alone that were not looked at yet."""
    version = request.POST.get("release", "").replace("\0", "")[:200]
    if "stop" in request.POST:
        if job := jobs.latest(project, version):
            jobs.stop(job)
    else:
        try:
            jobs.ask(project, version, request.user)
        except jobs.NotPossible as problem:
            messages.error(request, str(problem))
    page = reverse("release_artifacts", args=[project.slug])
    return redirect(f"{page}?{urlencode({'release': version})}#remapping")


@member
@require_safe
def release_remap_state(request: SignedInRequest, project: Project) -> JsonResponse:
    """How far the latest job of `release` is, for a script: `sentence`, `done`, `total`, and whether it `is_finished`."""
    found = shown(project, request.GET.get("release", "").replace("\0", ""))
    if found is None:
        raise Http404("nothing was applied")
    state: dict[str, Any] = {
        "sentence": found.sentence,
        "done": found.job.done,
        "total": found.job.total,
        "is_finished": found.is_finished,
    }
    return JsonResponse(state)
