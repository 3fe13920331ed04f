"""/api/users"""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Query, Router
from pydantic import Field

from accounts import admins, people, projects
from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs_of_installation
from accounts.models import User
from rustrak.lib import keyset, problems
from rustrak.lib.api.etags import Versioned
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, example

router = Router(tags=["accounts"], auth=needs_of_installation(Capability.AUDIT_READ, Capability.MEMBER_WRITE))

Role = Literal["owner", "admin", "member", "auditor"]


class AccountsQuery(Paging):
    """`q` is a part of a name or an address."""

    q: Annotated[str, Field(max_length=254)] = ""
    role: Role | None = None
    is_active: bool | None = None


class AccountPatch(Input):
    """What is left out does not change. Without `is_active` all sessions of the person end and their tokens are deleted."""

    model_config = example({"role": "auditor"})

    role: Role | None = None
    is_active: bool | None = None


class AccountOut(Output):
    """An account. `last_seen_at` is about its sessions: null if none is open. `projects` counts those in which the person has a role."""

    id: int
    email: str
    name: str
    role: str
    is_active: bool
    has_second_factor: bool
    created_at: Moment
    last_seen_at: Moment | None
    projects: int


@router.get("/api/users", response=Listing[AccountOut])
def list_users(request: SignedInRequest, query: Query[AccountsQuery]) -> Listing[AccountOut]:
    """List the people of the installation, by e-mail address. For admins and auditors of the installation."""
    state = "" if query.is_active is None else "active" if query.is_active else "deactivated"
    rows = people.listed(query.q, query.role or "", state)
    page = keyset.page(rows, people.ORDER, descending=False, cursor=query.cursor, limit=query.limit)
    roles = people.roles_in_projects([person.pk for person in page.items])
    return Listing[AccountOut].of(page, lambda person: _shown(person, len(roles[person.pk])))


_version = Versioned("last_seen_at", "projects", "has_second_factor")


@router.get("/api/users/{int:user_id}", response=AccountOut)
@_version.shown
def get_user(request: SignedInRequest, user_id: int) -> AccountOut:
    """One person."""
    return _one(user_id)


@router.patch("/api/users/{int:user_id}", response=AccountOut)
@_version.guarded(get_user)
def change_user(request: SignedInRequest, user_id: int, body: AccountPatch) -> AccountOut:
    """Give a person another role in the installation, or deactivate or reactivate them. Only owners change owners and make them. The
    last owner or admin, and the last admin of a project, stay: 409."""
    person = _found(user_id)
    try:
        if body.role is not None:
            people.set_role(person, body.role, by=request.user)
        if body.is_active is not None:
            (people.reactivate if body.is_active else people.deactivate)(person, by=request.user)
    except people.NotAllowed as refused:
        raise problems.Forbidden(str(refused)) from None
    except (admins.LastAdmin, projects.LastProjectAdmin) as last:
        raise problems.Conflict(str(last)) from None
    return _one(user_id)


def _found(user_id: int) -> User:
    try:
        found = people.listed().filter(pk=user_id).first()
    except OverflowError:
        found = None
    if found is None:
        raise problems.NotFound("There is nobody with this id.")
    return found


def _one(user_id: int) -> AccountOut:
    person = _found(user_id)
    return _shown(person, len(people.roles_in_projects([person.pk])[person.pk]))


def _shown(person: User, number: int) -> AccountOut:
    """`person` is one of people.listed."""
    return AccountOut(
        id=person.pk, email=person.email, name=person.name, role=person.role, is_active=person.is_active,
        has_second_factor=person.has_second_factor,  # type: ignore[attr-defined]
        created_at=person.date_joined,
        last_seen_at=person.seen_at,  # type: ignore[attr-defined]
        projects=number,
    )  # fmt: skip
