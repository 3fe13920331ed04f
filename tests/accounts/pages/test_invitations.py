from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.test import Client

from accounts import invitations, projects
from accounts.models import AuditEntry, Invitation, Membership, Project, User
from accounts.sign_in import limits
from tests.conftest import PASSWORD


def path(secret: str) -> str:
    return urlsplit(invitations.link(secret)).path


@pytest.mark.parametrize("registration", ["open", "invite", "closed"])
def test_a_new_person_makes_an_account_and_joins(
    ana: User, shop: Project, settings: Any, registration: str
) -> None:
    settings.REGISTRATION = registration
    _, secret = invitations.create(ana, role="auditor", grants={shop: "viewer"})
    client = Client()
    page = client.get(path(secret))
    assert "ana@example.org" in page.content.decode()
    assert "Viewer of" in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert not Membership.objects.exists()  # a program that follows links uses nothing up
    fields = {"email": "Dee@Example.org", "name": "Dee", "password": PASSWORD}
    answer = client.post(path(secret), {**fields, "role": "owner", "is_active": "1"})
    assert answer["Location"] == "/projects/shop/issues/"
    assert client.get(answer["Location"]).status_code == 200
    dee = User.objects.get(email="dee@example.org")
    assert (dee.name, dee.role, dee.memberships.get().role) == ("Dee", "auditor", "viewer")
    assert list(AuditEntry.objects.order_by("id").values_list("action", "actor_name"))[1:] == [
        ("person.create", dee.email), ("member.add", dee.email), ("invitation.accept", dee.email),
    ]  # fmt: skip
    again = Client().post(path(secret), {**fields, "email": "eve@example.org"})
    assert (again.status_code, User.objects.count()) == (404, 2)
    assert "accepted already" in again.content.decode()
    assert client.get(path(secret))["Location"] == "/"  # whose button was pressed twice


def test_an_address_is_the_new_accounts_own_and_nothing_that_waits_for_it(ana: User, shop: Project) -> None:
    projects.add_member(projects.create("Waiting"), "dee@example.org")
    _, secret = invitations.create(ana, email="dee@example.org", grants={shop: "member"})
    Client().post(path(secret), {"email": "eve@example.org", "password": PASSWORD})
    dee = User.objects.get(email="dee@example.org")
    assert [one.project for one in dee.memberships.all()] == [shop]
    assert User.objects.count() == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"password": "12345678"}, "too common"),
        ({"password": "dee@example.org"}, "too similar"),
        ({"email": "ana@example.org"}, "already exists"),
        ({"email": "x"}, "valid email"),
    ],
)
def test_what_is_refused_uses_nothing_up(ana: User, fields: dict[str, str], words: str) -> None:
    _, secret = invitations.create(ana)
    answer = Client().post(path(secret), {"email": "dee@example.org", "password": PASSWORD, **fields})
    assert words in answer.content.decode()
    assert User.objects.count() == 1
    assert invitations.find(secret)


def test_an_account_that_is_there_confirms_first(
    ana: User, bo: User, cy: User, shop: Project, sign_in
) -> None:
    _, secret = invitations.create(ana, grants={shop: "viewer"})
    client = sign_in(cy)
    assert "Join as cy@example.org" in client.get(path(secret)).content.decode()
    assert not Membership.objects.filter(user=cy).exists()
    refused = Client(enforce_csrf_checks=True)
    refused.force_login(cy, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert refused.post(path(secret)).status_code == 403
    assert client.post(path(secret))["Location"] == "/projects/shop/issues/"
    assert Membership.objects.get(user=cy).role == "viewer"
    assert sign_in(bo).post(path(secret)).status_code == 404


def test_the_way_over_the_sign_in_page(ana: User, cy: User, shop: Project) -> None:
    _, secret = invitations.create(ana, grants={shop: "viewer"})
    client = Client()
    assert (
        f'href="/accounts/login/?next={quote(path(secret), safe="")}"'
        in client.get(path(secret)).content.decode()
    )
    signed_in = client.post(
        f"/accounts/login/?next={path(secret)}", {"login": cy.email, "password": PASSWORD}
    )
    assert signed_in["Location"] == path(secret)


def test_somebody_else_is_told_whose_it_is(ana: User, cy: User, shop: Project, sign_in) -> None:
    _, secret = invitations.create(ana, email="dee@example.org", grants={shop: "viewer"})
    for answer in (sign_in(cy).get(path(secret)), sign_in(cy).post(path(secret))):
        assert "You are signed in as cy@example.org" in answer.content.decode()
    assert not Membership.objects.exists()


def test_wrong_links_are_limited_and_right_ones_are_not(
    ana: User, cy: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "WRONG_INVITATIONS", 2)
    codes = [Client().get(f"/invitations/{number}/").status_code for number in range(3)]
    assert codes == [404, 404, 429]
    assert Client().get(path(invitations.create(ana)[1])).status_code == 200


def test_accounts_by_links_count_as_registrations(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SIGN_UPS_PER_NETWORK", 1)
    fields = {"email": "ana@example.org", "password": PASSWORD}
    _, secret = invitations.create(ana)
    assert [Client().post(path(secret), fields).status_code for _ in range(2)] == [200, 429]
    assert Invitation.objects.get().accepted_at is None
