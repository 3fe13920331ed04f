"""/api/invitations"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from accounts.access import Capability, SignedInRequest, may, where_may
from accounts.credentials import needs
from accounts.invitations import making
from accounts.invitations.rights import NotAllowed, given
from accounts.models import Invitation, Project, User
from rustrak.lib import problems
from rustrak.lib.schemas import Input, Moment, Output, Text, WholeNumber, example

router = Router(tags=["invitations"], auth=needs(Capability.MEMBER_WRITE, Capability.MEMBER_WRITE))

Days = Annotated[int, Field(ge=1, le=making.MOST_DAYS)]
_Result = TypeVar("_Result")


class ToProject(Input):
    """A project, and the role there."""

    project_id: Annotated[int, Field(ge=1, le=2**31 - 1)]
    role: Literal["viewer", "member", "admin"] = "member"


class InvitationIn(Input):
    """`email`: whose account alone may use the link, which is mailed there if mail is sent; empty: whoever has it. `role` is the one in the
    installation. Nobody gives more than they have: admins of a project invite members to it."""

    model_config = example(
        {"email": "bo@example.org", "projects": [{"project_id": 1, "role": "viewer"}], "days": 7}
    )

    email: Annotated[Text, Field(max_length=254, pattern=r"^$|^[^@\s]+@[^@\s]+$")] = ""
    role: Literal["owner", "admin", "member", "auditor"] = "member"
    projects: Annotated[list[ToProject], Field(max_length=making.MOST_PROJECTS)] = []
    days: Days = making.USUAL_DAYS


class Renewal(Input):
    """For how many days the new link is valid."""

    model_config = example({"days": 7})

    days: Days = making.USUAL_DAYS


class InvitationQuery(BaseModel):
    """With `project_id` only invitations to this project."""

    project_id: WholeNumber | None = None


class InvitedToOut(Output):
    """A project of an invitation, and the role there."""

    project_id: int
    slug: str
    role: str


class InvitationOut(Output):
    """`state` is open, accepted, revoked, expired, or void: who invited may not do so any more."""

    id: int
    email: str
    role: str
    projects: list[InvitedToOut]
    state: str
    invited_by: str
    created_at: Moment
    expires_at: Moment


class NewInvitation(InvitationOut):
    """`link` is shown here only. It is for one person, and works once."""

    link: str


@router.get("/api/invitations", response=list[InvitationOut])
def list_invitations(request: SignedInRequest, query: Query[InvitationQuery]) -> list[InvitationOut]:
    """List invitations, open ones first: to the projects in which you may invite, or all of the installation for its admins. Those that are
    over stay for 30 days. There are 200 at most."""
    projects = where_may(request.user, Capability.MEMBER_WRITE)
    if query.project_id is not None:
        projects = projects.filter(pk=query.project_id)
    is_all = query.project_id is None and may(request.user, Capability.MEMBER_WRITE)
    return [
        InvitationOut(**_shown(each)) for each in making.listed(request.user, None if is_all else projects)
    ]


@router.post("/api/invitations", response={201: NewInvitation})
def create_invitation(request: SignedInRequest, body: InvitationIn) -> Status[NewInvitation]:
    """Invite a person. The answer has the link, which is not shown again."""
    grants = _grants(request.user, body.projects)
    if not grants and not may(request.user, Capability.MEMBER_WRITE):
        raise problems.BadInput(
            "projects: must name one. Only admins of the installation invite to it alone."
        )
    made, secret = _tried(
        lambda: making.create(
            request.user,
            email=body.email.strip().lower(),
            role=body.role,
            grants=grants,
            days=body.days,
        )
    )
    return Status(201, _new(request.user, made.pk, secret))


@router.post("/api/invitations/{int:invitation_id}/renew", response={201: NewInvitation})
def renew_invitation(request: SignedInRequest, invitation_id: int, body: Renewal) -> Status[NewInvitation]:
    """Make a new link for an invitation. The former one ends."""
    found = _found(request.user, invitation_id)
    secret = _tried(lambda: making.renew(found, request.user, body.days))
    return Status(201, _new(request.user, found.pk, secret))


@router.delete("/api/invitations/{int:invitation_id}", response={204: None})
def revoke_invitation(request: SignedInRequest, invitation_id: int) -> Status[None]:
    """End an invitation: its link does nothing any more. One that was accepted cannot be ended: 409."""
    found = _found(request.user, invitation_id)
    if not making.revoke(found):
        raise problems.Conflict("This invitation was accepted or revoked before.")
    return Status(204, None)


def _grants(user: User, asked: Sequence[ToProject]) -> dict[Project, str]:
    """The projects with the role in each. Raises problems.NotFound for one that the user does not see."""
    roles = {each.project_id: each.role for each in asked}
    seen = Project.objects.visible_to(user).in_bulk(list(roles))
    if missing := roles.keys() - seen.keys():
        raise problems.NotFound(f"projects: you see no project with the id {min(missing)}.")
    return {seen[project_id]: role for project_id, role in roles.items()}


def _found(user: User, invitation_id: int) -> Invitation:
    """An invitation that the user could have made. Raises problems.NotFound."""
    try:
        found = Invitation.objects.prefetch_related("grants__project").filter(pk=invitation_id).first()
    except OverflowError:
        found = None
    if found is None or not making.may_manage(user, found):
        raise problems.NotFound("You can manage no invitation with this id.")
    return found


def _new(user: User, invitation_id: int, secret: str) -> NewInvitation:
    stored = _found(user, invitation_id)
    listed = making.Listed(stored, given(stored), "open", may_manage=True)
    return NewInvitation(**_shown(listed), link=making.link(secret))


def _shown(one: making.Listed) -> dict[str, Any]:
    row = one.invitation
    to = [InvitedToOut(project_id=each.pk, slug=each.slug, role=role) for each, role in one.grants.items()]
    return {
        "id": row.pk, "email": row.email, "role": row.role, "projects": to, "state": one.state,
        "invited_by": row.invited_by.email, "created_at": row.created_at, "expires_at": row.expires_at,
    }  # fmt: skip


def _tried(act: Callable[[], _Result]) -> _Result:
    try:
        return act()
    except NotAllowed as refused:
        raise problems.Forbidden(str(refused)) from None
    except making.BadInvitation as bad:
        raise problems.Conflict(str(bad)) from None
