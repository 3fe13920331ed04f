"""What is done to people, and that the last admins stay what they are."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client

from accounts import admins, people, projects
from accounts.models import ApiToken, AuditEntry, Membership, Project, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
Role = User.Role


@pytest.fixture
def eve(db: None) -> User:
    """Another admin of the installation."""
    return User.objects.create_user("eve@example.org", PASSWORD, role=Role.ADMIN)


def _by_command(person: User, what: str) -> None:
    command = ("set_role", person.email, "member") if what == "demote" else ("deactivate_user", person.email)
    try:
        call_command(*command)
    except CommandError as error:
        raise admins.LastAdmin(str(error)) from None


def _by_code(person: User, what: str) -> None:
    if what == "demote":
        people.set_role(person, Role.MEMBER, by=person)
    else:
        people.deactivate(person, by=person)


@pytest.mark.parametrize("what", ["demote", "deactivate"])
@pytest.mark.parametrize("road", [_by_code, _by_command])
def test_the_last_admin_stays(ana: User, eve: User, what: str, road: Callable[[User, str], None]) -> None:
    User.objects.filter(pk=eve.pk).update(is_active=False)
    with pytest.raises(admins.LastAdmin, match="only admin"):
        road(ana, what)
    ana.refresh_from_db()
    assert (ana.role, ana.is_active) == (Role.OWNER, True)
    assert not AuditEntry.objects.exists()


def test_the_last_admin_of_a_project_stays(ana: User, bo: User, shop: Project) -> None:
    Membership.objects.update(role="admin")
    with pytest.raises(projects.LastProjectAdmin, match="only admin of Shop"):
        people.deactivate(bo, by=ana)
    Membership.objects.create(user=ana, project=shop, role="admin")
    people.deactivate(bo, by=ana)
    assert not User.objects.filter(pk=bo.pk, is_active=True).exists()


def test_only_an_owner_changes_an_owner_or_makes_one(ana: User, bo: User, eve: User) -> None:
    second = User.objects.create_user("second@example.org", PASSWORD, role=Role.OWNER)
    for act in (people.deactivate, people.reactivate):
        with pytest.raises(people.NotAllowed):
            act(second, by=eve)
    for person, role in ((second, Role.MEMBER), (bo, Role.OWNER)):
        with pytest.raises(people.NotAllowed):
            people.set_role(person, role, by=eve)
    for nobody in (bo, User.objects.create_user("a@example.org", PASSWORD, role=Role.AUDITOR)):
        with pytest.raises(people.NotAllowed):
            people.set_role(bo, Role.ADMIN, by=nobody)
    people.set_role(bo, Role.OWNER, by=ana)
    people.set_role(bo, Role.AUDITOR, by=ana)
    assert AuditEntry.objects.latest("id").details == {"role": {"was": "owner", "is": "auditor"}}


def test_deactivating_ends_sessions_and_tokens_at_once(
    ana: User, bo: User, sign_in: Callable[[User], Client]
) -> None:
    browser, (_, text) = sign_in(bo), ApiToken.objects.issue(bo)
    people.deactivate(bo, by=ana)
    assert browser.get("/profile/").status_code == 302
    headers: Any = {"Authorization": f"Bearer {text}"}
    assert Client().get("/api/projects", headers=headers).status_code == 401
    people.reactivate(bo, by=ana)
    assert browser.get("/profile/").status_code == 302
    assert Client().get("/api/projects", headers=headers).status_code == 401
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["person.deactivate", "person.reactivate"]


@pytest.mark.django_db(transaction=True)
def test_two_admins_cannot_demote_each_other_at_the_same_time(ana: User, eve: User) -> None:
    User.objects.filter(pk=eve.pk).update(role=Role.OWNER)

    def demote(person: User, by: User) -> str:
        try:
            people.set_role(person, Role.MEMBER, by=by)
        except (people.NotAllowed, admins.LastAdmin) as refused:
            return type(refused).__name__
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(demote, (ana, eve), (eve, ana)))
    assert sorted(outcomes) == ["NotAllowed", "done"]
    assert User.objects.filter(role=Role.OWNER, is_active=True).count() == 1
