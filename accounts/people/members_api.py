"""/api/projects/{project_id}/members"""

from __future__ import annotations

from typing import Annotated, Literal

from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from accounts import projects
from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Membership, Project
from rustrak.lib import keyset, problems
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, example

router = Router(tags=["members"], auth=needs(Capability.MEMBER_READ, Capability.MEMBER_WRITE))

Role = Literal["viewer", "member", "admin"]


class MemberIn(Input):
    """Without an account of this address the membership waits until there is one that is known to be theirs."""

    model_config = example({"email": "bo@example.org", "role": "viewer"})

    email: Annotated[Text, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
    role: Role = "member"


class MemberPatch(Input):
    """The new role."""

    model_config = example({"role": "admin"})

    role: Role


class MemberOut(Output):
    """A person's own role in the project; teams are listed under `/teams`. `name` is empty until the person has signed in since they
    were added: until then nobody is told whether there is an account."""

    id: int
    email: str
    name: str
    role: str
    created_at: Moment

    @classmethod
    def of(cls, member: Membership) -> MemberOut:
        return cls(
            id=member.pk,
            email=member.address,
            name=member.shown_name,
            role=member.role,
            created_at=member.created_at,
        )


@router.get("/api/projects/{int:project_id}/members", response=Listing[MemberOut])
def list_members(request: SignedInRequest, project_id: int, paging: Query[Paging]) -> Listing[MemberOut]:
    """List the members of a project, in the order in which they were added."""
    rows = visible_project(request.user, project_id).memberships.select_related("user")
    page = keyset.page(rows, ["id"], descending=False, cursor=paging.cursor, limit=paging.limit)
    return Listing[MemberOut].of(page, MemberOut.of)


@router.post("/api/projects/{int:project_id}/members", response={201: MemberOut})
def add_project_member(request: SignedInRequest, project_id: int, body: MemberIn) -> Status[MemberOut]:
    """Add the person with an e-mail address. The answer does not tell whether there is an account."""
    try:
        added = projects.add_member(visible_project(request.user, project_id), body.email, body.role)
    except (projects.AlreadyMember, projects.TooManyMembers) as problem:
        raise problems.Conflict(str(problem)) from None
    return Status(201, MemberOut.of(added))


@router.patch("/api/projects/{int:project_id}/members/{int:member_id}", response=MemberOut)
def change_project_member(
    request: SignedInRequest, project_id: int, member_id: int, body: MemberPatch
) -> MemberOut:
    """Give a member another role. The last admin of a project stays one: 409."""
    project = visible_project(request.user, project_id)
    member = _member(project, member_id)
    try:
        projects.set_role(project, member.pk, body.role)
    except projects.LastProjectAdmin as last:
        raise problems.Conflict(str(last)) from None
    return MemberOut.of(_member(project, member_id))


@router.delete("/api/projects/{int:project_id}/members/{int:member_id}", response={204: None})
def remove_project_member(request: SignedInRequest, project_id: int, member_id: int) -> Status[None]:
    """Remove a member, who sees the project no more unless by a team. The last admin of a project stays: 409."""
    project = visible_project(request.user, project_id)
    member = _member(project, member_id)
    try:
        projects.remove_member(project, member.pk)
    except projects.LastProjectAdmin as last:
        raise problems.Conflict(str(last)) from None
    return Status(204, None)


def _member(project: Project, member_id: int) -> Membership:
    try:
        found = project.memberships.select_related("user").filter(pk=member_id).first()
    except OverflowError:
        found = None
    if found is None:
        raise problems.NotFound("The project has no member with this id.")
    return found
