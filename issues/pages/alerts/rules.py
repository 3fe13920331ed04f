"""The list of a project's rules; switching one on and off, and deleting it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Max, Sum
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Capability, SignedInRequest, may, member
from accounts.models import Project
from accounts.navigation import Section
from issues.alerts.rules import defaults, stored
from issues.models import AlertDelivery, AlertFact, AlertMark, AlertRule
from issues.pages.alerts import words
from issues.pages.alerts.sentences import Recipients, sentence
from issues.pages.alerts.words import kind_label
from issues.render.values import line, visible
from issues.search.lookup import rule_mistake
from rustrak.lib import clock

# What the list counts.
_COUNTED = timedelta(days=7)
# What has waited for so long waits because `deliver` does not run.
_OVERDUE = timedelta(minutes=5)


@dataclass(frozen=True)
class Row:
    """A rule of the list. `told` and `last_told_at` are of the past seven days, `silenced` what its cooldown suppressed."""

    rule: AlertRule
    name: str
    sentence: SafeString
    made_by: str
    told: int
    last_told_at: datetime | None
    silenced: int
    # Why nobody hears of it although it is on; empty when somebody does.
    problem: str
    # What is wrong with its search, so that it tells of no issue; empty: nothing.
    mistake: str


@member(reads=Capability.ALERTS_READ, section=Section.ALERTS)
@require_safe
def alert_rules(request: SignedInRequest, project: Project) -> HttpResponse:
    """The project's rules, oldest first."""
    defaults.ensure_if_free(project)
    now = clock.now()
    rules = list(
        project.alert_rules.select_related("created_by").prefetch_related("channels", "people").order_by("pk")
    )
    context = {
        "project": project,
        "is_admin": may(request.user, Capability.ALERTS_WRITE, project),
        "rows": _rows(project, rules, now),
        "mail_is_set_up": settings.MAIL_IS_SET_UP,
        "sends_mail": any(_mails(rule) for rule in rules),
        "is_stuck": is_stuck(project, now),
    }
    return render(request, "issues/alerts/rules.html", context)


def is_stuck(project: Project, now: datetime) -> bool:
    """Whether something has waited too long to be compared with the rules: `deliver` does not run. One query."""
    return AlertFact.objects.filter(project=project, at__lt=now - _OVERDUE).exists()


def _mails(rule: AlertRule) -> bool:
    by_channel = any(each.kind == words.EMAIL for each in rule.channels.all())
    return rule.is_enabled and (by_channel or rule.to_members or rule.to_assignee or bool(rule.people.all()))


def _rows(project: Project, rules: Iterable[AlertRule], now: datetime) -> list[Row]:
    """Three queries."""
    sent = AlertDelivery.objects.filter(project=project, created_at__gte=now - _COUNTED).order_by()
    told = {
        rule: (count, last)
        for rule, count, last in sent.values_list("rule").annotate(Count("pk"), Max("created_at"))
    }
    marks = AlertMark.objects.filter(rule__project=project, at__gte=now - _COUNTED).order_by()
    silenced = dict(marks.values_list("rule").annotate(Sum("suppressed")))
    members = count_members(project)
    rows = []
    for rule in rules:
        count, last = told.get(rule.pk, (0, None))
        rows.append(
            Row(
                rule=rule,
                name=line(rule.name),
                sentence=sentence(rule, recipients(rule, members)),
                made_by=line(rule.created_by.get_short_name()) if rule.created_by else "",
                told=count,
                last_told_at=last,
                silenced=silenced.get(rule.pk) or 0,
                problem=_problem(rule),
                mistake=visible(rule_mistake(rule.query)),
            )
        )
    return rows


def count_members(project: Project) -> int:
    """How many members can get mail. One query."""
    return project.memberships.filter(user__is_active=True).count()


def recipients(rule: AlertRule, members: int) -> Recipients:
    """Whom a stored rule tells; `channels` and `people` should be prefetched."""
    return Recipients(
        channels=[(channel.name, kind_label(channel.kind)) for channel in rule.channels.all()],
        people=[person.get_short_name() for person in rule.people.all()],
        members=members,
    )


def _problem(rule: AlertRule) -> str:
    """Why nobody would hear of what the rule tells; empty when somebody does."""
    channels = list(rule.channels.all())
    mails = rule.to_members or rule.to_assignee or bool(rule.people.all())
    if not channels and not mails:
        return "It has no recipients."
    able = [each for each in channels if settings.MAIL_IS_SET_UP or each.kind != words.EMAIL]
    if any(each.is_enabled and each.paused_at is None for each in able) or (
        mails and settings.MAIL_IS_SET_UP
    ):
        return ""
    return "Its channels are off or paused." if able else "E-mail is not configured."


@member(reads=Capability.ALERTS_WRITE, changes=Capability.ALERTS_WRITE)
@require_POST
def alert_rule_act(request: SignedInRequest, project: Project, rule_id: int) -> HttpResponse:
    """Switch a rule on or off: `action` is `on` or `off`."""
    rule = get_object_or_404(project.alert_rules, pk=rule_id)
    action = request.POST.get("action")
    if action not in ("on", "off"):
        return HttpResponseBadRequest("Unknown action.")
    try:
        stored.change(rule, {"is_enabled": action == "on"})
    except (stored.Invalid, AlertRule.DoesNotExist) as problem:
        messages.error(request, f"{line(rule.name)} was not changed. {problem}")
        return redirect("alert_rules", slug=project.slug)
    messages.success(request, f"{line(rule.name)} is {action}.")
    return redirect("alert_rules", slug=project.slug)


@member(reads=Capability.ALERTS_WRITE, changes=Capability.ALERTS_WRITE, section=Section.ALERTS)
@require_http_methods(["GET", "HEAD", "POST"])
def alert_rule_delete(request: SignedInRequest, project: Project, rule_id: int) -> HttpResponse:
    """Ask for confirmation; a POST deletes the rule."""
    rule = get_object_or_404(project.alert_rules, pk=rule_id)
    name = line(rule.name)
    if request.method != "POST":
        return render(
            request, "issues/alerts/rule_delete.html", {"project": project, "rule": rule, "name": name}
        )
    stored.delete(rule)
    messages.success(request, f"{name} is deleted.")
    return redirect("alert_rules", slug=project.slug)
