"""The form of a project's limits: its admins can change them, its members can read them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import projects
from accounts.access import SignedInRequest, is_project_admin, member
from accounts.models import Project
from accounts.navigation import Section
from ingest.rate_limits import stored
from ingest.rate_limits.windows import WindowCounter
from rustrak.lib import clock, wording

LIMITS = ("max_events_per_minute", "max_events_per_hour")
RETENTION = ("retain_days", "retain_events")
_MOST = 2**31 - 1
_MOST_DAYS = 36_500


def _number(label: str, help_text: str, default: int, zero: str, most: int = _MOST) -> forms.IntegerField:
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
                _MOST_DAYS,
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
        per_hour = values.get("max_events_per_hour")
        if per_hour is None:
            per_hour = settings.MAX_EVENTS_PER_PROJECT_PER_HOUR
        if values["noisy_issue_percent"] and not per_hour and "max_events_per_hour" not in self.errors:
            self.add_error("noisy_issue_percent", "Set a limit of events per hour first.")
        return values


@member(section=Section.INCOMING)
@require_http_methods(["GET", "HEAD", "POST"])
def project_limits(request: SignedInRequest, project: Project) -> HttpResponse:
    """The form; read-only for members who are not admins of the project."""
    editable = is_project_admin(request.user, project)
    if request.method == "POST" and not editable:
        raise PermissionDenied("Only admins of this project can change its limits.")
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


def _installation() -> str:
    """The limits of the installation as a sentence; empty if there are none."""
    limits = (settings.MAX_EVENTS_PER_MINUTE, "minute"), (settings.MAX_EVENTS_PER_HOUR, "hour")
    text = " and ".join(f"{wording.number(limit)} per {window}" for limit, window in limits if limit)
    return f"Limit for all projects together: {text}." if text else ""
