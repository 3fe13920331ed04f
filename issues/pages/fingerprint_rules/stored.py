"""The stored events that the rules in use would put elsewhere, and bringing their issues together there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Capability, SignedInRequest, may, member
from accounts.models import Project
from accounts.navigation import Section
from issues import bulk_actions
from issues.fingerprint_rules import binding, preview
from issues.models import BulkAction, Issue
from issues.pages.bulk.outcome import tell
from issues.trials import turn

_SALT = "issues.pages.fingerprint_rules.stored"
# In seconds: a page that was left open shows what was true once.
_LONGEST_OPEN = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Offer:
    """What one click does for a destination: `merged` issues, all of whose events go there, become part of `into` (None: nothing can
    be done). `leaves`: others keep events. `plan` is signed."""

    destination: preview.Destination
    into: Issue | None
    merged: int
    leaves: bool
    plan: str


@member(reads=Capability.PROJECT_READ, section=Section.SETTINGS)
@require_safe
def fingerprint_rules_stored(request: SignedInRequest, project: Project) -> HttpResponse:
    """Which issues have stored events that new ones like them would not join."""
    context: dict[str, Any] = {
        "project": project,
        "editable": may(request.user, Capability.PROJECT_ADMIN, project),
    }
    try:
        found = preview.of_stored(project)
    except turn.Busy as busy:
        return render(request, "issues/fingerprint_rules/stored.html", {**context, "busy": busy})
    offers = [_offer(project, each) for each in found.destinations]
    return render(
        request, "issues/fingerprint_rules/stored.html", {**context, "preview": found, "offers": offers}
    )


def _offer(project: Project, destination: preview.Destination) -> Offer:
    """Only issues of which nothing stays are brought together: of the others, other events would come along."""
    sources = [source.issue for source in destination.sources if source.issue and not source.kept]
    sources.sort(key=lambda issue: issue.digest_order)
    into = destination.issue or (sources[0] if sources else None)
    others = [issue.pk.hex for issue in sources if issue != into]
    if into is None or not destination.key or (destination.issue and not others):
        return Offer(destination, None, 0, False, "")
    plan = [project.pk, project.fingerprint_rules_version, destination.key, into.pk.hex, others]
    leaves = any(source.kept for source in destination.sources)
    return Offer(destination, into, len(others), leaves, signing.dumps(plan, salt=_SALT, compress=True))


@member(reads=Capability.PROJECT_ADMIN, changes=Capability.PROJECT_ADMIN)
@require_POST
def fingerprint_rules_bring(request: SignedInRequest, project: Project) -> HttpResponse:
    """Carry out the `plan` of an offer: have new events of the rule go to the issue that remains, and merge the others into it."""
    back = redirect("fingerprint_rules_stored", slug=project.slug)
    try:
        plan = signing.loads(request.POST.get("plan", ""), salt=_SALT, max_age=_LONGEST_OPEN)
    except signing.BadSignature:
        messages.error(
            request, "This page was open for too long, so nothing was changed. Look at the list below again."
        )
        return back
    key, version, grouping_key, into, others = plan
    if key != project.pk or version != project.fingerprint_rules_version:
        messages.error(
            request, "The rules were changed meanwhile, so nothing was changed. Look at the list below again."
        )
        return back
    remains = UUID(into)
    try:
        binding.bind(project, grouping_key, remains)
        if others:
            chosen = project.issues.filter(pk__in=[remains, *(UUID(each) for each in others)])
            action = bulk_actions.begin(chosen, BulkAction.Kind.MERGE, request.user, project, target=remains)
            tell(request, action)
        else:
            messages.success(request, "New events of the rule go to this issue from now on.")
    except ValueError as error:
        messages.error(request, str(error))
    return back
