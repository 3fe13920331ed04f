"""/api/teams"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Annotated

from django.db.models import Prefetch
from ninja import Query, Router
from ninja.responses import Status
from pydantic import Field

from accounts import teams
from accounts.access import Capability, SignedInRequest
from accounts.credentials import needs
from accounts.models import Team, User
from rustrak.lib import keyset, problems
from rustrak.lib.api.etags import Versioned
from rustrak.lib.schemas import Input, Listing, Moment, Output, Paging, Text, example

router = Router(tags=["teams"], auth=needs(Capability.TEAM_READ, Capability.TEAM_WRITE))

Person = int | Annotated[Text, Field(max_length=254)]
_SHOWN = "shown_projects"
People = Annotated[list[Person], Field(max_length=teams.MOST_MEMBERS)]


class TeamIn(Input):
    """`members` are ids or e-mail addresses of people with whom you share a project; admins of the installation may name anybody.

    Without a `slug`, one is derived from the name.
    """

    model_config = example({"name": "Payments", "members": ["ana@example.org"]})

    name: Annotated[Text, Field(max_length=200)]
    slug: Annotated[Text, Field(max_length=200)] = ""
    members: People = []


class TeamPatch(Input):
    """What is left out does not change. `members` are all members from now on."""

    model_config = example({"members": ["ana@example.org", "bo@example.org"]})

    name: Annotated[Text, Field(max_length=200)] | None = None
    slug: Annotated[Text, Field(max_length=200)] | None = None
    members: People | None = None


class TeamMemberOut(Output):
    """`email` is null for those who may not change the team."""

    id: int
    name: str
    email: str | None


class TeamInProject(Output):
    """A project in which members of the team have this role."""

    project_id: int
    slug: str
    role: str


class TeamOut(Output):
    """A team. In comments, ownership rules and searches it is called `#slug`. `projects` are those in which it has a role and that you see."""

    id: int
    slug: str
    name: str
    created_at: Moment
    members: list[TeamMemberOut]
    projects: list[TeamInProject]
    may_change: bool

    @classmethod
    def of(cls, viewer: User, changeable: Collection[int], team: Team) -> TeamOut:
        """Two queries, for the members and the projects, unless they are loaded. `changeable`: teams.changeable of the viewer, with this team."""
        members = sorted(team.members.all(), key=lambda each: each.email)
        may_change = team.pk in changeable
        shown_projects = (
            team.__dict__[_SHOWN] if _SHOWN in team.__dict__ else teams.seen_by(viewer).filter(team=team)
        )
        shown = [
            TeamMemberOut(id=each.pk, name=each.get_short_name(), email=each.email if may_change else None)
            for each in members
        ]
        return cls(
            id=team.pk,
            slug=team.slug,
            name=team.name,
            created_at=team.created_at,
            members=shown,
            projects=[
                TeamInProject(project_id=each.project_id, slug=each.project.slug, role=each.role)
                for each in shown_projects
            ],
            may_change=may_change,
        )


_version = Versioned("may_change")


@router.get("/api/teams", response=Listing[TeamOut])
def list_teams(request: SignedInRequest, paging: Query[Paging]) -> Listing[TeamOut]:
    """List the teams that you see, by slug: your own, and those of people with whom you share a project."""
    rows = teams.visible_to(request.user).prefetch_related(
        Prefetch("members", User.objects.order_by("email")),
        Prefetch("in_projects", teams.seen_by(request.user), to_attr=_SHOWN),
    )
    page = keyset.page(rows, ["slug"], descending=False, cursor=paging.cursor, limit=paging.limit)
    return Listing[TeamOut].of(page, partial(TeamOut.of, request.user, _changeable(request.user)))


@router.post("/api/teams", response={201: TeamOut})
def create_team(request: SignedInRequest, body: TeamIn) -> Status[TeamOut]:
    """Create a team. Admins of the installation and of any project may; the latter become members of it."""
    if not teams.may_create(request.user):
        raise problems.Forbidden("Only admins of the installation or of a project may create teams.")

    def make() -> Team:
        people = [teams.find_person(each, request.user) for each in body.members]
        return teams.create(body.name, body.slug, by=request.user, members=people)

    return Status(201, _shown(request.user, _tried(make)))


@router.get("/api/teams/{int:team_id}", response=TeamOut)
@_version.shown
def get_team(request: SignedInRequest, team_id: int) -> TeamOut:
    """One team."""
    return _shown(request.user, _team(request.user, team_id))


@router.patch("/api/teams/{int:team_id}", response=TeamOut)
@_version.guarded(get_team)
def change_team(request: SignedInRequest, team_id: int, body: TeamPatch) -> TeamOut:
    """Rename a team, or choose its members. Issues of projects that no member sees any more are nobody's then."""
    team = _changed_by(request.user, team_id)

    def change() -> Team:
        known = {each.pk: each for each in team.members.all()}
        people = None
        if body.members is not None:
            # Who is a member already may stay, whoever sees them.
            by_email = {each.email: each for each in known.values()}
            people = [
                known.get(each) or teams.find_person(each, request.user)
                if isinstance(each, int)
                else by_email.get(each.strip().lower()) or teams.find_person(each, request.user)
                for each in body.members
            ]
        teams.change(team, name=body.name, slug=body.slug)
        if people is not None:
            teams.set_members(team, people)
        return team

    return _shown(request.user, _tried(change))


@router.delete("/api/teams/{int:team_id}", response={204: None})
@_version.guarded(get_team)
def delete_team(request: SignedInRequest, team_id: int) -> Status[None]:
    """Delete a team. Its issues are nobody's then, as their history says."""
    teams.delete(_changed_by(request.user, team_id))
    return Status(204, None)


def _team(user: User, team_id: int) -> Team:
    try:
        found = teams.visible_to(user).filter(pk=team_id).first()
    except OverflowError:
        found = None
    if found is None:
        raise problems.NotFound("You see no team with this id.")
    return found


def _changed_by(user: User, team_id: int) -> Team:
    team = _team(user, team_id)
    if not teams.may_change(user, team):
        raise problems.Forbidden(
            "Only admins of the installation may change this team, and its members who are admins of all its projects."
        )
    return team


def _changeable(user: User) -> set[int]:
    return set(teams.changeable_by(user).values_list("pk", flat=True))


def _shown(viewer: User, team: Team) -> TeamOut:
    return TeamOut.of(viewer, _changeable(viewer), team)


def _tried(act: Callable[[], Team]) -> Team:
    try:
        return act()
    except teams.Taken as error:
        raise problems.Conflict(str(error)) from None
    except teams.BadTeam as error:
        raise problems.BadInput(str(error)) from None
