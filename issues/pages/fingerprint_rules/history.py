"""The versions of a project's fingerprint rules, and one of them compared with the one before."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import Capability, SignedInRequest, may, member
from accounts.models import Project
from accounts.navigation import Section
from issues.fingerprint_rules import versions
from issues.models import FingerprintRules
from issues.pages.paging import paged

PAGE_SIZE = 50


@member(reads=Capability.PROJECT_READ, section=Section.SETTINGS)
@require_safe
def fingerprint_rule_versions(request: SignedInRequest, project: Project) -> HttpResponse:
    """The versions, newest first. Query string: `cursor`."""
    rows = FingerprintRules.objects.filter(project=project).select_related("created_by").defer("text")
    page = paged(rows, ["version"], request.GET, PAGE_SIZE)
    return render(
        request,
        "issues/fingerprint_rules/versions.html",
        {"project": project, "versions": page.items, "older": page.next, "most": versions.MOST_KEPT},
    )


@member(reads=Capability.PROJECT_READ, section=Section.SETTINGS)
@require_safe
def fingerprint_rule_version(request: SignedInRequest, project: Project, version: int) -> HttpResponse:
    """One version, and what it changed."""
    found = versions.of_version(project, version)
    if found is None:
        raise Http404
    earlier = FingerprintRules.objects.filter(project=project, version__lt=version)
    before = earlier.order_by("-version").first()
    return render(
        request,
        "issues/fingerprint_rules/version.html",
        {
            "project": project,
            "version": found,
            "lines": list(enumerate(found.text.split("\n"), start=1)) if found.text else [],
            "before": before,
            "changes": versions.compared(before.text if before else "", found.text),
            "is_used": project.fingerprint_rules_version == version,
            "editable": may(request.user, Capability.PROJECT_ADMIN, project),
        },
    )
