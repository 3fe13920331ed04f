"""/api/projects/{project_id}/keys"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Annotated, TypeVar

from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from accounts import keys
from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Project, ProjectKey
from rustrak.lib import keyset, problems
from rustrak.lib.api.etags import Versioned
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, example

router = Router(tags=["keys"], auth=needs(Capability.PROJECT_READ, Capability.PROJECT_ADMIN))

Name = Annotated[Text, Field(min_length=1, max_length=keys.NAME_LENGTH)]
# Null: the key has no limit of its own.
OwnLimit = Annotated[int, Field(ge=1, le=keys.MOST_PER_WINDOW)] | None
_Result = TypeVar("_Result")


class KeyIn(Input):
    """A limit that is null or left out: as many events as the project may send."""

    model_config = example({"name": "Mobile app", "max_events_per_minute": 600})

    name: Name
    max_events_per_minute: OwnLimit = None
    max_events_per_hour: OwnLimit = None


class KeyPatch(Input):
    """What is left out does not change. A limit that is null is removed. A key that is enabled works without end."""

    model_config = example({"is_enabled": False})

    name: Name | None = None
    max_events_per_minute: OwnLimit = None
    max_events_per_hour: OwnLimit = None
    is_enabled: bool | None = None


class Rotation(Input):
    """For how many hours the former key stays valid; null: until it is disabled."""

    model_config = example({"grace_hours": 24})

    grace_hours: Annotated[int, Field(ge=0, le=24 * 365)] | None


class KeyOut(Output):
    """`key` is the public part of `dsn`. `is_usable` keys are accepted: they are enabled, and `expires_at` has not come, which only
    keys that were replaced have. `is_default` is the one in the project's own `dsn`."""

    id: int
    name: str
    key: str
    dsn: str
    is_default: bool
    is_enabled: bool
    is_usable: bool
    expires_at: Moment | None
    max_events_per_minute: int | None
    max_events_per_hour: int | None
    last_used_at: Moment | None
    created_at: Moment

    @classmethod
    def of(cls, project: Project, key: ProjectKey) -> KeyOut:
        return cls(
            id=key.pk,
            name=key.name,
            key=key.key,
            dsn=project.dsn_with(key.key),
            is_default=key.key == project.sentry_key,
            is_enabled=key.is_enabled,
            is_usable=key.is_usable,
            expires_at=key.expires_at,
            max_events_per_minute=key.max_events_per_minute,
            max_events_per_hour=key.max_events_per_hour,
            last_used_at=key.last_used_at,
            created_at=key.created_at,
        )


_version = Versioned("last_used_at", "is_usable")


@router.get("/api/projects/{int:project_id}/keys", response=Listing[KeyOut])
def list_keys(request: SignedInRequest, project_id: int, paging: Query[Paging]) -> Listing[KeyOut]:
    """List the keys of a project, the oldest first."""
    project = visible_project(request.user, project_id)
    keys.listed(project)  # so that the key of a project of an earlier version has a row
    rows = ProjectKey.objects.filter(project=project)
    page = keyset.page(rows, ["id"], descending=False, cursor=paging.cursor, limit=paging.limit)
    return Listing[KeyOut].of(page, partial(KeyOut.of, project))


@router.post("/api/projects/{int:project_id}/keys", response={201: KeyOut})
def create_key(request: SignedInRequest, project_id: int, body: KeyIn) -> Status[KeyOut]:
    """Make another key. Events with any key of a project arrive in the same place."""
    project = visible_project(request.user, project_id)
    limits = keys.Limits(body.max_events_per_minute, body.max_events_per_hour)
    return Status(201, _shown(project, _tried(lambda: keys.create(project, body.name, limits))))


@router.get("/api/projects/{int:project_id}/keys/{int:key_id}", response=KeyOut)
@_version.shown
def get_key(request: SignedInRequest, project_id: int, key_id: int) -> KeyOut:
    """One key."""
    project = visible_project(request.user, project_id)
    return KeyOut.of(project, _key(project, key_id))


@router.patch("/api/projects/{int:project_id}/keys/{int:key_id}", response=KeyOut)
@_version.guarded(get_key)
def change_key(request: SignedInRequest, project_id: int, key_id: int, body: KeyPatch) -> KeyOut:
    """Rename or limit a key, or disable and enable it. A disabled one is refused within two seconds."""
    project = visible_project(request.user, project_id)
    key = _key(project, key_id)
    own = {"max_events_per_minute": key.max_events_per_minute, "max_events_per_hour": key.max_events_per_hour}
    for name in own:
        if name in body.model_fields_set:
            own[name] = getattr(body, name)
    limits = keys.Limits(own["max_events_per_minute"], own["max_events_per_hour"])
    _tried(lambda: keys.change(key, name=body.name, limits=limits, is_enabled=body.is_enabled))
    return _shown(project, key)


@router.post("/api/projects/{int:project_id}/keys/{int:key_id}/rotate", response={201: KeyOut})
def rotate_key(request: SignedInRequest, project_id: int, key_id: int, body: Rotation) -> Status[KeyOut]:
    """Replace a key: the answer is the new one, which has its name and limits. The former one stays valid for a while."""
    project = visible_project(request.user, project_id)
    key = _key(project, key_id)
    grace = None if body.grace_hours is None else timedelta(hours=body.grace_hours)
    return Status(201, _shown(project, _tried(lambda: keys.rotate(key, grace))))


@router.delete("/api/projects/{int:project_id}/keys/{int:key_id}", response={204: None})
@_version.guarded(get_key)
def delete_key(request: SignedInRequest, project_id: int, key_id: int) -> Status[None]:
    """Delete a key. A project's last one stays: it can be disabled."""
    project = visible_project(request.user, project_id)
    key = _key(project, key_id)
    _tried(lambda: keys.delete(key))
    return Status(204, None)


def _key(project: Project, key_id: int) -> ProjectKey:
    try:
        found = ProjectKey.objects.filter(project=project, pk=key_id).first()
    except OverflowError:
        found = None
    if found is None:
        raise problems.NotFound("The project has no key with this id.")
    found.project = project
    return found


def _shown(project: Project, key: ProjectKey) -> KeyOut:
    project.refresh_from_db(fields=["sentry_key"])
    return KeyOut.of(project, key)


def _tried(act: Callable[[], _Result]) -> _Result:
    try:
        return act()
    except (keys.TooManyKeys, keys.LastKey) as error:
        raise problems.Conflict(str(error)) from None
    except keys.BadKey as error:
        raise problems.BadInput(str(error)) from None
