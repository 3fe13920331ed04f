"""issues/sentry_api/account/organizations.py"""

from __future__ import annotations

import pytest

from accounts.models import Project, Team, User
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db


def test_any_name_of_the_organization_is_answered(bo: User) -> None:
    caller = Caller(bo, token=True)
    assert caller.get("/api/0/organizations/acme/")["slug"] == "acme"
    assert [each["slug"] for each in caller.get("/api/0/organizations/?per_page=100")] == ["rustrak"]


def test_teams_and_people(bo: User, cy: User, shop: Project) -> None:
    team = Team.objects.create(name="Payments", slug="payments")
    team.members.add(bo, cy)
    Team.objects.create(name="Elsewhere", slug="elsewhere").members.add(cy)
    caller = Caller(bo, token=True)
    [listed] = caller.get("/api/0/organizations/acme/teams/")
    assert (listed["slug"], listed["memberCount"], listed["isMember"]) == ("payments", 2, True)
    assert [each["email"] for each in caller.get("/api/0/organizations/acme/members/")] == ["bo@example.org"]
