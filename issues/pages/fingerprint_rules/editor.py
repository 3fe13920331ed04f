"""The page on which a project's fingerprint rules are read and changed. It shows what a change does before it saves it."""

from __future__ import annotations

import hashlib
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Capability, SignedInRequest, may, member
from accounts.models import Project
from accounts.navigation import Section
from issues.fingerprint_rules import preview, versions
from issues.mapping.events import mapped
from issues.models import Event
from issues.pages.sent import uuids
from issues.payload import variables
from issues.payload.rules import keys, syntax, writing
from issues.record import codec, references
from issues.trials import newest, turn
from rustrak.lib.http.view_limits import body_of_at_most

# The longest text, percent-encoded.
FORM_BYTES = 512 * 1024


@member(reads=Capability.PROJECT_READ, changes=Capability.PROJECT_ADMIN, section=Section.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
@body_of_at_most(FORM_BYTES)
def fingerprint_rules(request: SignedInRequest, project: Project) -> HttpResponse:
    """The rules; read-only for members who are not admins of the project. Query string: `event` (the id of an event's row, for which
    a rule is suggested) or `version` (an older version to begin with)."""
    editable = may(request.user, Capability.PROJECT_ADMIN, project)
    if request.method == "POST":
        return _changed(request, project)
    used = versions.in_use(project)
    text = used.text if used else ""
    shown: dict[str, Any] = {}
    if editable and (key := next(iter(uuids([request.GET.get("event", "")])), None)):
        suggested = _suggested(project, key)
        shown["suggested"] = suggested
        text = f"{text}\n{suggested}" if text and suggested else text or suggested
    elif editable and (number := _number(request.GET.get("version", ""))):
        older = versions.of_version(project, number)
        if older is not None and older != used:
            text, shown["older"] = older.text, older
    return _page(request, project, text, editable=editable, **shown)


def _changed(request: SignedInRequest, project: Project) -> HttpResponse:
    text = versions.tidy(request.POST.get("text", "").replace("\r\n", "\n"))
    seen = _number(request.POST.get("version", "")) or 0
    saves = request.POST.get("action") == "save"
    previewed = request.POST.get("previewed", "")
    shown: dict[str, Any] = {"seen": seen}
    try:
        if saves and previewed == _fingerprint(text, seen):
            made = versions.save(project, text, request.user, seen=seen)
            messages.success(
                request, f"Saved as version {made.version}. New events follow it within a few seconds."
            )
            return redirect("fingerprint_rules_stored", slug=project.slug)
        shown["changed_since"] = saves and bool(previewed)
        shown["preview"] = preview.of_change(project, text)
    except versions.Invalid as invalid:
        shown["mistakes"] = invalid.mistakes
    except versions.Changed as changed:
        shown |= {"conflict": versions.of_version(project, changed.version), "seen": changed.version}
    except turn.Busy as busy:
        messages.warning(request, str(busy))
    return _page(request, project, text, editable=True, **shown)


def _page(
    request: SignedInRequest,
    project: Project,
    text: str,
    *,
    editable: bool,
    seen: int | None = None,
    **shown: Any,
) -> HttpResponse:
    seen = project.fingerprint_rules_version if seen is None else seen
    return render(
        request,
        "issues/fingerprint_rules/editor.html",
        {
            "project": project,
            "text": text,
            "editable": editable,
            "seen": seen,
            "used": versions.in_use(project),
            "previewed": _fingerprint(text, seen),
            "rows": min(30, max(8, text.count("\n") + 3)),
            "most": syntax,
            "names": sorted(keys.KEYS),
            "variables": variables.NAMES,
            "looked_at": newest.MOST,
            **shown,
        },
    )


def _suggested(project: Project, event_id: UUID) -> str:
    """A rule for a stored event, empty when none can be made. Raises Http404."""
    event = get_object_or_404(Event.objects.filter(project=project), pk=event_id)

    def suggested(payload: dict[str, Any]) -> str:
        # Rules see the readable form.
        found = mapped(project.pk, project.artifacts_version, payload)
        return writing.suggested(found.payload if found else payload)

    try:
        return references.show(event.payload, suggested)
    except codec.UnknownForm:
        return ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _fingerprint(text: str, seen: int) -> str:
    """Of what a preview was made for: rules are saved as they were previewed."""
    return hashlib.sha256(f"{seen}\n{text}".encode()).hexdigest()[:32]
