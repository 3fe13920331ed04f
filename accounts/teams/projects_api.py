"""/api/projects/{project_id}/teams"""

from __future__ import annotations

from typing import Literal

from ninja import Router
from ninja.responses import Status

from accounts.access import Capability, SignedInRequest, visible_project
from accounts.credentials import needs
from accounts.models import Team, TeamProject
from accounts.teams import project_roles
from accounts.teams.changing import BadTeam, visible_to
from rustrak.lib import problems
from rustrak.lib.schemas import Input, Moment, Output, example

router = Router(tags=["teams"], auth=needs(Capability.TEAM_READ, Capability.MEMBER_WRITE))

Role = Literal["viewer", "member", "admin"]


class TeamRoleIn(Input):
    """The role that all members of the team have in the project."""

    model_config = example({"role": "member"})

    role: Role


class TeamRoleOut(Output):
    """A team with a role in the project. `members` is how many people it has."""

    team_id: int
    slug: str
    name: str
    role: str
    members: int
    created_at: Moment

    @classmethod
    def of(cls, given: TeamProject) -> TeamRoleOut:
        """`given` is one of project_roles.of_project."""
        team = given.team
        return cls(
            team_id=team.pk, slug=team.slug, name=team.name, role=given.role,
            members=getattr(given, "members", 0), created_at=given.created_at,
        )  # fmt: skip


@router.get("/api/projects/{int:project_id}/teams", response=list[TeamRoleOut])
def list_project_teams(request: SignedInRequest, project_id: int) -> list[TeamRoleOut]:
    """List the teams that have a role in the project, by slug. There are 100 at most."""
    return [
        TeamRoleOut.of(each) for each in project_roles.of_project(visible_project(request.user, project_id))
    ]


@router.put("/api/projects/{int:project_id}/teams/{int:team_id}", response=TeamRoleOut)
def set_project_team(
    request: SignedInRequest, project_id: int, team_id: int, body: TeamRoleIn
) -> TeamRoleOut:
    """Give a team that you see a role in the project, or another one. Its members have it at once."""
    project = visible_project(request.user, project_id)
    try:
        project_roles.give(project, _team(request, team_id), body.role)
    except BadTeam as bad:
        raise problems.Conflict(str(bad)) from None
    return TeamRoleOut.of(project_roles.of_project(project).get(team=team_id))


@router.delete("/api/projects/{int:project_id}/teams/{int:team_id}", response={204: None})
def remove_project_team(request: SignedInRequest, project_id: int, team_id: int) -> Status[None]:
    """Take a team's role in the project away. Members who have no role of their own see the project no more."""
    project = visible_project(request.user, project_id)
    if not project_roles.take(project, _team(request, team_id)):
        raise problems.NotFound(_NO_TEAM)
    return Status(204, None)


_NO_TEAM = "You see no team with this id."


def _team(request: SignedInRequest, team_id: int) -> Team:
    """A team that the user sees, which is so for those with a role in the project. Raises problems.NotFound."""
    try:
        found = visible_to(request.user).filter(pk=team_id).first()
    except OverflowError:
        found = None
    if found is None:
        raise problems.NotFound(_NO_TEAM)
    return found
