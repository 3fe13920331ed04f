"""The teams of a project on its page of members."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Membership, Project, Team, TeamProject, User

pytestmark = pytest.mark.django_db

SETTINGS = "/projects/shop/settings/"
MEMBERS = f"{SETTINGS}members/"


def test_a_team_is_added_changed_and_removed(
    shop: Project, bo: User, cy: User, bo_client: Client, sign_in: Callable[[User], Client]
) -> None:
    Membership.objects.filter(user=bo).update(role="admin")
    team = Team.objects.create(name="Payments", slug="payments")
    team.members.set([bo, cy])
    assert sign_in(cy).get("/projects/shop/issues/").status_code == 404
    assert b"Payments" in bo_client.get(MEMBERS).content
    sent = {"team": team.pk, "role": "viewer"}
    assert bo_client.post(f"{SETTINGS}teams/", sent)["Location"] == MEMBERS
    page = bo_client.get(MEMBERS).content.decode()
    assert "2 members" in page
    assert "Members of #payments have the role viewer in Shop." in page
    assert sign_in(cy).get("/projects/shop/issues/").status_code == 200
    assert sign_in(cy).post(f"{SETTINGS}teams/{team.pk}/", {"role": "admin"}).status_code == 403
    bo_client.post(f"{SETTINGS}teams/{team.pk}/", {"role": "member"})
    assert TeamProject.objects.get().role == "member"
    assert b"settings/members/#teams" in bo_client.get(f"/teams/{team.pk}/").content
    bo_client.post(f"{SETTINGS}teams/{team.pk}/", {"role": "member", "action": "remove"})
    assert not TeamProject.objects.exists()


@pytest.mark.parametrize(
    "sent", [{}, {"team": "x", "role": "viewer"}, {"team": "²", "role": "viewer"}, {"role": "viewer"}]
)
def test_what_makes_no_sense_says_so(
    ana: User, shop: Project, sign_in: Callable[[User], Client], sent: dict[str, str]
) -> None:
    client = sign_in(ana)
    assert client.post(f"{SETTINGS}teams/", sent).status_code == 302
    assert b"Choose a team." in client.get(MEMBERS).content


def test_teams_that_one_does_not_see_and_roles_that_are_none(
    shop: Project, bo: User, bo_client: Client, cy: User
) -> None:
    Membership.objects.filter(user=bo).update(role="admin")
    hidden = Team.objects.create(name="Hidden", slug="hidden")
    hidden.members.add(cy)
    assert b"Hidden" not in bo_client.get(MEMBERS).content
    assert bo_client.post(f"{SETTINGS}teams/", {"team": hidden.pk, "role": "viewer"}).status_code == 404
    seen = Team.objects.create(name="Seen", slug="seen")
    seen.members.add(bo)
    assert bo_client.post(f"{SETTINGS}teams/", {"team": seen.pk, "role": "owner"}).status_code == 302
    assert b"Choose a role." in bo_client.get(MEMBERS).content
    assert not TeamProject.objects.exists()
    assert bo_client.post(f"{SETTINGS}teams/{seen.pk}/", {"role": "viewer"}).status_code == 404


def test_who_leaves_by_taking_their_own_team_out_is_led_home(
    shop: Project, cy: User, sign_in: Callable[[User], Client]
) -> None:
    team = Team.objects.create(name="Payments", slug="payments")
    team.members.add(cy)
    TeamProject.objects.create(team=team, project=shop, role="admin")
    answer = sign_in(cy).post(f"{SETTINGS}teams/{team.pk}/", {"action": "remove"})
    assert answer["Location"] == "/"
