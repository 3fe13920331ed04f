"""/api/teams"""

from __future__ import annotations

import pytest

from accounts.models import Membership, Project, User
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db


def test_a_team_is_created_read_changed_and_deleted(ana: User, bo: User, shop: Project) -> None:
    caller = Caller(ana)
    made = caller("POST", "/api/teams", {"name": "Payments", "members": ["bo@example.org"]})
    assert made.status_code == 201, made.content
    team = made.json()
    assert (team["slug"], team["may_change"]) == ("payments", True)
    assert team["members"] == [{"id": bo.pk, "name": "bo", "email": "bo@example.org"}]
    path = f"/api/teams/{team['id']}"
    assert caller.get(path) == team
    seen = Caller(bo).all("/api/teams")
    assert seen == [team | {"may_change": False, "members": [{"id": bo.pk, "name": "bo", "email": None}]}]
    changed = caller("PATCH", path, {"slug": "money", "members": [bo.pk, ana.pk]}).json()
    assert (changed["slug"], len(changed["members"])) == ("money", 2)
    assert caller("DELETE", path).status_code == 204
    assert error_of(caller("GET", path)) == (404, "NotFound")


def test_others_may_not(ana: User, bo: User, cy: User, shop: Project) -> None:
    team = Caller(ana)("POST", "/api/teams", {"name": "Payments", "members": [bo.pk]}).json()
    path = f"/api/teams/{team['id']}"
    assert error_of(Caller(cy)("GET", path)) == (404, "NotFound")
    assert error_of(Caller(cy)("POST", "/api/teams", {"name": "A"})) == (403, "Forbidden")
    assert error_of(Caller(bo)("PATCH", path, {"name": "A"})) == (403, "Forbidden")
    assert error_of(Caller(bo)("DELETE", path)) == (403, "Forbidden")
    Membership.objects.update(role="admin")
    assert Caller(bo)("PATCH", path, {"name": "A"}).status_code == 200
    assert error_of(Caller(ana)("POST", "/api/teams", {"name": "a"})) == (409, "Conflict")
    assert error_of(Caller(bo)("PATCH", path, {"members": ["cy@example.org"]})) == (400, "ValidationError")
    assert error_of(Caller(ana)("GET", f"/api/teams/{10**30}"))[0] == 404
