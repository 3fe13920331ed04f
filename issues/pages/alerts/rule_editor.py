"""The page that makes or changes a rule. It shows what the rule would have sent before it saves it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.alerts.rules import preview, stored
from issues.alerts.rules.values import RuleValues
from issues.models import AlertRule, News
from issues.pages.alerts import suggestions, words
from issues.pages.alerts.rule_form import RuleForm
from issues.pages.alerts.rules import count_members
from issues.pages.alerts.sentences import Recipients, sentence
from issues.pages.alerts.words import kind_label
from issues.render.charts import bars
from issues.render.values import line
from rustrak.lib import clock
from rustrak.local_times import current

NEW = RuleValues(name="", triggers=(News.NEW.value, News.REGRESSED.value))


@member(reads=Capability.ALERTS_WRITE, changes=Capability.ALERTS_WRITE, section=Section.ALERTS)
@require_http_methods(["GET", "HEAD", "POST"])
def alert_rule_new(request: SignedInRequest, project: Project) -> HttpResponse:
    """The form of a new rule. Query string: `copy` (the id of a rule that it begins with), `query` (a search text)."""
    query = request.GET.get("query", "").replace("\0", "").strip()
    start = replace(NEW, query=query[:500])
    copied = request.GET.get("copy", "")
    if copied.isascii() and copied.isdigit() and len(copied) < 19:
        original = stored.values(get_object_or_404(project.alert_rules, pk=int(copied)))
        start = replace(original, name=f"{original.name[: stored.NAME_LENGTH - 7]} (copy)", is_enabled=True)
    return _edit(request, project, None, start)


@member(reads=Capability.ALERTS_WRITE, changes=Capability.ALERTS_WRITE, section=Section.ALERTS)
@require_http_methods(["GET", "HEAD", "POST"])
def alert_rule(request: SignedInRequest, project: Project, rule_id: int) -> HttpResponse:
    """The form of a rule that exists."""
    rule = get_object_or_404(project.alert_rules, pk=rule_id)
    return _edit(request, project, rule, stored.values(rule))


def _edit(
    request: SignedInRequest, project: Project, rule: AlertRule | None, start: RuleValues
) -> HttpResponse:
    form = RuleForm.of(project, start, request.POST if request.method == "POST" else None)
    shown: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            chosen = stored.checked(project, form.values(is_enabled=start.is_enabled))
            seen = request.POST.get("previewed", "")
            if request.POST.get("action") == "save" and seen == _fingerprint(chosen):
                return _save(request, project, rule, chosen)
            shown = _preview(
                project, form, chosen, changed_since=request.POST.get("action") == "save" and bool(seen)
            )
        except stored.Invalid as invalid:
            form.refuse(invalid)
    return render(
        request,
        "issues/alerts/rule.html",
        {
            "project": project,
            "rule": rule,
            "name": line(start.name) if rule else "",
            "form": form,
            "triggers": [
                (form["triggers"][at], meaning) for at, (_, meaning) in enumerate(words.TRIGGERS.values())
            ],
            "suggestions": suggestions.of(project),
            "mail_is_set_up": settings.MAIL_IS_SET_UP,
            "sends_mail": True,
            "more_filters": any(_is_filled(form[name]) for name in ("levels", "releases", "tags", "query")),
            **shown,
        },
    )


def _is_filled(field: BoundField) -> bool:
    value = field.value()
    texts = [value] if isinstance(value, str) else [part for each in value or [] for part in each]
    return any(texts) or bool(field.errors)


def _save(
    request: SignedInRequest, project: Project, rule: AlertRule | None, chosen: RuleValues
) -> HttpResponse:
    if rule is None:
        stored.create(project, chosen, request.user)
    else:
        # Whether it is on is not on this page: somebody may have switched it meanwhile.
        changed = {name: value for name, value in asdict(chosen).items() if name != "is_enabled"}
        try:
            stored.change(rule, changed)
        except AlertRule.DoesNotExist:
            messages.error(request, "The rule has been deleted meanwhile, so it was not changed.")
            return redirect("alert_rules", slug=project.slug)
    messages.success(request, f"{line(chosen.name)} is saved.")
    return redirect("alert_rules", slug=project.slug)


def _preview(project: Project, form: RuleForm, chosen: RuleValues, *, changed_since: bool) -> dict[str, Any]:
    """The context of the preview. At most 13 queries."""
    found = preview.run(project, chosen, clock.now())
    most = max((count for _, count in found.by_day), default=0)
    several = chosen.to_members or chosen.to_assignee or len(chosen.channels) + len(chosen.people) > 1
    return {
        "preview": found,
        "days": [(current.style().day(day), count, bars.share(count, most)) for day, count in found.by_day],
        "kinds": [
            (words.NEWS.get(name, name), count) for name, count in (found.by_trigger or {}).items() if count
        ],
        "rows": [
            {
                "message": message,
                "what": words.NEWS.get(message.news, str(message.news)),
                "title": line(message.title, 120),
                "detail": line(message.detail, 120),
            }
            for message in found.messages
        ],
        "sentence": sentence(chosen, _recipients(project, form, chosen)),
        "several_recipients": several,
        "previewed": _fingerprint(chosen),
        "changed_since": changed_since,
    }


def _recipients(project: Project, form: RuleForm, chosen: RuleValues) -> Recipients:
    channels = [form.known_channels[key] for key in chosen.channels]
    return Recipients(
        channels=[(each.name, kind_label(each.kind)) for each in channels],
        people=[form.known_people[key].get_short_name() for key in chosen.people],
        members=count_members(project) if chosen.to_members else 0,
    )


def _fingerprint(chosen: RuleValues) -> str:
    """Of all that decides what a rule sends: a rule is saved as it was previewed. Its name may change without."""
    text = json.dumps(asdict(replace(chosen, name="")), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
