"""/api/projects/{id}/saved-searches, and /api/saved-searches for the list of all projects"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Literal

from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Project, User
from issues import saved_searches
from issues.models import SavedSearch
from issues.saved_searches import Invalid, View, view_of
from rustrak.lib import keyset, problems
from rustrak.lib.api.etags import Versioned
from rustrak.lib.schemas import Input, Listing, Output, Paging, Text, example

router = Router(tags=["saved searches"], auth=needs(Capability.EVENT_READ, Capability.PROFILE_WRITE))

_NONE = "There is no such saved search."
# The rest is what everybody decides for their own list.
_version = Versioned("is_default", "position", "can_change")
StatusName = Literal["open", "resolved", "muted", "all", "review"]


class SavedSearchPatch(Input):
    """What is left out does not change. `sort` is a value of the list's query string, such as `events` or `events_asc`; `period`
    and `trend` are such as `24h`, `14d` or `2w`, empty for any time. `is_default`: your list begins with it."""

    model_config = example({"is_default": True})

    name: Text = ""
    status: StatusName = "open"
    query: Text = ""
    sort: Text = ""
    environment: Text = ""
    period: Text = ""
    trend: Text = ""
    is_shared: bool = False
    is_default: bool = False


class SavedSearchIn(SavedSearchPatch):
    """A search needs a name; what else is left out has the default."""

    model_config = example({"name": "Fatal", "query": "level:fatal", "status": "open", "sort": "events"})

    name: Annotated[Text, Field(min_length=1)]


class SavedSearchOut(Output):
    """`project_id` is null for one of the list of all projects. `can_change`: whether you may change and delete it."""

    id: int
    project_id: int | None
    name: str
    status: StatusName
    query: str
    sort: str
    environment: str
    period: str
    trend: str
    is_shared: bool
    is_default: bool
    position: int
    owner_id: int
    can_change: bool


@router.get("/api/projects/{int:project_id}/saved-searches", response=Listing[SavedSearchOut])
def list_saved_searches(
    request: SignedInRequest, project_id: int, query: Query[Paging]
) -> Listing[SavedSearchOut]:
    """List your saved searches of the project, and those that others share, oldest first."""
    return _listed(request.user, visible_project(request.user, project_id), query)


@router.post("/api/projects/{int:project_id}/saved-searches", response={201: SavedSearchOut})
def create_saved_search(
    request: SignedInRequest, project_id: int, body: SavedSearchIn
) -> Status[SavedSearchOut]:
    """Save a search of the project's issues."""
    return Status(201, _created(request.user, visible_project(request.user, project_id), body))


@router.get("/api/projects/{int:project_id}/saved-searches/{int:search_id}", response=SavedSearchOut)
@_version.shown
def get_saved_search(request: SignedInRequest, project_id: int, search_id: int) -> SavedSearchOut:
    """Return one saved search."""
    project = visible_project(request.user, project_id)
    return _out(request.user, project, _one(request.user, project, search_id))


@router.patch("/api/projects/{int:project_id}/saved-searches/{int:search_id}", response=SavedSearchOut)
@_version.guarded(get_saved_search)
def change_saved_search(
    request: SignedInRequest, project_id: int, search_id: int, body: SavedSearchPatch
) -> SavedSearchOut:
    """Change a saved search. Only its owner and, if it is shared, admins of the project may do this; `is_default` anybody."""
    return _changed(request.user, visible_project(request.user, project_id), search_id, body)


@router.delete("/api/projects/{int:project_id}/saved-searches/{int:search_id}", response={204: None})
@_version.guarded(get_saved_search)
def delete_saved_search(request: SignedInRequest, project_id: int, search_id: int) -> Status[None]:
    """Delete a saved search, as who may change it."""
    return _deleted(request.user, visible_project(request.user, project_id), search_id)


@router.get("/api/saved-searches", response=Listing[SavedSearchOut])
def list_saved_searches_of_all(request: SignedInRequest, query: Query[Paging]) -> Listing[SavedSearchOut]:
    """List your saved searches of the list of all projects, oldest first."""
    return _listed(request.user, None, query)


@router.post("/api/saved-searches", response={201: SavedSearchOut})
def create_saved_search_of_all(request: SignedInRequest, body: SavedSearchIn) -> Status[SavedSearchOut]:
    """Save a search of the issues of all projects. It cannot be shared."""
    return Status(201, _created(request.user, None, body))


@router.get("/api/saved-searches/{int:search_id}", response=SavedSearchOut)
@_version.shown
def get_saved_search_of_all(request: SignedInRequest, search_id: int) -> SavedSearchOut:
    """Return one saved search of the list of all projects."""
    return _out(request.user, None, _one(request.user, None, search_id))


@router.patch("/api/saved-searches/{int:search_id}", response=SavedSearchOut)
@_version.guarded(get_saved_search_of_all)
def change_saved_search_of_all(
    request: SignedInRequest, search_id: int, body: SavedSearchPatch
) -> SavedSearchOut:
    """Change a saved search of the list of all projects."""
    return _changed(request.user, None, search_id, body)


@router.delete("/api/saved-searches/{int:search_id}", response={204: None})
@_version.guarded(get_saved_search_of_all)
def delete_saved_search_of_all(request: SignedInRequest, search_id: int) -> Status[None]:
    """Delete a saved search of the list of all projects."""
    return _deleted(request.user, None, search_id)


def _listed(user: User, project: Project | None, query: Paging) -> Listing[SavedSearchOut]:
    page = keyset.page(
        saved_searches.visible(user, project),
        ["id"],
        descending=False,
        cursor=query.cursor,
        limit=query.limit,
    )
    default = saved_searches.default_of(user, project)
    key = default.pk if default else 0
    return Listing[SavedSearchOut].of(page, lambda search: _row(user, search, key))


def _created(user: User, project: Project | None, body: SavedSearchIn) -> SavedSearchOut:
    view = _view(View(), body)
    with _errors_as_json():
        search = saved_searches.create(user, project, body.name, view, is_shared=body.is_shared)
    if body.is_default:
        saved_searches.set_default(user, project, search)
    return _out(user, project, search)


def _changed(user: User, project: Project | None, search_id: int, body: SavedSearchPatch) -> SavedSearchOut:
    search = _one(user, project, search_id)
    given = body.model_fields_set
    if given - {"is_default"}:
        _require_change(user, search)
        with _errors_as_json():
            saved_searches.change(
                search,
                name=body.name if "name" in given else None,
                view=_view(view_of(search), body),
                is_shared=body.is_shared if "is_shared" in given else None,
            )
    if "is_default" in given:
        default = saved_searches.default_of(user, project)
        if body.is_default:
            saved_searches.set_default(user, project, search)
        elif default is not None and default.pk == search.pk:
            saved_searches.set_default(user, project, None)
    return _out(user, project, _one(user, project, search_id))


def _deleted(user: User, project: Project | None, search_id: int) -> Status[None]:
    search = _one(user, project, search_id)
    _require_change(user, search)
    saved_searches.delete(search)
    return Status(204, None)


def _one(user: User, project: Project | None, search_id: int) -> SavedSearch:
    found = saved_searches.visible(user, project).filter(pk=search_id).first()
    if found is None:
        raise problems.NotFound(_NONE)
    return found


def _require_change(user: User, search: SavedSearch) -> None:
    if not saved_searches.may_change(user, search):
        raise problems.Forbidden("Only its owner and admins of this project may change this search.")


def _view(start: View, body: SavedSearchPatch) -> View:
    names = body.model_fields_set & {"status", "query", "sort", "environment", "period", "trend"}
    changed = replace(start, **{name: getattr(body, name) for name in names})
    # The list's own order has no name.
    return replace(changed, sort="") if changed.sort == saved_searches.SORTS[0] else changed


def _out(user: User, project: Project | None, search: SavedSearch) -> SavedSearchOut:
    default = saved_searches.default_of(user, project)
    return _row(user, search, default.pk if default else 0)


def _row(user: User, search: SavedSearch, default: int) -> SavedSearchOut:
    return SavedSearchOut.model_validate(
        {
            "id": search.pk,
            "project_id": search.project_id,
            "name": search.name,
            "status": search.status,
            "query": search.query,
            "sort": search.sort,
            "environment": search.environment,
            "period": search.period,
            "trend": search.trend,
            "is_shared": search.is_shared,
            "is_default": search.pk == default,
            "position": search.position,
            "owner_id": search.owner_id,
            "can_change": saved_searches.may_change(user, search),
        }
    )


@contextmanager
def _errors_as_json() -> Iterator[None]:
    """Turn the errors of issues.saved_searches into the API's."""
    try:
        yield
    except Invalid as invalid:
        raise problems.BadInput(
            f"{invalid.field}: {invalid.message}" if invalid.field else invalid.message
        ) from None
    except SavedSearch.DoesNotExist:
        raise problems.NotFound(_NONE) from None
