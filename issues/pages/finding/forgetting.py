"""The pages to forget a person, and the file with everything that is kept of one."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues import forgetting
from issues.forgetting import export, whom
from issues.models import Forgetting
from issues.pages.finding.person import number_in
from issues.render.values import line
from rustrak.lib import wording


@member(reads=Capability.PROJECT_ADMIN, changes=Capability.PROJECT_ADMIN, section=Section.ISSUES)
@require_http_methods(["GET", "HEAD", "POST"])
def person_forget(request: SignedInRequest, project: Project) -> HttpResponse:
    """Ask for the person's name; a POST with it begins. While it goes on, and afterwards, what was done. Query string: `person`."""
    number = number_in(request.GET.get("person", ""))
    known = whom.find(project, number)
    job = forgetting.latest(project, number)
    going_on = job is not None and job.state in forgetting.UNFINISHED
    if known is None and job is None:
        raise Http404("nobody of this project has this number")
    name = whom.called(project, number)
    wrong = False
    if request.method == "POST" and known is not None and not going_on:
        wrong = request.POST.get("name", "").strip().casefold() != name.casefold()
        if not wrong:
            forgetting.ask(project, number, request.user)
            return redirect(
                f"{reverse('person_forget', args=[project.slug])}?{urlencode({'person': number})}"
            )
    context = {
        "project": project,
        "person": number,
        "name": line(name, 120),
        "names": [(kind, line(value)) for kind, value in known.names] if known else [],
        "known": known,
        "wrong": wrong,
        "typed": request.POST.get("name", "")[:254],
        "going_on": going_on,
        "said": sentence(job) if job else "",
    }
    return render(request, "issues/person_forget.html", context)


@member(reads=Capability.PROJECT_ADMIN, changes=Capability.PROJECT_ADMIN, section=Section.ISSUES)
@require_safe
def person_export(request: SignedInRequest, project: Project) -> HttpResponse:
    """A ZIP file with everything that is kept of `person`."""
    number = number_in(request.GET.get("person", ""))
    known = whom.find(project, number)
    if known is None:
        raise Http404("nobody of this project has this number")
    try:
        return export.answer(project, known)
    except export.TooMany as many:
        messages.error(request, str(many))
        return redirect(f"{reverse('person', args=[project.slug])}?{urlencode({'person': number})}")


def sentence(job: Forgetting) -> str:
    """What the job does or has done."""
    deleted = wording.counted(job.deleted, "event")
    if job.state == Forgetting.State.DONE:
        return f"This person is forgotten: {deleted} deleted, with their files and feedback."
    if job.state == Forgetting.State.STOPPED:
        return job.trouble
    looked = f"{wording.number(min(job.done, job.total))} of {wording.counted(job.total, 'event')}"
    return f"Forgetting this person: {looked} looked at, {wording.number(job.deleted)} deleted so far."
