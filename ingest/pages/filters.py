"""The form of a project's inbound filters: its admins can change them, its members can read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Capability, SignedInRequest, may, member
from accounts.models import Project
from accounts.navigation import Section
from ingest.filters import changing, lines
from ingest.filters.changing import LISTS, RULES
from ingest.ledger.outcomes import FINGERPRINT_RULE, Outcome
from ingest.models import InboundFilters, OutcomeCount
from rustrak.lib import clock
from rustrak.lib.http.view_limits import body_of_at_most

_COUNTED = timedelta(days=30)
# Four lists of lines.MAX_LINES, percent-encoded.
FORM_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Choice:
    """One filter of the form, and how many items it discarded in 30 days."""

    field: forms.BoundField
    dropped: int


class FiltersForm(forms.ModelForm):  # type: ignore[type-arg]
    """A field for each filter."""

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
            "browser_extensions": "Errors in scripts that visitors have installed: thrown in <code>chrome-extension://</code> and similar, or with a message that is typical of extensions.",
            "legacy_browsers": "Browsers that no longer get updates, such as Internet Explorer.",
            "localhost": "Errors on developers’ machines: the page or request is at <code>localhost</code> or <code>127.0.0.1</code>.",
            "web_crawlers": "Search engines and other bots, by their User-Agent.",
            "error_messages": "One pattern per line, which must match all of “Type: message”, of the message or of the type. <code>*</code> matches any text, <code>?</code> one character; case does not matter. Examples: <code>*Failed to fetch*</code>, <code>ChunkLoadError*</code>",
            "releases": "One pattern per line, as above. Examples: <code>shop@1.*</code>, <code>*-dev</code>",
            "allowed_origins": "The origins whose pages may send events, one per line; empty allows all. Others are rejected with status 403. Requests without an origin, such as those of servers, are not affected. Examples: <code>https://shop.example.org</code>, <code>*.example.org</code>, <code>localhost:3000</code>",
            "blocked_addresses": "One address or network per line, of the sender or of the user in the event. Examples: <code>203.0.113.9</code>, <code>198.51.100.0/24</code>, <code>2001:db8::/32</code>",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in LISTS:
            field = self.fields[name]
            assert isinstance(field, forms.CharField)  # noqa: S101  of a TextField
            field.strip = False  # so that line numbers in error messages are those of the form

    def clean(self) -> dict[str, Any]:
        """Remove blank lines of the lists; report the errors of each list beside it."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for name in LISTS:
            if name in values:
                try:
                    values[name] = lines.clean(name, values[name])
                except lines.BadLines as bad:
                    self.add_error(name, list(bad.problems))
        return values


@member(reads=Capability.PROJECT_READ, changes=Capability.PROJECT_ADMIN, section=Section.INCOMING)
@require_http_methods(["GET", "HEAD", "POST"])
@body_of_at_most(FORM_BYTES)
def project_filters(request: SignedInRequest, project: Project) -> HttpResponse:
    """The form; read-only for members who are not admins of the project."""
    editable = may(request.user, Capability.PROJECT_ADMIN, project)
    stored = InboundFilters.objects.filter(project=project).first()
    form = FiltersForm(request.POST if request.method == "POST" else None, instance=stored)
    if request.method == "POST" and form.is_valid():
        changing.save(project, form.cleaned_data)
        messages.success(request, "Saved. The filters take effect within a few seconds.")
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
            "dropped_by_rules": dropped.get(FINGERPRINT_RULE, 0),
            "groups": [
                (legend, [Choice(form[name], dropped.get(name, 0)) for name in names])
                for legend, names in (("Noise", RULES), ("By pattern", LISTS))
            ],
        },
    )


def _dropped(project: Project, now: datetime) -> dict[str, int]:
    """How many items each filter discarded in the last 30 days. One query."""
    since = int((now - _COUNTED).timestamp()) // 60
    rows = (
        OutcomeCount.objects.filter(project=project, minute__gte=since, outcome=Outcome.FILTERED)
        .order_by()
        .values_list("reason")
        .annotate(total=Sum("quantity"))
    )
    return dict(rows)
