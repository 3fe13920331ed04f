from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.db import connections

from accounts import invitations, people, projects
from accounts.models import Invitation, Membership, Project, User
from rustrak.lib import clock


def roles(user: User) -> dict[str, str]:
    return dict(Membership.objects.filter(user=user).values_list("project__name", "role"))


def test_a_link_joins_its_projects_once(ana: User, shop: Project, cy: User, bo: User) -> None:
    other = projects.create("Other")
    projects.add_member(projects.create("Waiting"), "dee@example.org")
    _, secret = invitations.create(ana, grants={shop: "viewer", other: "admin"})
    dee = User.objects.create_user("dee@example.org")
    invitations.join(secret, dee)
    assert roles(dee) == {"Shop": "viewer", "Other": "admin"}  # nothing shows that the address is theirs
    assert Invitation.objects.get().accepted_by == dee
    with pytest.raises(invitations.Gone, match="accepted already"):
        invitations.accept(secret, cy)
    assert roles(cy) == {}


@pytest.mark.parametrize(
    ("has", "is_given", "becomes"),
    [("viewer", "admin", "admin"), ("member", "viewer", "member"), ("admin", "member", "admin")],
)
def test_no_role_in_a_project_becomes_less(
    ana: User, shop: Project, bo: User, has: str, is_given: str, becomes: str
) -> None:
    Membership.objects.filter(user=bo).update(role=has)
    invitations.accept(invitations.create(ana, grants={shop: is_given})[1], bo)
    assert roles(bo) == {"Shop": becomes}


@pytest.mark.parametrize(
    ("has", "is_given", "becomes"),
    [("member", "admin", "admin"), ("owner", "admin", "owner"), ("admin", "auditor", "admin")],
)
def test_nor_in_the_installation(ana: User, cy: User, has: str, is_given: str, becomes: str) -> None:
    User.objects.filter(pk=cy.pk).update(role=has)
    cy.refresh_from_db()
    invitations.accept(invitations.create(ana, role=is_given)[1], cy)
    assert User.objects.get(pk=cy.pk).role == becomes


def test_an_address_binds_the_link(ana: User, bo: User, cy: User, shop: Project) -> None:
    _, secret = invitations.create(ana, email="Cy@example.org", grants={shop: "viewer"})
    with pytest.raises(invitations.Gone, match=r"for cy@example\.org"):
        invitations.accept(secret, bo)
    invitations.accept(secret, cy)
    assert roles(cy) == {"Shop": "viewer"}


def _expire(by: User, project: Project) -> None:
    Invitation.objects.update(expires_at=clock.now())


def _revoke(by: User, project: Project) -> None:
    invitations.revoke(Invitation.objects.get())


def _deactivate(by: User, project: Project) -> None:
    people.deactivate(by, None)


def _demote(by: User, project: Project) -> None:
    projects.set_role(project, Membership.objects.get(user=by).pk, "member")


def _remove(by: User, project: Project) -> None:
    projects.remove_member(project, Membership.objects.get(user=by).pk)


def _make_auditor(by: User, project: Project) -> None:
    people.set_role(by, "auditor", None)


def _delete_project(by: User, project: Project) -> None:
    Project.objects.update(deleting_at=clock.now())


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (_expire, "expired"),
        (_revoke, "revoked"),
        (_deactivate, "may no longer invite"),
        (_demote, "may no longer invite"),
        (_remove, "may no longer invite"),
        (_make_auditor, "may no longer invite"),
        (_delete_project, "may no longer invite"),
    ],
)
def test_what_ends_a_link(
    ana: User, shop: Project, cy: User, happens: Callable[[User, Project], None], words: str
) -> None:
    boss = User.objects.create_user("boss@example.org", "x")
    for user in (boss, ana):
        Membership.objects.create(user=user, project=shop, role="admin")
    _, secret = invitations.create(boss, grants={shop: "member"})
    happens(boss, shop)
    for use in (lambda: invitations.find(secret), lambda: invitations.accept(secret, cy)):
        with pytest.raises(invitations.Gone, match=words):
            use()
    assert roles(cy) == {}


def test_an_admin_who_is_no_longer_one_makes_nobody_admin(ana: User, cy: User) -> None:
    admin = User.objects.create_user("admin@example.org", role="admin")
    _, secret = invitations.create(admin, role="admin")
    people.set_role(admin, "member", ana)
    with pytest.raises(invitations.Gone, match="may no longer invite"):
        invitations.accept(secret, cy)
    assert User.objects.get(pk=cy.pk).role == "member"


def test_a_full_project_lets_nobody_in(
    ana: User, shop: Project, cy: User, bo: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projects, "MOST_MEMBERS", 1)
    _, secret = invitations.create(ana, role="admin", grants={shop: "viewer"})
    with pytest.raises(invitations.Gone, match="1 members"):
        invitations.accept(secret, cy)
    assert User.objects.get(pk=cy.pk).role == "member"  # all or nothing


@pytest.mark.parametrize("secret", ["", "x", "x" * 5000, "\0", "é"])
def test_any_text_may_be_asked_for(db: None, secret: str) -> None:
    with pytest.raises(invitations.Gone) as gone:
        invitations.find(secret)
    assert gone.value.is_unknown


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_cannot_use_the_same_link(ana: User, shop: Project) -> None:
    _, secret = invitations.create(ana, grants={shop: "viewer"})
    users = [User.objects.create_user(f"user{number}@example.org") for number in range(2)]

    def use(user: User) -> bool:
        try:
            invitations.accept(secret, user)
        except invitations.Gone:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(use, users)) == [False, True]
    assert shop.memberships.count() == 1


def test_it_is_valid_to_the_last_moment(ana: User) -> None:
    with time_machine.travel(clock.now(), tick=False) as time:
        _, secret = invitations.create(ana, days=1)
        time.shift(timedelta(days=1, seconds=-1))
        invitations.find(secret)
        time.shift(timedelta(seconds=1))
        with pytest.raises(invitations.Gone):
            invitations.find(secret)
