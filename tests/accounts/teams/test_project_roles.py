"""accounts/teams/project_roles.py: what members of a team may do in its projects, everywhere where access is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from accounts import teams
from accounts.access import Capability, insiders, may, role_in, where_may, who_act, who_see, with_role
from accounts.access.roles import OF_INSTALLATION, OF_PROJECT, remember
from accounts.models import AuditEntry, Membership, Project, Team, TeamProject, User
from issues.models import Issue
from tests.lib import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(cy: User) -> Team:
    """A team of Cy, who has no role in any project."""
    team = Team.objects.create(name="Payments", slug="payments")
    team.members.add(cy)
    return team


def again(user: User) -> User:
    """As in the next request, which remembers nothing."""
    return User.objects.get(pk=user.pk)


# The others everybody has.
ASKED = OF_PROJECT["admin"] - OF_INSTALLATION["member"]


def all_said(user: User, project: Project) -> set[Capability]:
    """What the user may do in the project, after comparing that all questions have the same answer."""
    known = again(user)
    for each in with_role(Project.objects.visible_to(user), user).filter(pk=project.pk):
        remember(known, each)
    said = {one for one in ASKED if may(again(user), one, project)}
    assert {one for one in ASKED if may(known, one, project)} == said
    assert {one for one in ASKED if where_may(user, one).filter(pk=project.pk).exists()} == said
    assert Project.objects.visible_to(user).filter(pk=project.pk).exists() == bool(said)
    assert who_see([project]).filter(pk=user.pk).exists() == bool(said)
    assert who_act([project]).filter(pk=user.pk).exists() == (Capability.EVENT_WRITE in said)
    assert insiders([project]).filter(pk=user.pk).exists() == bool(said)
    return said


@pytest.mark.parametrize("own", [None, *OF_PROJECT])
@pytest.mark.parametrize("by_team", [None, *OF_PROJECT])
def test_the_role_that_may_most_counts(
    shop: Project, cy: User, team: Team, own: str | None, by_team: str | None
) -> None:
    if own:
        Membership.objects.create(user=cy, project=shop, role=own)
    if by_team:
        teams.give(shop, team, by_team)
        other = Team.objects.create(name="Others", slug="others")
        other.members.add(cy)
        teams.give(shop, other, "viewer")
    order = [None, *OF_PROJECT]
    most = max(own, by_team, key=order.index)
    assert role_in(again(cy), shop) == most
    assert all_said(cy, shop) == (OF_PROJECT[most] & ASKED if most else set())
    assert Project.objects.visible_to(cy).count() == bool(most)


def test_one_query_asks_for_a_role(
    shop: Project, cy: User, team: Team, django_assert_num_queries: Any
) -> None:
    teams.give(shop, team, "member")
    user = again(cy)
    with django_assert_num_queries(1):
        assert may(user, Capability.EVENT_WRITE, shop)
        assert not may(user, Capability.PROJECT_ADMIN, shop)


def test_issues_are_nobodys_when_the_team_loses_its_role(
    shop: Project, bo: User, cy: User, team: Team, django_capture_on_commit_callbacks: Any
) -> None:
    teams.give(shop, team, "member")
    issue, of_team = builders.issue(shop), builders.issue(shop, 2)

    def assign() -> None:
        Issue.objects.filter(pk=issue.pk).update(assignee=cy)
        Issue.objects.filter(pk=of_team.pk).update(assigned_team=team)

    def assigned() -> tuple[Any, Any]:
        issue.refresh_from_db()
        of_team.refresh_from_db()
        return issue.assignee_id, of_team.assigned_team_id

    def taken() -> None:
        assert teams.take(shop, team)
        assert not teams.take(shop, team)

    # With Bo, who is a member of the project, the team keeps its issue.
    for lose, left in (
        (lambda: teams.give(shop, team, "viewer"), None),
        (taken, None),
        (lambda: teams.remove_member(team, cy.pk), None),
        (lambda: teams.set_members(team, [bo]), team.pk),
        (lambda: teams.delete(team), None),
    ):
        Team.objects.get(pk=team.pk).members.set([cy])
        teams.give(shop, team, "member")
        assign()
        with django_capture_on_commit_callbacks(execute=True):
            lose()
        assert assigned() == (None, left)
        assert not may(again(cy), Capability.EVENT_WRITE, shop)


def test_who_changes_a_team_is_an_admin_of_all_its_projects(shop: Project, bo: User, team: Team) -> None:
    other = Project.objects.create(name="Other", slug="other")
    Membership.objects.filter(user=bo).update(role="admin")
    team.members.add(bo)
    assert teams.may_change(again(bo), team)
    teams.give(shop, team, "admin")
    assert teams.may_change(again(bo), team)
    teams.give(other, team, "viewer")
    assert not teams.may_change(again(bo), team)
    assert list(teams.changeable_by(again(bo))) == []
    teams.give(other, team, "admin")
    assert teams.may_change(again(bo), team)


def test_a_project_takes_no_more_teams_than_its_page_shows(
    shop: Project, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.teams.project_roles.MOST_IN_PROJECT", 1)
    teams.give(shop, team, "viewer")
    teams.give(shop, team, "member")
    with pytest.raises(teams.BadTeam, match="At most 1 teams"):
        teams.give(shop, Team.objects.create(name="Others", slug="others"), "viewer")
    assert TeamProject.objects.get().role == "member"


def test_the_audit_log_has_every_change_once(shop: Project, team: Team) -> None:
    for act in (
        lambda: teams.give(shop, team, "viewer"),
        lambda: teams.give(shop, team, "viewer"),
        lambda: teams.give(shop, team, "admin"),
        lambda: teams.take(shop, team),
    ):
        act()
    said = list(
        AuditEntry.objects.filter(action="team.role").order_by("id").values_list("details", flat=True)
    )
    changes = [("", "viewer"), ("viewer", "admin"), ("admin", "")]
    assert said == [{"role": {"was": was, "is": now}} for was, now in changes]
