"""From which sites scripts and source maps are fetched where none were uploaded: decided by admins, off at first."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import audit
from accounts.access import Capability, SignedInRequest, may, member
from accounts.models import Project
from accounts.navigation import Section
from issues.artifacts import fetching
from issues.models import MapFetch, MapOrigin
from issues.render.values import line, visible
from rustrak.lib import clock
from rustrak.outbound import messages as outbound_messages
from rustrak.outbound import target

MOST_ORIGINS = 20
# Of what was fetched, or was to be, the latest.
MOST_FETCHES = 20


class OriginForm(forms.Form):
    """An origin, as browsers write it."""

    origin = forms.CharField(
        label="Origin",
        max_length=255,
        help_text="Scheme, host and, unless it is the usual one, port, such as https://shop.example.com.",
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_origin(self) -> str:
        """The origin in the form in which it is compared."""
        text = self.cleaned_data["origin"].strip()
        try:
            found = target.parse(text)
        except outbound_messages.Refused as refused:
            raise forms.ValidationError(str(refused)) from None
        if found.path not in ("", "/"):
            raise forms.ValidationError(
                f"An origin has no path. The origin of this address is {found.shown}."
            )
        return found.shown


@dataclass(frozen=True, slots=True)
class FetchRow:
    """A script that was fetched, or is to be. `outcome` is a word and the class of its badge."""

    fetch: MapFetch
    url: str
    outcome: str
    look: str
    detail: str


def _row(fetch: MapFetch) -> FetchRow:
    outcome, look = ("waits", "") if fetch.ended_at is None else ("failed", "error")
    if fetch.ended_at is not None and not fetch.detail:
        outcome, look = "found", "success"
    return FetchRow(fetch, line(fetch.url, 1_000), outcome, look, visible(fetch.detail))


@member(reads=Capability.PROJECT_READ, changes=Capability.PROJECT_ADMIN, section=Section.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def map_fetching(request: SignedInRequest, project: Project) -> HttpResponse:
    """The origins, and what came of the latest fetches. A POST of an admin has `origin` to add, or `remove` (a key)."""
    can_change = may(request.user, Capability.PROJECT_ADMIN, project)
    form = OriginForm(request.POST if request.method == "POST" and "remove" not in request.POST else None)
    if request.method == "POST":
        if "remove" in request.POST:
            _remove(request, project, request.POST["remove"])
            return redirect("map_fetching", project.slug)
        if form.is_valid() and _add(request, project, form):
            return redirect("map_fetching", project.slug)
    fetches = MapFetch.objects.filter(project=project).order_by(
        F("ended_at").desc(nulls_first=True), "-asked_at"
    )
    context = {
        "project": project,
        "current": "fetching",
        "origins": MapOrigin.objects.filter(project=project).select_related("created_by").order_by("origin"),
        "fetches": [_row(each) for each in fetches[:MOST_FETCHES]],
        "most": fetching.MOST_IN_A_DAY,
        "is_full": fetching.left(project.pk, clock.now()) <= 0,
        "form": form,
        "can_change": can_change,
    }
    return render(request, "issues/artifacts/fetching.html", context)


def _add(request: SignedInRequest, project: Project, form: OriginForm) -> bool:
    """Whether the origin was added; if not, the form says why."""
    origin = form.cleaned_data["origin"]
    origins = MapOrigin.objects.filter(project=project)
    if origins.count() >= MOST_ORIGINS:
        form.add_error(
            "origin", f"A project may have {MOST_ORIGINS} origins. Remove one that you no longer need."
        )
        return False
    try:
        with transaction.atomic():
            MapOrigin.objects.create(project=project, origin=origin, created_by=request.user)
            audit.record(audit.Action.FETCHING_CHANGE, project, details={"added": origin})
    except IntegrityError:
        form.add_error("origin", f"{origin} is in the list already.")
        return False
    _changed(project)
    messages.success(request, f"Scripts and maps may be fetched from {origin} from now on.")
    return True


def _remove(request: SignedInRequest, project: Project, key: str) -> None:
    known = key.isascii() and key.isdigit() and len(key) < 19
    found = MapOrigin.objects.filter(project=project, pk=int(key)).first() if known else None
    if found is not None:
        with transaction.atomic():
            found.delete()
            audit.record(audit.Action.FETCHING_CHANGE, project, details={"removed": found.origin})
        _changed(project)
        messages.success(
            request, "Nothing is fetched from there any more. What was fetched stays until you delete it."
        )
    else:
        messages.success(request, "The origin was removed already.")


def _changed(project: Project) -> None:
    """Have every process forget what it has not found, and look again."""
    Project.objects.filter(pk=project.pk).update(artifacts_version=F("artifacts_version") + 1)
