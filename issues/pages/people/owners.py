"""The page of a project's ownership rules: their text, a preview over the latest issues, and their versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import Capability, SignedInRequest, member
from accounts.models import Project
from accounts.navigation import Section
from issues.lifecycle import name_of
from issues.mapping.batches import BatchMapping
from issues.models import Event, Issue, OwnershipRules
from issues.ownership import stored
from issues.ownership.matching import RuleSet
from issues.ownership.owners import Owners
from issues.ownership.syntax import LONGEST
from issues.pages.heading import Heading, heading_of
from issues.record import codec, references
from issues.render.values import visible

#: Issues that the preview is about, versions that are listed, and names that are said to mean nobody.
PREVIEWED, MOST_VERSIONS, MOST_UNKNOWN = 20, 20, 30


@dataclass(frozen=True, slots=True)
class Previewed:
    """An issue, the line that decides about its latest event, and whom it means; empty for nobody."""

    issue: Issue
    heading: Heading
    line: int
    rule: str
    owner: str


@member(reads=Capability.PROJECT_READ, changes=Capability.PROJECT_ADMIN, section=Section.SETTINGS)
@require_http_methods(["GET", "HEAD", "POST"])
def project_owners(request: SignedInRequest, project: Project) -> HttpResponse:
    """The rules in use, or those of `version`. A POST has `text` and `based_on`, and with `preview` saves nothing."""
    if request.method != "POST":
        number = request.GET.get("version", "")
        asked = (
            int(number)
            if number.isascii() and number.isdigit() and len(number) < 10
            else project.ownership_version
        )
        shown = stored.of_version(project, asked)
        return _page(request, project, shown.text if shown else "", version=asked if shown else 0)
    text, based_on = request.POST.get("text", ""), request.POST.get("based_on", "")
    if "preview" in request.POST:
        return _page(request, project, text, preview=True, problems=_mistakes(text))
    try:
        saved = stored.save(
            project,
            text,
            request.user,
            based_on=int(based_on) if based_on.isascii() and based_on.isdigit() else None,
        )
    except stored.Invalid as invalid:
        return _page(request, project, text, problems=[str(each) for each in invalid.mistakes])
    except (stored.Changed, OverflowError) as error:
        return _page(request, project, text, problems=[str(error)])
    messages.success(request, f"Saved as version {saved}. It assigns new issues from now on.")
    return redirect("project_owners", project.slug)


def _mistakes(text: str) -> list[str]:
    return [str(each) for each in RuleSet(text).mistakes]


def _page(
    request: SignedInRequest,
    project: Project,
    text: str,
    *,
    version: int = 0,
    preview: bool = False,
    problems: list[str] | None = None,
) -> HttpResponse:
    rules = RuleSet(text.replace("\r\n", "\n"))
    versions = (
        OwnershipRules.objects.filter(project=project).select_related("created_by").order_by("-version")
    )
    unknown = stored.unknown_owners(project, rules)
    context = {
        "project": project,
        "text": text,
        "version": version,
        "versions": versions[:MOST_VERSIONS],
        "problems": [visible(each) for each in problems or ()],
        "unknown": [visible(each) for each in unknown[:MOST_UNKNOWN]],
        "more_unknown": max(0, len(unknown) - MOST_UNKNOWN),
        "previewed": _previewed(project, rules) if preview else None,
        "longest": LONGEST,
    }
    return render(request, "issues/owners.html", context, status=400 if problems and not preview else 200)


def _previewed(project: Project, rules: RuleSet) -> list[Previewed]:
    """What the rules would say of the latest events of the issues that were seen last."""
    latest = Event.objects.filter(issue=OuterRef("pk")).order_by("-digest_order").values("pk")[:1]
    issues = list(project.issues.order_by("-last_seen", "-id").annotate(latest=Subquery(latest))[:PREVIEWED])
    owners, found = Owners(project.pk), []
    mapping = BatchMapping.of_project(project.pk)
    for issue in issues:
        issue.project = project
        key = getattr(issue, "latest", None)
        event = Event.objects.filter(pk=key).only("payload").first() if key else None
        rule = decided(rules, event, mapping) if event else None
        owner = owners.first(rule.owners) if rule else None
        found.append(
            Previewed(
                issue,
                heading_of(issue.title, issue.type, issue.value),
                rule.line if rule else 0,
                visible(rule.text) if rule else "",
                visible(name_of(owner)),
            )
        )
    return found


def decided(rules: RuleSet, event: Event, mapping: BatchMapping | None = None) -> Any:
    """The line that decides about a stored event; None for none, or if the event cannot be read."""
    try:
        return references.show(
            event.payload, lambda payload: rules.decide(mapping.shown(payload) if mapping else payload)
        )
    except codec.UnknownForm:
        return None
