"""/api/projects/{project_id}/teams"""

from __future__ import annotations

import pytest

from accounts.models import Membership, Project, Team, User
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db


def test_a_role_is_given_changed_listed_and_taken(shop: Project, bo: User, cy: User) -> None:
    Membership.objects.filter(user=bo).update(role="admin")
    team = Team.objects.create(name="Payments", slug="payments")
    team.members.set([bo, cy])
    caller, path = Caller(bo), f"/api/projects/{shop.pk}/teams"
    assert Caller(cy)("GET", path).status_code == 404
    given = caller("PUT", f"{path}/{team.pk}", {"role": "viewer"})
    assert given.status_code == 200, given.content
    assert given.json() | {"created_at": ""} == {
        "team_id": team.pk, "slug": "payments", "name": "Payments", "role": "viewer", "members": 2, "created_at": "",
    }  # fmt: skip
    assert [each["role"] for each in Caller(cy).get(path)] == ["viewer"]
    assert caller("PUT", f"{path}/{team.pk}", {"role": "member"}).json()["role"] == "member"
    assert caller.get(f"/api/teams/{team.pk}")["projects"] == [
        {"project_id": shop.pk, "slug": "shop", "role": "member"}
    ]
    assert error_of(Caller(cy)("DELETE", f"{path}/{team.pk}"))[0] == 403
    assert caller("DELETE", f"{path}/{team.pk}").status_code == 204
    assert error_of(caller("DELETE", f"{path}/{team.pk}")) == (404, "NotFound")
    assert Caller(cy)("GET", path).status_code == 404


def test_bad_roles_and_teams(shop: Project, ana: User) -> None:
    team = Team.objects.create(name="Payments", slug="payments")
    caller, path = Caller(ana), f"/api/projects/{shop.pk}/teams"
    for body in ({"role": "owner"}, {"role": None}, {}):
        assert error_of(caller("PUT", f"{path}/{team.pk}", body))[0] == 400, body
    for number in (team.pk + 1, 10**30):
        assert error_of(caller("PUT", f"{path}/{number}", {"role": "viewer"})) == (404, "NotFound")
    assert caller.get(path) == []
