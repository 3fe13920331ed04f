"""The form of a project's limits: its admins can change them, its members can read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import projects
from accounts.access import Capability, SignedInRequest, may, member
from accounts.models import Project
from accounts.navigation import Section
from ingest.ledger.outcomes import TOO_MANY_BYTES, TOO_MANY_ISSUES, Outcome
from ingest.models import OutcomeCount
from ingest.rate_limits import stored
from ingest.rate_limits.configured import sampling_problem
from ingest.rate_limits.windows import WindowCounter
from issues import usage
from issues.models import Usage
from rustrak.lib import clock, wording

#: Why the ledger counts something that a project keeps no more, or not at all, because it keeps too much.
BUDGET_REASONS = (
    "too_many", TOO_MANY_BYTES, TOO_MANY_ISSUES, "too_many_monitors", "too_many_environments", "too_many_releases",
)  # fmt: skip
LIMITS = ("max_events_per_minute", "max_events_per_hour")
RETENTION = ("retain_days", "retain_events")


def _number(
    label: str, help_text: str, default: int, zero: str, most: int = projects.MOST_EVENTS
) -> forms.IntegerField:
    """A number field; left empty, `default` of the installation applies. `zero` is what 0 means."""
    default_text = wording.number(default) if default else zero
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=most,
        help_text=f"{help_text} Empty: the default of this installation ({default_text}). 0: {zero}.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": default_text}),
    )


@dataclass(frozen=True, slots=True)
class KeptRow:
    """One kind of what a project keeps; `expired` and `left_out` count the items of the last 24 hours."""

    words: str
    used: usage.Amount
    allowed: usage.Amount
    expired: int
    left_out: int

    @property
    def has_limit(self) -> bool:
        return self.allowed.bytes != usage.UNLIMITED


class LimitsForm(forms.Form):
    """A field for each limit, with what it does and what an empty field means."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= {
            "max_events_per_minute": _number(
                "Events per minute",
                "Error events accepted per clock minute, including duplicates; the rest of the minute’s events are rejected.",
                settings.MAX_EVENTS_PER_PROJECT_PER_MINUTE,
                "no limit",
            ),
            "max_events_per_hour": _number(
                "Events per hour",
                "The same per clock hour (UTC).",
                settings.MAX_EVENTS_PER_PROJECT_PER_HOUR,
                "no limit",
            ),
            "noisy_issue_percent": forms.IntegerField(
                label="Sample noisy issues above (% of the hourly limit)",
                required=False,
                min_value=0,
                max_value=100,
                help_text="When one issue has more than this share of the events per hour, all its further events are counted, but only one in two is stored, then one in four, and so on. This leaves room for other issues. Empty or 0: never.",
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": "never"}),
            ),
            "retain_days": _number(
                "Maximum age in days",
                "Older events are deleted. Counts remain.",
                settings.RETAIN_DAYS,
                "forever",
                projects.MOST_DAYS,
            ),
            "retain_events": _number(
                "Maximum number of events",
                "With more stored events, the least useful events are deleted first; the first and the latest of each issue are kept longest.",
                settings.RETAIN_EVENTS_PER_PROJECT,
                "no limit",
            ),
        }

    def clean(self) -> dict[str, Any]:
        """Sampling needs a limit per hour, because it is set as a share of it."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        values["noisy_issue_percent"] = values.get("noisy_issue_percent") or 0
        problem = sampling_problem(values["noisy_issue_percent"], values.get("max_events_per_hour"))
        if problem and "max_events_per_hour" not in self.errors:
            self.add_error("noisy_issue_percent", problem)
        return values


@member(reads=Capability.PROJECT_READ, changes=Capability.PROJECT_ADMIN, section=Section.INCOMING)
@require_http_methods(["GET", "HEAD", "POST"])
def project_limits(request: SignedInRequest, project: Project) -> HttpResponse:
    """The form; read-only for members who are not admins of the project."""
    editable = may(request.user, Capability.PROJECT_ADMIN, project)
    now = {name: getattr(project, name) for name in (*LIMITS, *RETENTION)}
    now["noisy_issue_percent"] = project.noisy_issue_percent or None
    form = LimitsForm(request.POST if request.method == "POST" else None, initial=now)
    if request.method == "POST" and form.is_valid():
        projects.set_limits(project, **form.cleaned_data)
        messages.success(request, "Saved. The limits take effect within two seconds.")
        return redirect("project_limits", slug=project.slug)
    for field in form.fields.values():
        field.disabled = not editable
    return render(
        request,
        "ingest/limits.html",
        {
            "project": project,
            "form": form,
            "editable": editable,
            "groups": [
                ("Accepting events", [form[name] for name in (*LIMITS, "noisy_issue_percent")]),
                ("Keeping events", [form[name] for name in RETENTION]),
            ],
            "kept": _kept(project, clock.now()),
            "kept_bytes": wording.size(settings.RETAIN_BYTES_PER_PROJECT)
            if settings.RETAIN_BYTES_PER_PROJECT
            else "",
            "all_bytes": wording.size(settings.RETAIN_BYTES) if settings.RETAIN_BYTES else "",
            "used": _used(stored.used(project.pk, clock.now())),
            "installation": _installation(),
        },
    )


def _used(counter: WindowCounter) -> str:
    """How many events the project has sent in the current windows, as a sentence."""
    if not counter.in_hour:
        return "No events accepted this hour."
    hour, minute = wording.counted(counter.in_hour, "event"), wording.number(counter.in_minute)
    return f"{hour} accepted this hour, {minute} this minute."


def _kept(project: Project, now: datetime) -> list[KeptRow]:
    """What the project keeps of each kind, compared with what it may keep."""
    found = Usage.objects.filter(pk=project.pk).first() or Usage(project=project)
    return [
        KeptRow(
            words=kind.words,
            used=usage.used(found, kind.name),
            allowed=usage.allowed(kind.name),
            expired=sum(expired.get(category, 0) for category in kind.categories),
            left_out=sum(left_out.get(category, 0) for category in kind.categories),
        )
        for expired, left_out in [_of_last_day(project, now)]
        for kind in usage.KINDS.values()
    ]


def _of_last_day(project: Project, now: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """How much expired and how much was not stored in the last 24 hours because the project kept too much, by category."""
    since = int((now - timedelta(days=1)).timestamp()) // 60
    rows = OutcomeCount.objects.filter(
        project=project, minute__gte=since, reason__in=BUDGET_REASONS,
        outcome__in=[Outcome.EVICTED, Outcome.FILTERED],
    ).order_by()  # fmt: skip
    found: dict[str, dict[str, int]] = {Outcome.EVICTED: {}, Outcome.FILTERED: {}}
    for category, outcome, quantity in rows.values_list("category", "outcome").annotate(Sum("quantity")):
        found[outcome][category] = int(quantity)
    return found[Outcome.EVICTED], found[Outcome.FILTERED]


def _installation() -> str:
    """The limits of the installation as a sentence; empty if there are none."""
    limits = (settings.MAX_EVENTS_PER_MINUTE, "minute"), (settings.MAX_EVENTS_PER_HOUR, "hour")
    text = " and ".join(f"{wording.number(limit)} per {window}" for limit, window in limits if limit)
    return f"Limit for all projects together: {text}." if text else ""
