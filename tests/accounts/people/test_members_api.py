"""/api/projects/{project_id}/members"""

from __future__ import annotations

import pytest

from accounts.models import Membership, Project, User
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db


def test_members_are_added_listed_changed_and_removed(shop: Project, bo: User, cy: User) -> None:
    Membership.objects.filter(user=bo).update(role="admin")
    caller, path = Caller(bo), f"/api/projects/{shop.pk}/members"
    assert Caller(cy)("GET", path).status_code == 404
    made = caller("POST", path, {"email": "Cy@example.org", "role": "viewer"})
    assert made.status_code == 201, made.content
    member = made.json()
    # Nothing tells whether there is an account.
    assert (member["email"], member["name"], member["role"]) == ("cy@example.org", "", "viewer")
    awaited = caller("POST", path, {"email": "eve@example.org"}).json()
    assert set(awaited) == set(member)
    assert [each["email"] for each in caller.all(path, limit=2)] == [
        "bo@example.org",
        "cy@example.org",
        "eve@example.org",
    ]
    assert len(Caller(cy).all(path)) == 3
    one = f"{path}/{member['id']}"
    assert error_of(Caller(cy)("PATCH", one, {"role": "admin"})) == (403, "Forbidden")
    assert caller("PATCH", one, {"role": "admin"}).json()["role"] == "admin"
    assert caller("DELETE", f"{path}/{awaited['id']}").status_code == 204
    assert caller("DELETE", one).status_code == 204
    assert error_of(caller("DELETE", one)) == (404, "NotFound")


def test_what_is_refused(shop: Project, bo: User, ana: User) -> None:
    other = Project.objects.create(name="Other", slug="other")
    Membership.objects.filter(user=bo).update(role="admin")
    own = Membership.objects.get(user=bo).pk
    caller, path = Caller(ana), f"/api/projects/{shop.pk}/members"
    assert error_of(caller("POST", path, {"email": "bo@example.org"})) == (409, "Conflict")
    for bad in (
        {},
        {"email": "x"},
        {"email": "a b@example.org"},
        {"email": "a@example.org", "role": "owner"},
    ):
        assert error_of(caller("POST", path, bad))[0] == 400, bad
    assert error_of(caller("PATCH", f"{path}/{own}", {"role": "viewer"})) == (409, "Conflict")
    assert error_of(caller("DELETE", f"{path}/{own}")) == (409, "Conflict")
    for number in (own + 99, 10**30):
        assert error_of(caller("DELETE", f"{path}/{number}")) == (404, "NotFound")
    assert error_of(caller("DELETE", f"/api/projects/{other.pk}/members/{own}")) == (404, "NotFound")
    assert Membership.objects.get().role == "admin"
