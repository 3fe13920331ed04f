"""Releases: lists, creating, changing and deleting them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.http import HttpResponse
from ninja import Router
from ninja.responses import Status

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from accounts.models import Project
from issues.models import Release
from issues.releases import listing, rows, tools
from issues.releases.refusals import as_problems
from issues.sentry_api.base import paging
from issues.sentry_api.base.places import open_to, project_of, projects_of, release_of, releases_of
from issues.sentry_api.releases.asked import BODY_BYTES, ReleaseIn, ReleasePut, record, targets
from issues.sentry_api.releases.told import releases_out
from rustrak.lib import problems
from rustrak.lib.http.view_limits import body_of_at_most

router = Router(auth=needs(Capability.PROJECT_READ, Capability.PROJECT_RELEASES))

_STATUSES = ("open", "archived", "all")


@router.get("/api/0/organizations/{organization}/releases", summary="releases list")
def releases(request: SignedInRequest, organization: str) -> HttpResponse:
    """The releases of the projects that `project` names, or of all; those of one project in the order of their versions, else the
    latest first. `query` is a part of the name; archived ones are listed with `status=archived` or `all`."""
    named = [name for name in request.GET.getlist("project") if name != "-1"]
    projects = projects_of(request, named) if named else _visible(request)
    if len(projects) == 1:
        return _listed(request, projects[0])
    chosen = _chosen(request, Release.objects.filter(project__in=[project.pk for project in projects]))
    versions = chosen.values_list("version").annotate(newest=Max("pk")).order_by("-newest")
    wanted, more = paging.part(request, [version for version, _ in versions], "releases")
    return _page(request, projects, wanted, more)


@router.post(
    "/api/0/organizations/{organization}/releases",
    response={201: Any, 208: Any},
    summary="releases new, archive, restore",
)
@body_of_at_most(BODY_BYTES)
def new_release(request: SignedInRequest, organization: str, body: ReleaseIn) -> Status[dict[str, Any]]:
    """Create a release, or change it if it is there: then the status is 208."""
    projects = targets(request, body.version, body.projects, new=True)
    is_new = record(projects, body.version, body, request.user)
    return Status(201 if is_new else 208, _everywhere(request, body.version))


@router.get("/api/0/projects/{organization}/{project}/releases", summary="releases list")
def project_releases(request: SignedInRequest, organization: str, project: str) -> HttpResponse:
    return _listed(request, project_of(request, project))


@router.post(
    "/api/0/projects/{organization}/{project}/releases", response={201: Any, 208: Any}, summary="releases new"
)
@body_of_at_most(BODY_BYTES)
def new_project_release(
    request: SignedInRequest, organization: str, project: str, body: ReleaseIn
) -> Status[dict[str, Any]]:
    found = project_of(request, project)
    is_new = record([found], body.version, body, request.user)
    return Status(201 if is_new else 208, releases_out([[release_of(found, body.version)]])[0])


@router.get("/api/0/organizations/{organization}/releases/{path:version}", summary="releases info")
def release(request: SignedInRequest, organization: str, version: str) -> dict[str, Any]:
    return _everywhere(request, version)


@router.put(
    "/api/0/organizations/{organization}/releases/{path:version}",
    summary="releases finalize, set-commits, archive, restore",
)
@body_of_at_most(BODY_BYTES)
def change_release(
    request: SignedInRequest, organization: str, version: str, body: ReleasePut
) -> dict[str, Any]:
    """Change a release in the projects that have it; in those that the body names it is created if it is not there."""
    record(targets(request, version, body.projects, new=False), version, body, request.user)
    return _everywhere(request, version)


@router.delete(
    "/api/0/organizations/{organization}/releases/{path:version}",
    response={204: None},
    summary="releases delete",
)
def delete_release(request: SignedInRequest, organization: str, version: str) -> Status[None]:
    """Delete a release in all projects, or in none if events, sessions or issues name it in one (409)."""
    return _deleted(releases_of(request, version))


@router.get("/api/0/projects/{organization}/{project}/releases/{path:version}", summary="releases info")
def project_release(
    request: SignedInRequest, organization: str, project: str, version: str
) -> dict[str, Any]:
    return releases_out([[release_of(project_of(request, project), version)]])[0]


@router.put(
    "/api/0/projects/{organization}/{project}/releases/{path:version}",
    summary="releases finalize, set-commits",
)
@body_of_at_most(BODY_BYTES)
def change_project_release(
    request: SignedInRequest, organization: str, project: str, version: str, body: ReleasePut
) -> dict[str, Any]:
    found = project_of(request, project)
    record([found], version, body, request.user)
    return releases_out([[release_of(found, version)]])[0]


@router.delete(
    "/api/0/projects/{organization}/{project}/releases/{path:version}",
    response={204: None},
    summary="releases delete",
)
def delete_project_release(
    request: SignedInRequest, organization: str, project: str, version: str
) -> Status[None]:
    return _deleted([release_of(project_of(request, project), version)])


def _visible(request: SignedInRequest) -> list[Project]:
    return list(open_to(request).order_by("pk"))


def _everywhere(request: SignedInRequest, version: str) -> dict[str, Any]:
    return releases_out([releases_of(request, version)])[0]


def _deleted(releases: Sequence[Release]) -> Status[None]:
    with as_problems(), transaction.atomic():
        for each in releases:
            tools.delete(each)
    return Status(204, None)


def _chosen(request: SignedInRequest, releases: QuerySet[Release]) -> QuerySet[Release]:
    """Those of the status and the query. Raises BadInput."""
    status = request.GET.get("status") or "open"
    if status not in _STATUSES:
        raise problems.BadInput(f"status: one of {', '.join(_STATUSES)}")
    if status != "all":
        releases = releases.filter(archived_at__isnull=status == "open")
    if text := request.GET.get("query", "").replace("\0", "").strip():
        releases = releases.filter(version__icontains=text[: rows.LONGEST_VERSION])
    return releases.exclude(version=rows.OTHERS)


def _listed(request: SignedInRequest, project: Project) -> HttpResponse:
    """Those of one project, newest first as its page of releases has them."""
    chosen = set(_chosen(request, Release.objects.filter(project=project)).values_list("version", flat=True))
    ordered = [each.version for each in listing.newest_first(project).listed if each.version in chosen]
    wanted, more = paging.part(request, ordered, f"releases of {project.pk}")
    return _page(request, [project], wanted, more)


def _page(
    request: SignedInRequest, projects: Sequence[Project], versions: Sequence[str], more: str | None
) -> HttpResponse:
    found: dict[str, list[Release]] = {version: [] for version in versions}
    shown = Release.objects.filter(
        project__in=[project.pk for project in projects], version__in=list(versions)
    )
    for each in shown.select_related("project").order_by("project"):
        found[each.version].append(each)
    return paging.answer(request, releases_out(list(found.values())), more)
