"""Roles of teams in projects: what all members of a team may do there."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Count, QuerySet

from accounts import audit, projects
from accounts.models import Membership, Project, Team, TeamProject, User
from accounts.teams.changing import BadTeam, visible_to

MOST_IN_PROJECT = 100


def of_project(project: Project) -> QuerySet[TeamProject]:
    """The teams with a role in the project, by slug, each with the number of its `members`."""
    roles = TeamProject.objects.filter(project=project).select_related("team").order_by("team__slug")
    return roles.annotate(members=Count("team__members"))


def seen_by(viewer: User) -> QuerySet[TeamProject]:
    """The roles of teams in the projects that `viewer` sees, by the project's name."""
    seen = Project.objects.visible_to(viewer).values("pk")
    roles = TeamProject.objects.filter(project__in=seen).select_related("project")
    return roles.order_by("project__name_folded", "project")


def addable(project: Project, viewer: User) -> QuerySet[Team]:
    """The teams that `viewer` sees and that have no role in the project yet."""
    return visible_to(viewer).exclude(in_projects__project=project)


def give(project: Project, team: Team, role: str) -> TeamProject:
    """Give all members of a team a role in the project, or another one. Raises BadTeam for too many teams."""
    role = Membership.Role(role).value
    with transaction.atomic():
        # So that many at once do not pass the limit.
        Project.objects.select_for_update().get(pk=project.pk)
        found = TeamProject.objects.filter(project=project, team=team).first()
        if found is None and project.of_teams.count() >= MOST_IN_PROJECT:
            raise BadTeam(f"At most {MOST_IN_PROJECT} teams have a role in a project.")
        given, _ = TeamProject.objects.update_or_create(project=project, team=team, defaults={"role": role})
        if said := audit.changes({"role": found.role if found else ""}, {"role": role}):
            audit.record(audit.Action.TEAM_ROLE, team, project=project, details=said)
            _tell(team)
    return given


def take(project: Project, team: Team) -> bool:
    """Take a team's role in the project away. Whether it had one."""
    with transaction.atomic():
        found = TeamProject.objects.filter(project=project, team=team).first()
        if found is None:
            return False
        found.delete()
        said = audit.changes({"role": found.role}, {"role": ""})
        audit.record(audit.Action.TEAM_ROLE, team, project=project, details=said)
        _tell(team)
    return True


def _tell(team: Team) -> None:
    """Have it checked what the members may do now."""
    for person_id in team.members.values_list("pk", flat=True):
        projects.role_changed.send(sender=TeamProject, user_id=person_id)
