"""The projects that an address or a body names.

There is one organization, and an address may call it anything: people's configurations have the name that theirs had elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from accounts.access import Capability, SignedInRequest, may, refusal, remember, where_may, with_role
from accounts.models import Project, ProjectQuerySet
from issues.models import Release
from issues.releases import rows
from rustrak.lib import problems

#: What lists call the organization.
ORGANIZATION = "rustrak"
#: A body names so many projects at most.
MOST_PROJECTS = 100
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


def open_to(request: SignedInRequest) -> ProjectQuerySet:
    """The projects in which the user may do what the request needs."""
    needed = request.capability
    return Project.objects.none() if needed is None else where_may(request.user, needed)


def check(request: SignedInRequest, project: Project) -> None:
    """Raises PermissionDenied if the user sees the project, but may not do what the request needs."""
    if request.capability is None or not may(request.user, request.capability, project):
        raise refusal(request.capability or Capability.PROJECT_ADMIN, project)


def project_of(request: SignedInRequest, name: str) -> Project:
    """The project with this slug, former slug or id. Raises NotFound, also if the user may not see it, and PermissionDenied if they may
    not do there what the request needs."""
    visible = with_role(Project.objects.visible_to(request.user), request.user)
    name = name.replace("\0", "")
    found = visible.filter(slug=name).first() or visible.formerly(name).first()
    if found is None and _NUMBER.fullmatch(name):
        found = visible.filter(pk=int(name)).first()
    if found is None:
        raise problems.NotFound(
            f"There is no project “{name[:100]}”, or this token's user is not a member of it."
        )
    remember(request.user, found)
    check(request, found)
    return found


def projects_of(request: SignedInRequest, names: Iterable[str | int]) -> list[Project]:
    """The projects with these slugs or ids, each once, in this order. Raises NotFound as `project_of` does, and BadInput for too many."""
    named = list(dict.fromkeys(str(name) for name in names))
    if len(named) > MOST_PROJECTS:
        raise problems.BadInput(f"projects: at most {MOST_PROJECTS} can be named at once")
    found = [project_of(request, name) for name in named]
    return list({project.pk: project for project in found}.values())


def projects_in_body(request: SignedInRequest, names: Iterable[str | int]) -> list[Project]:
    """As `projects_of`, but an unknown one is BadInput: of a 404 sentry-cli says “organization not found” or “Release not found”, and
    leaves out what the answer says."""
    try:
        return projects_of(request, names)
    except problems.NotFound as unknown:
        raise problems.BadInput(f"projects: {unknown}") from None


def releases_of(request: SignedInRequest, version: str) -> list[Release]:
    """The releases of this name in all projects of the user, each with its project; the oldest project first. Raises NotFound if there is
    none."""
    found = list(
        Release.objects.filter(version=_version(version), project__in=open_to(request))
        .exclude(version=rows.OTHERS)
        .select_related("project")
        .order_by("project")
    )
    if not found:
        raise problems.NotFound(f"There is no release “{version[:100]}”.")
    return found


def release_of(project: Project, version: str) -> Release:
    """The release of the project. Raises NotFound."""
    found = Release.objects.filter(project=project, version=_version(version)).exclude(version=rows.OTHERS)
    for release in found.select_related("project"):
        return release
    raise problems.NotFound(f"There is no release “{version[:100]}” in this project.")


def _version(version: str) -> str:
    return version.replace("\0", "").strip()
