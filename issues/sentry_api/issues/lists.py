"""Lists of issues, and what is done to many of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from accounts.models import Project
from issues import search
from issues.models import Issue
from issues.sentry_api.base import paging
from issues.sentry_api.base.places import open_to, project_of, projects_of
from issues.sentry_api.issues.asked import IssuePut, change
from issues.sentry_api.issues.named import MOST, issues_of, loaded
from issues.sentry_api.issues.query import found, of_projects, order, period, text_of
from issues.sentry_api.issues.told import issues_out
from rustrak.lib import keyset, problems

router = Router(auth=needs(Capability.EVENT_READ, Capability.EVENT_WRITE))

_TOO_LONG = "query: the search takes too long; search for other or longer words, or in one project"


@router.get("/api/0/projects/{organization}/{project}/issues", summary="issues list, GitLab, Backstage")
def project_issues(request: SignedInRequest, organization: str, project: str) -> HttpResponse:
    return _listed(request, [project_of(request, project)])


@router.put("/api/0/projects/{organization}/{project}/issues", summary="issues resolve, mute, unresolve")
def change_project_issues(
    request: SignedInRequest, organization: str, project: str, body: IssuePut
) -> dict[str, Any]:
    return _changed(request, [project_of(request, project)], body)


@router.get("/api/0/organizations/{organization}/issues", summary="issue list, MCP, Grafana")
def issues(request: SignedInRequest, organization: str) -> HttpResponse:
    """The issues of the projects that `project` names, or of all."""
    return _listed(request, _projects(request))


@router.put("/api/0/organizations/{organization}/issues", summary="issue merge")
def change_issues(request: SignedInRequest, organization: str, body: IssuePut) -> dict[str, Any]:
    return _changed(request, _projects(request), body)


def _projects(request: SignedInRequest) -> list[Project]:
    named = [name for name in request.GET.getlist("project") if name != "-1"]
    if named:
        return projects_of(request, named)
    return list(open_to(request).order_by("pk"))


def _listed(request: SignedInRequest, projects: Sequence[Project]) -> HttpResponse:
    columns, text, within = order(request), text_of(request), period(request)
    try:
        with search.limited():
            page = keyset.page(
                found(of_projects(projects), text, projects, request.user, within),
                columns,
                descending=True,
                cursor=paging.cursor(request),
                limit=paging.limit(request),
            )
    except search.TookTooLong:
        raise problems.BadInput(_TOO_LONG) from None
    return paging.answer(request, issues_out(page.items, request.user), page.next_cursor)


def _changed(request: SignedInRequest, projects: Sequence[Project], body: IssuePut) -> dict[str, Any]:
    """Change the issues with the numbers `id`, or all that `query` and `status` mean; of several projects numbers are needed."""
    numbers = request.GET.getlist("id")
    if numbers:
        chosen = issues_of(request, numbers)
        keys = {project.pk for project in projects}
        if any(issue.project_id not in keys for issue in chosen):
            raise problems.NotFound("An issue is of another project.")
        chosen = loaded(chosen)
    else:
        chosen = _matching(request, projects)
    if chosen:
        change(chosen, body, request.user)
    return body.model_dump(mode="json", exclude_unset=True) | {"changed": len(chosen)}


def _matching(request: HttpRequest, projects: Sequence[Project]) -> list[Issue]:
    if len(projects) != 1:
        raise problems.BadInput("id: name the issues")
    text = text_of(request) if "query" in request.GET or "status" in request.GET else ""
    user: Any = request.user
    try:
        with search.limited():
            rows = found(of_projects(projects), text, projects, user, period(request))
            chosen = list(rows.order_by("-last_seen")[: MOST + 1])
    except search.TookTooLong:
        raise problems.BadInput(_TOO_LONG) from None
    if len(chosen) > MOST:
        raise problems.BadInput(
            f"query: more than {MOST:,} issues match. The issue list can act on more of them."
        )
    return chosen
