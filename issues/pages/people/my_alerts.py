"""The page of what one receives and why, with quiet hours and the summary."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import SignedInRequest, member, signed_in
from accounts.models import Project
from issues.alerts.people import choices, received
from issues.alerts.people.received import Mailing, Received
from issues.alerts.people.recipients import Reason
from issues.pages.people.choices_form import ChoicesForm
from rustrak.lib import clock

_WHY = {
    Reason.MEMBER: "because you are a member",
    Reason.NAMED: "because it names you",
    Reason.ASSIGNED: "when the issue is assigned to you",
}


@dataclass(frozen=True)
class ProjectRow:
    """One project of the page; each of `rules` is a rule with the reason why it mails the person."""

    received: Received
    rules: list[tuple[Mailing, str]]


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def my_alerts(request: SignedInRequest) -> HttpResponse:
    """Shows and saves a person's choices."""
    form = (
        ChoicesForm(request.POST) if request.method == "POST" else ChoicesForm.of(choices.of(request.user.pk))
    )
    if request.method == "POST" and form.is_valid():
        try:
            choices.save(request.user.pk, form.cleaned_data, clock.now())
        except choices.Invalid as invalid:
            form.reject(invalid)
        else:
            messages.success(request, "Saved.")
            return redirect("my_alerts")
    found = received.of(request.user)
    context = {
        "form": form,
        "chose": choices.of(request.user.pk),
        "mail_is_set_up": settings.MAIL_IS_SET_UP,
        "rows": [
            ProjectRow(each, [(mailing, _reasons(mailing)) for mailing in each.mailings])
            for each in found
            if each.mailings or each.opted_out
        ],
        "without": [each.project for each in found if not each.mailings and not each.opted_out],
    }
    return render(request, "issues/alerts/people/my_alerts.html", context)


@member
@require_POST
def project_mail(request: SignedInRequest, project: Project) -> HttpResponse:
    """Stop mail about a project, or have it again: `action` is `stop` or `resume`."""
    match request.POST.get("action"):
        case "stop":
            choices.opt_out(request.user.pk, project.pk)
            messages.success(request, f"You get no more mail about {project.name}.")
        case "resume":
            choices.opt_in(request.user.pk, project.pk)
            messages.success(request, f"You get mail about {project.name} again.")
        case _:
            return HttpResponseBadRequest("Unknown action.")
    return redirect("my_alerts")


def _reasons(mailing: Mailing) -> str:
    return ", ".join(_WHY[reason] for reason in mailing.reasons)
