"""Deploys of a release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from ninja import Router
from ninja.responses import Status

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from accounts.models import Project
from issues.models import Deploy, Release
from issues.releases import tools
from issues.releases.refusals import as_problems
from issues.sentry_api.base import paging
from issues.sentry_api.base.places import project_of, release_of, releases_of
from issues.sentry_api.releases.asked import DeployIn, targets
from issues.sentry_api.releases.told import deploy_out

router = Router(auth=needs(Capability.PROJECT_READ, Capability.PROJECT_RELEASES))


@router.get("/api/0/organizations/{organization}/releases/{path:version}/deploys", summary="deploys list")
def deploys(request: SignedInRequest, organization: str, version: str) -> HttpResponse:
    return _listed(request, releases_of(request, version))


@router.post(
    "/api/0/organizations/{organization}/releases/{path:version}/deploys",
    response={201: Any},
    summary="deploys new",
)
def new_deploy(
    request: SignedInRequest, organization: str, version: str, body: DeployIn
) -> Status[dict[str, Any]]:
    """Say that the release was deployed, in the projects that are named or in all that have it."""
    return _new(request, targets(request, version, body.projects, new=False), version, body)


@router.get(
    "/api/0/projects/{organization}/{project}/releases/{path:version}/deploys", summary="deploys list"
)
def project_deploys(request: SignedInRequest, organization: str, project: str, version: str) -> HttpResponse:
    return _listed(request, [release_of(project_of(request, project), version)])


@router.post(
    "/api/0/projects/{organization}/{project}/releases/{path:version}/deploys",
    response={201: Any},
    summary="deploys new",
)
def new_project_deploy(
    request: SignedInRequest, organization: str, project: str, version: str, body: DeployIn
) -> Status[dict[str, Any]]:
    return _new(request, [project_of(request, project)], version, body)


def _listed(request: SignedInRequest, releases: Sequence[Release]) -> HttpResponse:
    rows = Deploy.objects.filter(release__in=[release.pk for release in releases])
    # A deploy of several projects is one for whoever asks for all.
    found: dict[tuple[Any, ...], Deploy] = {}
    for deploy in rows.order_by("-finished_at", "-pk"):
        found.setdefault((deploy.environment, deploy.finished_at, deploy.name, deploy.url), deploy)
    items, more = paging.part(request, list(found.values()), "deploys")
    return paging.answer(request, [deploy_out(deploy) for deploy in items], more)


def _new(
    request: SignedInRequest, projects: Sequence[Project], version: str, body: DeployIn
) -> Status[dict[str, Any]]:
    with as_problems(), transaction.atomic():
        made = [
            tools.deploy(
                project,
                version,
                body.environment,
                by=request.user,
                name=body.name or "",
                url=body.url or "",
                started_at=body.dateStarted,
                finished_at=body.dateFinished,
            )[0]
            for project in projects
        ]
    return Status(201, deploy_out(made[0]))
