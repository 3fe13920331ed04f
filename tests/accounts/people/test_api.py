"""/api/users"""

from __future__ import annotations

import pytest

from accounts.models import Membership, Project, User
from tests.conftest import PASSWORD
from tests.lib.json_api import Caller, error_of

pytestmark = pytest.mark.django_db


def test_people_are_listed_read_and_changed(ana: User, bo: User) -> None:
    caller = Caller(ana)
    assert [each["email"] for each in caller.all("/api/users", limit=1)] == [
        "ana@example.org",
        "bo@example.org",
    ]
    assert [each["email"] for each in caller.all("/api/users?q=BO&role=member&is_active=true")] == [
        "bo@example.org"
    ]
    one = caller.get(f"/api/users/{bo.pk}")
    assert (one["role"], one["projects"], one["has_second_factor"], one["last_seen_at"]) == (
        "member",
        1,
        False,
        None,
    )
    changed = caller("PATCH", f"/api/users/{bo.pk}", {"role": "auditor", "is_active": False}).json()
    assert (changed["role"], changed["is_active"]) == ("auditor", False)
    assert caller("PATCH", f"/api/users/{bo.pk}", {"is_active": True}).json()["is_active"] is True


def test_others_may_not(ana: User, bo: User) -> None:
    auditor = User.objects.create_user("dee@example.org", PASSWORD, role="auditor")
    for user in (bo, auditor):
        assert error_of(Caller(user)("PATCH", f"/api/users/{bo.pk}", {"role": "admin"})) == (403, "Forbidden")
    assert error_of(Caller(bo)("GET", "/api/users"))[0] == 403
    assert len(Caller(auditor).all("/api/users")) == 3
    assert error_of(Caller(ana)("GET", "/api/users/99999999999999999999999")) == (404, "NotFound")
    assert error_of(Caller(ana)("PATCH", f"/api/users/{bo.pk}", {"role": "king"}))[0] == 400


def test_an_admin_of_a_project_learns_nothing_of_other_people(ana: User, bo: User) -> None:
    Membership.objects.filter(user=bo).update(role="admin")
    for body in ({}, {"role": "admin"}):
        assert error_of(Caller(bo)("PATCH", f"/api/users/{ana.pk}", body)) == (403, "Forbidden")


def test_the_last_ones_stay(ana: User, bo: User, shop: Project) -> None:
    Membership.objects.update(role="admin")
    caller = Caller(ana)
    for person, body in (
        (ana, {"role": "member"}),
        (ana, {"is_active": False}),
        (bo, {"is_active": False}),
        (bo, {"role": "auditor"}),
    ):
        assert error_of(caller("PATCH", f"/api/users/{person.pk}", body)) == (409, "Conflict")
    User.objects.filter(pk=bo.pk).update(role="admin")
    assert error_of(Caller(bo)("PATCH", f"/api/users/{ana.pk}", {"role": "member"})) == (403, "Forbidden")
    assert set(User.objects.values_list("role", flat=True)) == {"owner", "admin"}


def test_an_admin_of_a_project_learns_of_nobody_by_changing_nothing(
    bo: User, cy: User, shop: Project
) -> None:
    Membership.objects.filter(user=bo).update(role="admin")
    answer = Caller(bo)("PATCH", f"/api/users/{cy.pk}", {})
    assert (answer.status_code, cy.email in answer.content.decode()) == (403, False)
