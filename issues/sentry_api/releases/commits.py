"""Commits of releases, repositories and code mappings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from django.db.models import Q
from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel, Field

from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from issues.commits import code_mappings
from issues.models import Commit, Release, Repository
from issues.releases import rows
from issues.releases.refusals import as_problems
from issues.sentry_api.base import paging
from issues.sentry_api.base.places import open_to, project_of, release_of, releases_of
from issues.sentry_api.releases.told import commit_out, releases_out
from rustrak.lib import clock, problems
from rustrak.lib.schemas import Text

router = Router(auth=needs(Capability.PROJECT_READ, Capability.PROJECT_RELEASES))

_LONGEST_NAME = 200
_NOBODY = {"id": "integrations:git", "name": "Git"}


class MappingIn(BaseModel):
    stackRoot: Text
    sourceRoot: Text


class MappingsIn(BaseModel):
    project: Text | int
    repository: Text
    defaultBranch: Text | None = None
    mappings: Annotated[list[MappingIn], Field(max_length=1000)]


@router.get(
    "/api/0/organizations/{organization}/releases/{path:version}/previous-with-commits",
    summary="releases set-commits",
)
def previous(request: SignedInRequest, organization: str, version: str) -> dict[str, Any]:
    """The newest other release of which commits are known: where the commits of this one begin. An empty object if there is none."""
    known = Release.objects.filter(version=version.replace("\0", "").strip())
    visible = open_to(request)
    here = list(known.filter(project__in=visible).order_by("created_at"))
    projects = [release.project_id for release in here] or list(visible.values_list("pk", flat=True))
    return _previous(projects, here)


@router.get(
    "/api/0/projects/{organization}/{project}/releases/{path:version}/previous-with-commits",
    summary="releases set-commits",
)
def project_previous(
    request: SignedInRequest, organization: str, project: str, version: str
) -> dict[str, Any]:
    found = project_of(request, project)
    return _previous(
        [found.pk], list(Release.objects.filter(project=found, version=version.replace("\0", "").strip()))
    )


def _previous(projects: Sequence[int], here: Sequence[Release]) -> dict[str, Any]:
    with_commits = Release.objects.filter(Q(commit_count__gt=0) | ~Q(refs=[]), project__in=projects)
    if here:
        with_commits = with_commits.exclude(version=here[0].version).filter(
            created_at__lte=here[0].created_at
        )
    newest = (
        with_commits.exclude(version=rows.OTHERS).select_related("project").order_by("-created_at", "-pk")
    )
    for release in newest[:1]:
        return releases_out([[release]])[0]
    return {}


@router.get("/api/0/organizations/{organization}/releases/{path:version}/commits", summary="releases info")
def commits(request: SignedInRequest, organization: str, version: str) -> HttpResponse:
    return _listed(request, releases_of(request, version))


@router.get(
    "/api/0/projects/{organization}/{project}/releases/{path:version}/commits", summary="releases info"
)
def project_commits(request: SignedInRequest, organization: str, project: str, version: str) -> HttpResponse:
    return _listed(request, [release_of(project_of(request, project), version)])


def _listed(request: SignedInRequest, releases: Sequence[Release]) -> HttpResponse:
    """The commits, the newest first; one that is of the release in several projects once."""
    found: dict[tuple[str, str], Commit] = {}
    chosen = Commit.objects.filter(release__in=[release.pk for release in releases])
    for commit in chosen.order_by("position", "pk"):
        found.setdefault((commit.repository, commit.sha), commit)
    items, more = paging.part(request, list(found.values()), "commits")
    return paging.answer(request, [commit_out(commit) for commit in items], more)


@router.get("/api/0/organizations/{organization}/repos", summary="repos list, releases set-commits")
def repositories(request: SignedInRequest, organization: str) -> HttpResponse:
    """The repository that is asked for by its name, whether it is known or not: then clients name the head commit of a release.

    A client that asks for a page of all gets none: it sends whole commits with their files then, which tell more.
    """
    name = request.GET.get("query", "").strip()
    if name:
        if len(name) > _LONGEST_NAME or not name.isprintable():
            raise problems.BadInput(f"query: the name of a repository, of at most {_LONGEST_NAME} characters")
        known = _known(request).filter(name=name).first()
        return paging.answer(request, [_repository_out(known, name)])
    if "cursor" in request.GET:
        return paging.answer(request, [])
    unique = {each.name: each for each in _known(request)}
    items, more = paging.part(request, list(unique.values()), "repositories")
    return paging.answer(request, [_repository_out(each, each.name) for each in items], more)


def _known(request: SignedInRequest) -> Any:
    visible = open_to(request).values("pk")
    return Repository.objects.filter(project__in=visible).order_by("name", "pk")


def _repository_out(known: Repository | None, name: str) -> dict[str, Any]:
    return {
        "id": str(known.pk) if known else name,
        "name": name,
        "url": (known.url if known else "") or None,
        "provider": _NOBODY,
        "status": "active",
        "dateCreated": clock.rfc3339(known.created_at if known else clock.now()),
        "externalSlug": name,
        "integrationId": None,
    }


@router.post(
    "/api/0/organizations/{organization}/code-mappings/bulk",
    summary="code-mappings upload",
    auth=needs(Capability.PROJECT_READ, Capability.PROJECT_WRITE),
)
def set_code_mappings(request: SignedInRequest, organization: str, body: MappingsIn) -> dict[str, Any]:
    """Say where in a repository the files of frames are. Each mapping of the answer has its own status."""
    project = project_of(request, str(body.project))
    pairs = [(each.stackRoot, each.sourceRoot) for each in body.mappings]
    with as_problems():
        done = code_mappings.bulk_set(project, body.repository, body.defaultBranch or "", pairs)
    return {
        "created": sum(each.status == "created" for each in done),
        "updated": sum(each.status == "updated" for each in done),
        "errors": sum(each.status == "error" for each in done),
        "mappings": [
            {
                "stackRoot": each.stack_root,
                "sourceRoot": each.source_root,
                "status": each.status,
                **({"detail": each.detail} if each.detail else {}),
            }
            for each in done
        ],
    }
