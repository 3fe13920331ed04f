"""Which role has which capabilities, and who may do what where. docs/access.md shows the table; a test compares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When
from django.http import Http404

from accounts.access.capabilities import EVERYTHING, READS, Capability
from accounts.models import Membership, Project, ProjectQuerySet, TeamProject, User

_C = Capability

#: What a role of the installation gives, in every project and outside of projects.
OF_INSTALLATION: Mapping[str, frozenset[Capability]] = {
    User.Role.OWNER: EVERYTHING,
    User.Role.ADMIN: EVERYTHING,
    User.Role.AUDITOR: READS | {_C.PROFILE_WRITE},
    User.Role.MEMBER: frozenset(
        {_C.ORG_READ, _C.MEMBER_READ, _C.TEAM_READ, _C.PROJECT_CREATE, _C.PROFILE_WRITE}
    ),
}

_VIEWER = frozenset({_C.MEMBER_READ, _C.TEAM_READ, _C.PROJECT_READ, _C.EVENT_READ, _C.ALERTS_READ})
_MEMBER = _VIEWER | {_C.PROJECT_WRITE, _C.PROJECT_RELEASES, _C.EVENT_WRITE, _C.EVENT_ADMIN}
#: What a role in a project gives there, from the one that may least. An auditor's roles in projects give nothing.
OF_PROJECT: Mapping[str, frozenset[Capability]] = {
    Membership.Role.VIEWER: _VIEWER,
    Membership.Role.MEMBER: _MEMBER,
    Membership.Role.ADMIN: _MEMBER | {_C.PROJECT_ADMIN, _C.ALERTS_WRITE, _C.MEMBER_WRITE, _C.TEAM_WRITE},
}

#: What the token of a request that is for some projects may where the address names none: learn where it is, and ask for projects.
#: Teams, people and alert channels are shared by projects, so they are not open to it at all.
_ACROSS_PROJECTS = frozenset(
    {
        _C.PROJECT_READ,
        _C.PROJECT_WRITE,
        _C.PROJECT_RELEASES,
        _C.EVENT_READ,
        _C.EVENT_WRITE,
        _C.EVENT_ADMIN,
    }
)
_WITHOUT_PROJECTS = frozenset({_C.ORG_READ})

_NONE: frozenset[Capability] = frozenset()
_KNOWN, _KEPT = "_roles_in_projects", "_found_by_the_guard"


def may(user: User, capability: Capability, project: Project | None = None) -> bool:
    """Whether `user` may do this in `project`, or without one in the whole installation. A request's token may do less than its person.

    One query for each project at most, however often the same user object is asked about.
    """
    if not _is_open(user, capability):
        return False
    if project is None:
        is_open = user.token_projects is None or capability in _WITHOUT_PROJECTS
        return is_open and capability in OF_INSTALLATION[user.role]
    if user.token_projects is not None and project.pk not in user.token_projects:
        return False
    if capability in OF_INSTALLATION[user.role]:
        return True
    return capability in _of_project(user, role_in(user, project))


def may_somewhere(user: User, capability: Capability) -> bool:
    """Whether `user` may do this in the installation or in one project at least. At most one query."""
    return may(user, capability) or where_may(user, capability).exists()


def within_reach(user: User, capability: Capability) -> bool:
    """Whether a role could give the user this: asked where the answer is about the projects in which one does. No query."""
    reach = OF_INSTALLATION[user.role] | _of_project(user, Membership.Role.ADMIN)
    if user.token_projects is not None:
        reach &= _ACROSS_PROJECTS | _WITHOUT_PROJECTS
    return _is_open(user, capability) and capability in reach


def where_may(user: User, capability: Capability) -> ProjectQuerySet:
    """The projects in which `user` may do this."""
    visible = Project.objects.visible_to(user)
    if not _is_open(user, capability):
        return visible.none()
    if user.token_projects is not None and capability not in _ACROSS_PROJECTS:
        return visible.none()
    if capability in OF_INSTALLATION[user.role]:
        return visible
    giving = [role for role in OF_PROJECT if capability in _of_project(user, role)]
    own = Membership.objects.filter(user=user, role__in=giving).values("project")
    by_team = TeamProject.objects.filter(team__members=user, role__in=giving).values("project")
    return visible.filter(Q(pk__in=own) | Q(pk__in=by_team))


def role_in(user: User, project: Project) -> str | None:
    """The user's role in the project itself, by themselves or by a team, if they have one. One query, however often the same user
    object is asked about."""
    known: dict[int, str | None] = user.__dict__.setdefault(_KNOWN, {})
    if project.pk not in known:
        own = Membership.objects.filter(user=user, project=project).values_list("role")
        by_team = TeamProject.objects.filter(team__members=user, project=project).values_list("role")
        known[project.pk] = highest(*(role for (role,) in own.union(by_team)))
    return known[project.pk]


def highest(*roles: str | None) -> str | None:
    """Of several roles in one project the one that may most; None for none."""
    given = list(OF_PROJECT)
    return max((role for role in roles if role), key=given.index, default=None)


def with_role(projects: ProjectQuerySet, user: User) -> ProjectQuerySet:
    """The projects, each with the user's roles in it, which `remember` saves `role_in` the query for."""
    own = Membership.objects.filter(project=OuterRef("pk"), user=user).values("role")[:1]
    rank = Case(*(When(role=role, then=number) for number, role in enumerate(OF_PROJECT)))
    by_team = TeamProject.objects.filter(project=OuterRef("pk"), team__members=user).order_by(rank.desc())
    return projects.annotate(viewer_role=Subquery(own), viewer_team_role=Subquery(by_team.values("role")[:1]))


def keep(user: User, project: Project) -> None:
    """Save the next `take` of this project its query."""
    user.__dict__[_KEPT] = project


def take(user: User, project_id: int) -> Project | None:
    """The project, if the user sees it. What a guard has just found is given out once: it may change then."""
    kept = user.__dict__.pop(_KEPT, None)
    if isinstance(kept, Project) and kept.pk == project_id:
        return kept
    project = with_role(Project.objects.visible_to(user), user).filter(pk=project_id).first()
    if project is not None:
        remember(user, project)
    return project


def visible_project(user: User, project_id: int) -> Project:
    """The project, if `user` may see it. Raises Http404 if not, or if it does not exist."""
    project = take(user, project_id)
    if project is None:
        raise Http404
    return project


def remember(user: User, project: Project) -> None:
    """Note the roles of a project from `with_role`."""
    known: dict[int, str | None] = user.__dict__.setdefault(_KNOWN, {})
    known[project.pk] = highest(
        getattr(project, "viewer_role", None), getattr(project, "viewer_team_role", None)
    )


def insiders(projects: Any, roles: Iterable[str] = tuple(OF_PROJECT)) -> QuerySet[User]:
    """The people who have one of these roles in at least one of the projects, by themselves or by a team, active or not.
    `projects`: projects or their ids, or a query of ids."""
    own = Membership.objects.filter(project__in=projects, role__in=roles, user__isnull=False).values("user")
    granted = TeamProject.objects.filter(project__in=projects, role__in=roles).values("team")
    by_team = User.teams.through.objects.filter(team__in=granted).values("user")
    return User.objects.filter(Q(pk__in=own) | Q(pk__in=by_team))


def who_see(projects: Any) -> QuerySet[User]:
    """The active people who see at least one of the projects. `projects`: projects or their ids, or a query of ids."""
    inside = insiders(projects).values("pk")
    return User.objects.filter(Q(pk__in=inside) | Q(role__in=User.SEEING_ALL), is_active=True)


def who_act(projects: Any) -> QuerySet[User]:
    """The same for those who may change issues of at least one of them: to them issues can be assigned."""
    acting = [role for role, given in OF_PROJECT.items() if Capability.EVENT_WRITE in given]
    inside = insiders(projects, acting).values("pk")
    either = Q(pk__in=inside, role=User.Role.MEMBER) | Q(role__in=User.ADMINS)
    return User.objects.filter(either, is_active=True)


def _is_open(user: User, capability: Capability) -> bool:
    """Whether the account is active and the request's token, if there is one, has the capability."""
    return user.is_active and (user.token_capabilities is None or capability in user.token_capabilities)


def _of_project(user: User, role: str | None) -> frozenset[Capability]:
    return _NONE if role is None or user.role == User.Role.AUDITOR else OF_PROJECT[role]
