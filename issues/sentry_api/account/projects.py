"""Projects, their keys and environments."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse
from ninja import Router

from accounts import keys as project_keys
from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from accounts.models import Project, ProjectKey
from issues.releases import listing
from issues.sentry_api.account.organizations import organization_out
from issues.sentry_api.base import paging
from issues.sentry_api.base.places import ORGANIZATION, open_to, project_of
from rustrak.lib import clock, keyset

router = Router(auth=needs(Capability.PROJECT_READ, Capability.PROJECT_WRITE))


def project_brief(project: Project) -> dict[str, Any]:
    """A project inside of something else."""
    return {
        "id": str(project.pk),
        "slug": project.slug,
        "name": project.name,
        "platform": project.platform or None,
    }


def project_out(project: Project) -> dict[str, Any]:
    return project_brief(project) | {
        "dateCreated": clock.rfc3339(project.created_at),
        "status": "active",
        "isMember": True,
        "hasAccess": True,
        "isBookmarked": False,
        "isPublic": False,
        "isInternal": False,
        "features": [],
        "firstEvent": clock.rfc3339(project.created_at) if project.digested_event_count else None,
        "teams": [],
        "team": None,
        "environments": [],
        "avatar": {"avatarType": "letter_avatar", "avatarUuid": None},
    }


@router.get("/api/0/projects", summary="projects list, GitLab, Grafana")
def all_projects(request: SignedInRequest) -> HttpResponse:
    return _listed(request, ORGANIZATION)


@router.get("/api/0/organizations/{organization}/projects", summary="projects list")
def projects(request: SignedInRequest, organization: str) -> HttpResponse:
    return _listed(request, organization)


@router.get("/api/0/projects/{organization}/{project}", summary="project view")
def project(request: SignedInRequest, organization: str, project: str) -> dict[str, Any]:
    return project_out(project_of(request, project)) | {"organization": organization_out(organization)}


@router.get("/api/0/projects/{organization}/{project}/keys", summary="project view")
def keys(request: SignedInRequest, organization: str, project: str) -> HttpResponse:
    """The project's keys, the one in its DSN first: clients take the first one."""
    found = project_of(request, project)
    rows = sorted(project_keys.listed(found), key=lambda row: (row.key != found.sentry_key, row.pk))
    items, more = paging.part(request, rows, "keys")
    return paging.answer(request, [_key_out(found, row) for row in items], more)


def _key_out(project: Project, row: ProjectKey) -> dict[str, Any]:
    key = row.key
    base = urlsplit(settings.PUBLIC_URL)
    api = f"{settings.PUBLIC_URL}/api/{project.pk}"
    # One limit with its window in seconds; the one per hour says more about what a key may send.
    per_hour, per_minute = row.max_events_per_hour, row.max_events_per_minute
    limit = {"window": 3600, "count": per_hour} if per_hour else {"window": 60, "count": per_minute}
    return {
        "id": key,
        "public": key,
        "name": row.name,
        "label": row.name,
        "isActive": row.is_usable,
        "projectId": project.pk,
        "dateCreated": clock.rfc3339(row.created_at),
        "rateLimit": limit if per_hour or per_minute else None,
        "dsn": {
            "public": project.dsn_with(key),
            "secret": f"{base.scheme}://{key}:{key}@{base.netloc}{base.path}/{project.pk}",
            "security": f"{api}/security/?sentry_key={key}",
            "csp": f"{api}/csp-report/?sentry_key={key}",
            "minidump": f"{api}/minidump/?sentry_key={key}",
        },
    }


@router.get("/api/0/projects/{organization}/{project}/environments", summary="releases list")
def environments(request: SignedInRequest, organization: str, project: str) -> HttpResponse:
    found = project_of(request, project)
    names = [name for name in listing.environments(found) if name]
    items, more = paging.part(request, names, "environments")
    return paging.answer(request, [{"id": name, "name": name, "isHidden": False} for name in items], more)


@router.get(
    "/api/0/projects/{organization}/{project}/teams",
    summary="project view",
    auth=needs(Capability.TEAM_READ, Capability.TEAM_WRITE),
)
def project_teams(request: SignedInRequest, organization: str, project: str) -> HttpResponse:
    """None: projects have people, and teams are of people."""
    project_of(request, project)
    return paging.answer(request, [])


def _listed(request: SignedInRequest, organization: str) -> HttpResponse:
    """The projects that the user may see, the oldest first; with `query` those of which the slug or the name contains it."""
    rows = open_to(request)
    for word in request.GET.get("query", "").replace("\0", "").split()[:5]:
        kind, found, value = word.partition(":")
        if found and kind in {"slug", "id"}:
            rows = (
                rows.filter(slug=value) if kind == "slug" else rows.filter(pk=value if value.isdigit() else 0)
            )
        else:
            rows = rows.filter(slug__icontains=word) | rows.filter(name__icontains=word)
    page = keyset.page(
        rows.distinct(), ["id"], descending=False, cursor=paging.cursor(request), limit=paging.limit(request)
    )
    owner = organization_out(organization) if page.items else {}
    return paging.answer(
        request, [project_out(each) | {"organization": owner} for each in page.items], page.next_cursor
    )
