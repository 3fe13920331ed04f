"""Who sees and changes teams, and what becomes of the issues of one that changes."""

from __future__ import annotations

import pytest

from accounts import teams
from accounts.models import Membership, Project, User
from issues import lifecycle
from issues.models import Activity, Issue
from tests.lib import builders

pytestmark = pytest.mark.django_db


def test_a_team_is_seen_by_those_who_share_a_project_with_a_member(ana: User, bo: User, cy: User) -> None:
    team = teams.create("Payments", by=ana, members=[bo])
    assert team.slug == "payments"
    assert list(teams.visible_to(ana)) == list(teams.visible_to(bo)) == [team]
    assert not teams.visible_to(cy).exists()


def test_members_who_are_admins_of_a_project_change_a_team(ana: User, bo: User, shop: Project) -> None:
    team = teams.create("Payments", by=ana, members=[bo])
    assert teams.may_change(ana, team)
    assert not teams.may_create(bo)
    assert not teams.may_change(bo, team)
    Membership.objects.update(role="admin")
    assert teams.may_change(bo, team)
    team.members.clear()
    assert not teams.may_change(bo, team)
    own = teams.create("Search", by=bo)
    assert list(own.members.all()) == [bo]


def test_names_and_slugs_are_unique(ana: User) -> None:
    team = teams.create("Zahlungen", "payments", by=ana)
    with pytest.raises(teams.Taken, match="name"):
        teams.create("ZAHLUNGEN", by=ana)
    with pytest.raises(teams.Taken, match="slug"):
        teams.create("Payments", "payments", by=ana)
    assert teams.create("Payments", by=ana).slug == "payments-2"
    for bad in ("", " ", "x" * 51, "a\nb\0"):
        with pytest.raises(teams.BadTeam):
            teams.change(team, name=bad)
    with pytest.raises(teams.BadTeam):
        teams.change(team, slug="No Slug")


def test_only_people_whom_one_knows_become_members(ana: User, bo: User, cy: User) -> None:
    assert teams.find_person("BO@example.org ", bo) == bo
    assert teams.find_person(cy.pk, ana) == cy
    for unknown in ("cy@example.org", cy.pk, "nobody@example.org", 2**80):
        with pytest.raises(teams.BadTeam, match="Nobody"):
            teams.find_person(unknown, bo)


def test_a_deleted_team_leaves_its_issues_to_nobody_and_says_so(ana: User, bo: User, shop: Project) -> None:
    team = teams.create("Payments", by=ana, members=[bo])
    issue = builders.issue(shop)
    lifecycle.assign(Issue.objects.all(), team, ana)
    teams.delete(team)
    issue.refresh_from_db()
    assert issue.assigned_team is None
    entry = Activity.objects.latest("at")
    assert (entry.kind, entry.detail, entry.user) == ("unassigned", "#payments", None)


@pytest.mark.django_db(transaction=True)
def test_issues_are_taken_from_a_team_that_sees_their_project_no_more(
    ana: User, bo: User, shop: Project
) -> None:
    team = teams.create("Payments", by=ana, members=[bo])
    other = Project.objects.create(name="Other", slug="other")
    Membership.objects.create(project=other, user=User.objects.create_user("eve@example.org", "x"))
    teams.add_member(team, User.objects.get(email="eve@example.org"))
    for project in (shop, other):
        builders.issue(project)
    lifecycle.assign(Issue.objects.all(), team, ana)
    teams.remove_member(team, bo.pk)
    assert list(Issue.objects.filter(assigned_team=team)) == list(other.issues.all())
    other.memberships.all().delete()
    assert not Issue.objects.filter(assigned_team=team).exists()
