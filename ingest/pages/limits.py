"""How much a project may send and keep: its admins say it, its members may read it."""

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
from ingest.rate_limits import stored
from ingest.rate_limits.windows import WindowCounter
from rustrak.lib import clock

LIMITS = ("max_events_per_minute", "max_events_per_hour")
KEEPING = ("retain_days", "retain_events")
_MOST = 2**31 - 1
_MOST_DAYS = 36_500


def _number(label: str, help_text: str, default: int, zero: str, most: int = _MOST) -> forms.IntegerField:
    """A number whose emptiness means the installation's default."""
    default_text = f"{default:,}" if default else zero
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=most,
        help_text=f"{help_text} Empty: the installation’s default ({default_text}). 0: {zero}.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": default_text}),
    )


class LimitsForm(forms.Form):
    """Each limit, with what it does and what leaving it empty means."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= {
            "max_events_per_minute": _number(
                "Events a minute",
                "Error events accepted in a clock minute, duplicates included; more are refused until it is over.",
                settings.MAX_EVENTS_PER_PROJECT_PER_MINUTE,
                "no limit",
            ),
            "max_events_per_hour": _number(
                "Events an hour",
                "The same for a clock hour (UTC).",
                settings.MAX_EVENTS_PER_PROJECT_PER_HOUR,
                "no limit",
            ),
            "noisy_issue_percent": forms.IntegerField(
                label="Noisy issues: percent of the hour’s limit",
                required=False,
                min_value=0,
                max_value=100,
                help_text="Past this share of the events an hour, further events of one issue are all counted, but only some are stored: one in two, then in four, and so on. One loud issue then leaves room for the others. Empty or 0: never.",
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": "never"}),
            ),
            "retain_days": _number(
                "Days",
                "Events older than this are deleted. What was counted stays counted.",
                settings.RETAIN_DAYS,
                "for ever",
                _MOST_DAYS,
            ),
            "retain_events": _number(
                "Events",
                "Past so many stored events the least telling ones go first: the first and the latest of each issue stay longest.",
                settings.RETAIN_EVENTS_PER_PROJECT,
                "no limit",
            ),
        }

    def clean(self) -> dict[str, Any]:
        """Without a limit an hour there is no share of it."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        values["noisy_issue_percent"] = values.get("noisy_issue_percent") or 0
        per_hour = values.get("max_events_per_hour")
        if per_hour is None:
            per_hour = settings.MAX_EVENTS_PER_PROJECT_PER_HOUR
        if values["noisy_issue_percent"] and not per_hour and "max_events_per_hour" not in self.errors:
            self.add_error("noisy_issue_percent", "This needs a limit of events an hour to be a share of.")
        return values


@member
@require_http_methods(["GET", "HEAD", "POST"])
def project_limits(request: SignedInRequest, project: Project) -> HttpResponse:
    """The form; for members who are no admins of the project it cannot be sent."""
    editable = is_project_admin(request.user, project)
    if request.method == "POST" and not editable:
        raise PermissionDenied("Only an admin of this project may change its limits.")
    now = {name: getattr(project, name) for name in (*LIMITS, *KEEPING)}
    now["noisy_issue_percent"] = project.noisy_issue_percent or None
    form = LimitsForm(request.POST if request.method == "POST" else None, initial=now)
    if request.method == "POST" and form.is_valid():
        projects.set_limits(project, **form.cleaned_data)
        messages.success(request, "Saved. The limits hold within two seconds.")
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
            "accepting": [form[name] for name in LIMITS],
            "sampling": form["noisy_issue_percent"],
            "keeping": [form[name] for name in KEEPING],
            "used": _used(stored.used(project.pk, clock.now())),
            "together": _together(),
        },
    )


def _used(counter: WindowCounter) -> str:
    if not counter.in_hour:
        return "Nothing was accepted in this hour yet."
    return f"Events accepted in this hour: {counter.in_hour:,}; in this minute: {counter.in_minute:,}."


def _together() -> str:
    """The installation's limits as a sentence; empty without any."""
    limits = (settings.MAX_EVENTS_PER_MINUTE, "a minute"), (settings.MAX_EVENTS_PER_HOUR, "an hour")
    said = " and ".join(f"{limit:,} {window}" for limit, window in limits if limit)
    return f"All projects together may send {said}." if said else ""
