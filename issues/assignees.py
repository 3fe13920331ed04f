"""Who may look after a project's issues: whoever may change them. And what happens to the issues of somebody who no longer may."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, Value
from django.db.models.query import QuerySet
from django.db.models.signals import m2m_changed, post_delete, post_save

from accounts import projects, teams
from accounts.access import Capability, where_may, who_act
from accounts.models import Membership, Project, Team, User
from issues import lifecycle
from issues.models import Issue

# People beyond these are not listed. A project has at most 500 members.
MOST = 600
_NO_ACCESS = {"code": "no_access"}
_FIELDS = {"is_active", "role"}


def candidates(project: Project) -> QuerySet[User]:
    """Those to whom issues of the project can be assigned: its members who are no viewers, and the installation's admins."""
    return of_any([project])


def of_any(projects: Sequence[Project]) -> QuerySet[User]:
    """Those to whom issues of at least one of the projects can be assigned."""
    return who_act(projects).order_by("email")


#: How a team is written where a person's id or address may be: `team:payments`, or `#payments`.
TEAM = "team:"


def find(project: Project, person: int | str) -> User | Team:
    """The candidate with this id or e-mail address, or the team `team:slug`. Raises lifecycle.NotAMember."""
    if isinstance(person, str) and (slug := team_slug(person)):
        found = teams.able([project]).filter(slug=slug).first()
        if found is None:
            raise lifecycle.NotAMember(f"No team of people who can see this project is called #{slug[:50]}.")
        return found
    which = Q(email=person.strip().lower()) if isinstance(person, str) else Q(pk=person)
    try:
        return candidates(project).get(which)
    except (User.DoesNotExist, OverflowError):
        raise lifecycle.NotAMember(_NOBODY) from None


def team_slug(text: str) -> str:
    """The slug in `team:payments` or `#payments`; empty if a person is meant."""
    text = text.strip().lower()
    for prefix in (TEAM, "#"):
        if text.startswith(prefix):
            return text.removeprefix(prefix)
    return ""


def choices(projects: Sequence[Project]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """People and teams to whom issues of the projects can be assigned, as forms offer them: value and name. One query."""
    people = of_any(projects).order_by().values_list(Value("person"), "pk", "email", "name")
    named = teams.able(projects).order_by().values_list(Value("team"), "pk", "slug", "name")
    rows = sorted(people.union(named, all=True)[: 2 * MOST], key=lambda row: str(row[2]))
    return (
        [
            (str(pk), f"{name} ({email})" if name else email)
            for kind, pk, email, name in rows
            if kind == "person"
        ],
        [(f"{TEAM}{slug}", f"#{slug} ({name})") for kind, _, slug, name in rows if kind == "team"],
    )


def value_of(assignee: User | Team | None) -> str:
    """The value of `choices` that means this assignee; empty for nobody."""
    if isinstance(assignee, Team):
        return f"{TEAM}{assignee.slug}"
    return str(assignee.pk) if assignee else ""


def chosen(projects: Sequence[Project], value: str) -> User | Team | None:
    """Who was chosen of `choices`; None for an empty value. Raises lifecycle.NotAMember."""
    if not value:
        return None
    if slug := team_slug(value):
        team = teams.able(projects).filter(slug=slug).first()
        if team is not None:
            return team
    # int() reads the digits of every script, and a longer number is no id.
    elif value.isascii() and value.isdigit() and len(value) < 19:
        found = of_any(projects).filter(pk=int(value)).first()
        if found is not None:
            return found
    raise lifecycle.NotAMember("Nobody who can see this project has this id.")


_NOBODY = "Nobody who can see this project has this id or e-mail address."


def connect() -> None:
    """Register the receivers."""
    post_delete.connect(_left, sender=Membership, dispatch_uid="issues.member_left")
    projects.role_changed.connect(_role_changed, dispatch_uid="issues.role_changed")
    post_save.connect(_saved, sender=User, dispatch_uid="issues.user_saved")
    post_delete.connect(_deleted, sender=User, dispatch_uid="issues.user_deleted")
    m2m_changed.connect(_teams_changed, sender=Team.members.through, dispatch_uid="issues.team_changed")
    teams.leaving.connect(_team_leaves, dispatch_uid="issues.team_leaves")


def _left(sender: type[Membership], instance: Membership, origin: Any = None, **more: Any) -> None:
    # A membership that goes with its project or its user leaves nothing to do.
    about = origin.model if isinstance(origin, QuerySet) else type(origin)
    if instance.user_id is not None and about is Membership:
        _release_later(instance.user_id)


def _role_changed(sender: type[Membership], user_id: int, **more: Any) -> None:
    _release_later(user_id)


def _saved(
    sender: type[User], instance: User, created: bool = False, update_fields: Collection[str] | None = None,
    **more: Any,
) -> None:  # fmt: skip
    if not created and (update_fields is None or _FIELDS & set(update_fields)):
        _release_later(instance.pk)


def _deleted(sender: type[User], instance: User, **more: Any) -> None:
    # Their memberships of teams are deleted with them, without a signal.
    transaction.on_commit(_release_teams, robust=True)


def _teams_changed(
    sender: type[Any], instance: Any, action: str, reverse: bool = False, pk_set: set[int] | None = None, **more: Any
) -> None:  # fmt: skip
    if action not in ("post_remove", "post_clear"):
        return
    transaction.on_commit(_release_teams, robust=True)
    # They may have seen projects by the team.
    for user_id in [instance.pk] if reverse else sorted(pk_set or ()):
        _release_later(user_id)


def _team_leaves(sender: type[Team], team: Team, **more: Any) -> None:
    theirs = Issue.objects.filter(assigned_team=team, project__deleting_at=None)
    lifecycle.assign(theirs, None, by=None, why={"code": "team_deleted"})


def _release_teams() -> None:
    """Take from teams the issues of projects that no member sees any more."""
    for team in Team.objects.filter(
        pk__in=Issue.objects.filter(assigned_team__isnull=False).values("assigned_team")
    ):
        theirs = Issue.objects.filter(assigned_team=team, project__deleting_at=None)
        of = list(theirs.order_by().values_list("project", flat=True).distinct())
        blind = [project for project in of if not lifecycle.sees(team, project)]
        if blind:
            lifecycle.assign(theirs.filter(project__in=blind), None, by=None, why=_NO_ACCESS)


def _release_later(user_id: int) -> None:
    # Not in this transaction: it may have locked the project's row, which the digest locks after the project's lock.
    transaction.on_commit(partial(release, user_id), robust=True)


def release(user_id: int) -> None:
    """Take from a person the issues of projects in which they may not change issues any more."""
    theirs = Issue.objects.filter(assignee=user_id, project__deleting_at=None)
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is not None:
        theirs = theirs.exclude(project__in=where_may(user, Capability.EVENT_WRITE).values("pk"))
    lifecycle.assign(theirs, None, by=None, why=_NO_ACCESS)
    _release_teams()
