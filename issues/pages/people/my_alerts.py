"""The page of what one receives and why, with quiet hours and the summary."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import Capability, SignedInRequest, member, signed_in
from accounts.models import Project, User
from issues.alerts.people import choices
from issues.alerts.people.recipients import Reason, Silence
from issues.alerts.rules import defaults, why
from issues.alerts.rules.why import Why
from issues.models import AlertRule
from issues.pages.alerts import words
from issues.pages.people.choices_form import ChoicesForm
from issues.render.values import line
from rustrak.lib import clock

#: More projects are not listed.
MOST_PROJECTS = 200
_WHY = {
    Reason.MEMBER: "because you are a member",
    Reason.NAMED: "because it names you",
    Reason.ASSIGNED: "when the issue is assigned to you",
}
_ONLY_ASSIGNED = "only when the issue is assigned to you, as you chose"


@dataclass(frozen=True)
class ProjectRow:
    """One project of the page."""

    project: Project
    opted_out: bool
    rules: list[RuleRow]


@dataclass(frozen=True)
class RuleRow:
    """A rule that mails the person: when, and why them."""

    rule: AlertRule
    name: str
    when: str
    why: str


@signed_in(reads=Capability.ALERTS_READ)
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
    rows = _rows(request.user)
    context = {
        "form": form,
        "chose": choices.of(request.user.pk),
        "mail_is_set_up": settings.MAIL_IS_SET_UP,
        "rows": [row for row in rows if row.rules or row.opted_out],
        "without": [row.project for row in rows if not row.rules and not row.opted_out],
    }
    return render(request, "issues/alerts/people/my_alerts.html", context)


@member(changes=Capability.PROFILE_WRITE)
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


def _rows(user: User) -> list[ProjectRow]:
    """The projects that the person may see, by name."""
    projects = list(Project.objects.visible_to(user).by_name()[:MOST_PROJECTS])
    for project in projects:
        defaults.ensure_if_free(project)
    rules = why.of(user, projects, clock.now())
    silent = choices.opted_out(user.pk)
    return [ProjectRow(each, each.pk in silent, [_rule(one) for one in rules[each.pk]]) for each in projects]


def _rule(one: Why) -> RuleRow:
    when = ", ".join(words.NEWS.get(trigger, trigger) for trigger in one.rule.triggers)
    reason = _ONLY_ASSIGNED if one.silence == Silence.ONLY_ASSIGNED else _WHY[one.reason]
    return RuleRow(one.rule, line(one.rule.name, 100), when, reason)
