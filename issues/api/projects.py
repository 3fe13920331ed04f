"""/api/projects"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from accounts import projects
from accounts.access import Capability, SignedInRequest, may, refusal, visible_project
from accounts.credentials import needs
from accounts.models import GroupingMechanism, Project, User
from issues.groupings import mechanism
from rustrak.lib import keyset, problems
from rustrak.lib.api.etags import Versioned
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, example

router = Router(tags=["projects"], auth=needs(Capability.PROJECT_READ, Capability.PROJECT_ADMIN))

Name = Annotated[Text, Field(min_length=1, max_length=100)]
Mechanism = Literal["classic", "smart"]
Slug = Annotated[Text, Field(min_length=1, max_length=50)]


class ProjectIn(Input):
    """`grouping` is `classic` if nothing is said."""

    model_config = example({"name": "Shop"})

    name: Name
    slug: Slug | None = None
    grouping: Mechanism = "classic"


class ProjectPatch(Input):
    """Fields that are left out do not change. With `end_grouping_transition`, keys of the former mechanism count no more."""

    model_config = example({"name": "Web shop"})

    name: Name = ""
    slug: Slug = ""
    grouping: Mechanism | None = None
    end_grouping_transition: bool = False


class ProjectOut(Output):
    """`grouping` is the mechanism that makes the keys of new issues. Until `grouping_transition_ends_at` keys of the former
    mechanism are looked up first; null: they are not."""

    id: int
    name: str
    slug: str
    dsn: str
    sentry_key: str
    stored_event_count: int
    digested_event_count: int
    grouping: Mechanism
    grouping_transition_ends_at: Moment | None
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, project: Project) -> ProjectOut:
        return cls(
            id=project.pk,
            name=project.name,
            slug=project.slug,
            dsn=project.dsn,
            sentry_key=project.sentry_key,
            stored_event_count=project.stored_event_count,
            digested_event_count=project.digested_event_count,
            grouping="smart" if project.grouping == GroupingMechanism.SMART else "classic",
            grouping_transition_ends_at=mechanism.transition_ends_at(project),
            created_at=project.created_at,
            updated_at=project.updated_at,
        )


def allowed_project(user: User, project_id: int, capability: Capability) -> Project:
    """The project that a body names, if `user` may do this there. Raises Http404 as `visible_project` does, and PermissionDenied."""
    project = visible_project(user, project_id)
    if not may(user, capability, project):
        raise refusal(capability, project)
    return project


# Events change the rest.
_version = Versioned("stored_event_count", "digested_event_count", "updated_at")


@router.get("/api/projects", response=Listing[ProjectOut])
def list_projects(request: SignedInRequest, paging: Query[Paging]) -> Listing[ProjectOut]:
    """List the projects of which you are a member, oldest first. Installation admins get all projects."""
    visible = Project.objects.visible_to(request.user)
    page = keyset.page(visible, ["id"], descending=False, cursor=paging.cursor, limit=paging.limit)
    return Listing[ProjectOut].of(page, ProjectOut.of)


@router.post(
    "/api/projects",
    response={201: ProjectOut},
    auth=needs(Capability.PROJECT_READ, Capability.PROJECT_CREATE),
)
def create_project(request: SignedInRequest, body: ProjectIn) -> Status[ProjectOut]:
    """Create a project and become its admin. Without `slug` one is derived from the name."""
    with _errors_as_json():
        project = projects.create(
            body.name, body.slug, by=request.user, grouping=GroupingMechanism(body.grouping)
        )
    return Status(201, ProjectOut.of(project))


@router.get("/api/projects/{int:project_id}", response=ProjectOut)
@_version.shown
def get_project(request: SignedInRequest, project_id: int) -> ProjectOut:
    """Return one project."""
    return ProjectOut.of(visible_project(request.user, project_id))


@router.patch("/api/projects/{int:project_id}", response=ProjectOut)
@_version.guarded(get_project)
def change_project(request: SignedInRequest, project_id: int, body: ProjectPatch) -> ProjectOut:
    """Rename a project or change its grouping. Its key and DSN do not change. Only admins of the project may do this."""
    project = visible_project(request.user, project_id)
    with _errors_as_json():
        projects.rename(project, name=body.name or None, slug=body.slug or None)
    if body.grouping is not None:
        mechanism.change(project, GroupingMechanism(body.grouping))
    if body.end_grouping_transition:
        mechanism.end_transition(project)
    return ProjectOut.of(visible_project(request.user, project_id))


@router.delete("/api/projects/{int:project_id}", response={204: None})
@_version.guarded(get_project)
def delete_project(request: SignedInRequest, project_id: int) -> Status[None]:
    """Delete a project with all its issues and events. Only admins of the project may do this."""
    projects.delete(visible_project(request.user, project_id))
    return Status(204, None)


@contextmanager
def _errors_as_json() -> Iterator[None]:
    """Turn the errors of accounts.projects into the API's."""
    try:
        yield
    except projects.Taken as taken:
        raise problems.Conflict(str(taken)) from None
    except projects.BadProject as bad:
        raise problems.BadInput(str(bad)) from None
