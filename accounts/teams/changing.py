"""Teams: what people can do with them, who may, and who sees which.

A team is seen by its members, by those who share a project with one of them, and in the projects in which it has a role; admins of the
installation see all. It is changed by admins of the installation, and by those of its members who are admins of a project, and of all
projects in which the team has a role.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.query import QuerySet
from django.dispatch import Signal

from accounts import audit, projects
from accounts.access import Capability, insiders, may, may_somewhere, where_may, who_act
from accounts.models import Project, Team, TeamProject, User
from rustrak.lib.text.folding import fold

MOST, MOST_MEMBERS = 500, 500
NAME_LENGTH = 50

#: Sent with `team` before a team is deleted, outside of a transaction.
leaving = Signal()


class BadTeam(ValueError):
    """The name, the slug or a member is not allowed. The message is for people."""


class Taken(BadTeam):
    """Another team has the name or the slug."""


def visible_to(user: User) -> QuerySet[Team]:
    """The teams that `user` sees, by slug."""
    teams = Team.objects.order_by("slug")
    if user.role in User.SEEING_ALL:
        return teams
    in_own = TeamProject.objects.filter(team=OuterRef("pk"), project__in=_own(user))
    return teams.filter(Exists(_near(user).filter(teams=OuterRef("pk"))) | Exists(in_own))


def able(projects: Any) -> QuerySet[Team]:
    """`projects`: projects or their ids, or a query of ids. The teams to which issues of at least one of the projects can be assigned: an active member may change its issues."""
    return Team.objects.filter(Exists(who_act(projects).filter(teams=OuterRef("pk")))).order_by("slug")


def may_create(user: User) -> bool:
    """Whether the user may create teams: an admin of the installation, or of any project."""
    return may_somewhere(user, Capability.TEAM_WRITE)


def changeable_by(user: User) -> QuerySet[Team]:
    """The teams that the user may rename and delete, and whose members the user may choose.

    Whoever does that decides who sees the team's projects, so an admin of some project must be an admin of all of them.
    """
    if may(user, Capability.TEAM_WRITE):
        return Team.objects.all()
    if not may_create(user):
        return Team.objects.none()
    given = where_may(user, Capability.MEMBER_WRITE).values("pk")
    beyond = TeamProject.objects.filter(team=OuterRef("pk")).exclude(project__in=given)
    return Team.objects.filter(~Exists(beyond), Exists(User.objects.filter(pk=user.pk, teams=OuterRef("pk"))))


def may_change(user: User, team: Team) -> bool:
    """Whether this team is one of `changeable_by`."""
    return changeable_by(user).filter(pk=team.pk).exists()


def people_for(user: User) -> QuerySet[User]:
    """Those whom `user` may make members of a team, by address."""
    people = User.objects.filter(is_active=True).order_by("email")
    if user.is_admin:
        return people
    return people.filter(pk__in=_near(user).values("pk"))


def find_person(person: int | str, by: User) -> User:
    """The person with this id or e-mail address whom `by` may make a member of a team. Raises BadTeam."""
    which = Q(email=person.strip().lower()) if isinstance(person, str) else Q(pk=person)
    try:
        return people_for(by).get(which)
    except (User.DoesNotExist, OverflowError):
        raise BadTeam(
            f"Nobody with whom you share a project has the id or e-mail address {str(person)[:254]!r}."
        ) from None


def create(name: str, slug: str = "", *, by: User, members: Iterable[User] = ()) -> Team:
    """Create a team of `members`, and of `by` unless that is an admin of the installation; without a slug, one is derived from the name.

    Raises BadTeam, and Taken for a name or slug that is in use.
    """
    name = _name(name)
    slug = _slug(slug) if slug else _free_slug(name)
    wanted = {member.pk for member in members} | (set() if by.is_admin else {by.pk})
    _check_members(len(wanted))
    if Team.objects.count() >= MOST:
        raise BadTeam(f"There are {MOST} teams, as many as there may be. Delete one that nobody needs.")
    try:
        with transaction.atomic():
            team = Team.objects.create(name=name, slug=slug)
            team.members.set(wanted)
            audit.record(
                audit.Action.TEAM_CREATE, team, details={"slug": slug, "members": _addresses(wanted)}
            )
    except IntegrityError:
        raise _taken(name, None) from None
    return team


def change(team: Team, *, name: str | None = None, slug: str | None = None) -> None:
    """Give the team another name or slug. Rules and comments that use the old slug do not follow. Raises BadTeam and Taken."""
    changes: dict[str, str] = {}
    if name is not None:
        changes["name"] = name = _name(name)
        changes["name_folded"] = fold(name)
    if slug is not None:
        changes["slug"] = _slug(slug)
    if not changes:
        return
    try:
        with transaction.atomic():
            before = Team.objects.select_for_update(no_key=True).filter(pk=team.pk).first()
            Team.objects.filter(pk=team.pk).update(**changes)
            known = {"name": before.name, "slug": before.slug} if before is not None else {}
            if said := audit.changes(known, {key: changes[key] for key in known if key in changes}):
                audit.record(audit.Action.TEAM_CHANGE, team, details=said)
    except IntegrityError:
        raise _taken(name, team) from None
    team.refresh_from_db()


def set_members(team: Team, members: Iterable[User]) -> None:
    """Make exactly these people the team's members. Raises BadTeam for too many."""
    wanted = {member.pk for member in members}
    _check_members(len(wanted))
    with transaction.atomic():
        before = set(team.members.values_list("pk", flat=True))
        team.members.set(wanted)
        _record_members(team, wanted - before, before - wanted)


def add_member(team: Team, person: User) -> None:
    """Make a person a member; nothing if they are one. Raises BadTeam."""
    with transaction.atomic():
        Team.objects.select_for_update(no_key=True).get(pk=team.pk)  # so that many at once count one by one
        others = team.members.exclude(pk=person.pk).count()
        _check_members(others + 1)
        if team.members.count() == others:
            team.members.add(person)
            _record_members(team, {person.pk}, set())


def remove_member(team: Team, person_id: int) -> None:
    """Take a person out of the team; nothing if they are not in it."""
    with transaction.atomic():
        if found := list(team.members.filter(pk=person_id)):
            _record_members(team, set(), {person_id})
            team.members.remove(*found)


def delete(team: Team) -> None:
    """Delete a team. Its issues are nobody's then, as their history says."""
    leaving.send(sender=Team, team=team)
    with transaction.atomic():
        people = list(team.members.values_list("pk", flat=True)) if team.in_projects.exists() else []
        if Team.objects.filter(pk=team.pk).delete()[0]:
            audit.record(audit.Action.TEAM_DELETE, name=team.name, details={"slug": team.slug})
        for person_id in people:
            projects.role_changed.send(sender=Team, user_id=person_id)


def _own(user: User) -> QuerySet[Any, Any]:
    return Project.objects.joined_by(user).values("pk")


def _near(user: User) -> QuerySet[User]:
    """Those who share a project with the user, who is one of them."""
    return User.objects.filter(Q(pk=user.pk) | Q(pk__in=insiders(_own(user)).values("pk")))


def _addresses(people: Iterable[int]) -> list[str]:
    return sorted(User.objects.filter(pk__in=people).values_list("email", flat=True))


def _record_members(team: Team, added: set[int], removed: set[int]) -> None:
    if added or removed:
        said = {"added": _addresses(added), "removed": _addresses(removed)}
        details = {name: people for name, people in said.items() if people}
        audit.record(audit.Action.TEAM_MEMBERS, team, details=details)


def _name(name: str) -> str:
    try:
        name = projects.checked_name(name)
    except projects.BadProject:
        name = ""
    if not name or len(name) > NAME_LENGTH:
        raise BadTeam(f"The name must have 1 to {NAME_LENGTH} printable characters.")
    return name


def _slug(slug: str) -> str:
    try:
        return projects.checked_slug(slug)
    except projects.BadProject as bad:
        raise BadTeam(str(bad)) from None


def _free_slug(name: str) -> str:
    stem = projects.slug_stem(name) or "team"
    used = set(Team.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    numbered = (f"{stem}-{number}" for number in range(2, len(used) + 3))
    return next(slug for slug in [stem, *numbered] if slug not in used)


def _check_members(number: int) -> None:
    if number > MOST_MEMBERS:
        raise BadTeam(f"A team has at most {MOST_MEMBERS} members.")


def _taken(name: str | None, team: Team | None) -> Taken:
    others = Team.objects.exclude(pk=team.pk) if team else Team.objects.all()
    has_name = name is not None and others.filter(name_folded=fold(name)).exists()
    return Taken(f"A team with this {'name' if has_name else 'slug'} already exists.")
