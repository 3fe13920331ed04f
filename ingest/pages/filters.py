"""What a project does not want to keep: its admins say it, its members may read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import SignedInRequest, is_project_admin, member
from accounts.models import Project
from ingest.models import InboundFilters, OutcomeCount
from ingest.outcomes import Outcome
from rustrak.lib import clock

RULES = ("browser_extensions", "legacy_browsers", "localhost", "web_crawlers")
LISTS = ("error_messages", "releases", "allowed_origins", "blocked_addresses")
_COUNTED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter of the form, and how many it dropped in 30 days."""

    field: forms.BoundField
    dropped: int


class FiltersForm(forms.ModelForm):  # type: ignore[type-arg]
    """Each filter, with what it does."""

    class Meta:
        model = InboundFilters
        fields = RULES + LISTS
        labels = {
            "browser_extensions": "Errors of browser extensions",
            "legacy_browsers": "Errors of legacy browsers",
            "localhost": "Events from localhost",
            "web_crawlers": "Errors of web crawlers",
            "error_messages": "Error messages",
            "releases": "Releases",
            "allowed_origins": "Allowed origins",
            "blocked_addresses": "Blocked addresses",
        }
        widgets = {
            name: forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "none"})
            for name in LISTS
        }
        help_texts = {
            "browser_extensions": "Scripts that visitors have installed, not yours: frames of chrome-extension:// and its like, and messages known to come from them.",
            "legacy_browsers": "Browsers that their makers gave up long ago, such as Internet Explorer.",
            "localhost": "What developers send from their own machines: a URL or server name of localhost, 127.0.0.1 or ::1.",
            "web_crawlers": "Search engines and other bots that name themselves in User-Agent.",
            "error_messages": "One pattern a line, * for anything and ? for one character. Example: <code>TypeError: Failed to fetch*</code>",
            "releases": "One pattern a line. Example: <code>shop@1.*</code>",
            "allowed_origins": "One a line; empty allows every page. Requests of browsers from other origins are refused; what sends no origin, such as a server, is not affected. Examples: <code>https://shop.example.org</code>, <code>*.example.org</code>",
            "blocked_addresses": "One address or network a line. Examples: <code>203.0.113.9</code>, <code>198.51.100.0/24</code>, <code>2001:db8::/32</code>",
        }


@member
@require_http_methods(["GET", "HEAD", "POST"])
def project_filters(request: SignedInRequest, project: Project) -> HttpResponse:
    """The form; for members who are no admins of the project it cannot be sent."""
    editable = is_project_admin(request.user, project)
    if request.method == "POST" and not editable:
        raise PermissionDenied("Only an admin of this project may change its filters.")
    filters = InboundFilters.objects.filter(project=project).first()
    form = FiltersForm(request.POST if request.method == "POST" else None, instance=filters)
    if request.method == "POST" and form.is_valid():
        InboundFilters.objects.update_or_create(project=project, defaults=form.cleaned_data)
        messages.success(request, "Saved. The filters work within a few seconds.")
        return redirect("project_filters", slug=project.slug)
    for field in form.fields.values():
        field.disabled = not editable
    dropped = _dropped(project, clock.now())
    return render(
        request,
        "ingest/filters.html",
        {
            "project": project,
            "form": form,
            "editable": editable,
            "rules": [Choice(form[name], dropped.get(name, 0)) for name in RULES],
            "lists": [Choice(form[name], dropped.get(name, 0)) for name in LISTS],
        },
    )


def _dropped(project: Project, now: datetime) -> dict[str, int]:
    """How many items each filter dropped in the last 30 days. One query."""
    since = int((now - _COUNTED).timestamp()) // 60
    rows = (
        OutcomeCount.objects.filter(project=project, minute__gte=since, outcome=Outcome.FILTERED)
        .order_by()
        .values_list("reason")
        .annotate(total=Sum("quantity"))
    )
    return dict(rows)
