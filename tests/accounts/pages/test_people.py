"""/people/: who sees it, what it shows, and what admins do there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.test import Client

from accounts.models import Membership, Project, Team, TeamProject, User
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


def test_who_sees_the_people(ana: User, bo: User, sign_in: SignIn) -> None:
    auditor = User.objects.create_user("dee@example.org", PASSWORD, role="auditor")
    for path in ("/people/", f"/people/{bo.pk}/"):
        assert sign_in(ana).get(path).status_code == 200
        assert sign_in(bo).get(path).status_code == 403
        page = sign_in(auditor).get(path)
        assert page.status_code == 200
        assert b'method="post" action="/people/' not in page.content
    assert sign_in(auditor).post(f"/people/{bo.pk}/", {"action": "deactivate"}).status_code == 403
    assert sign_in(ana).get(f"/people/{bo.pk + 1000}/").status_code == 404


def test_the_list_searches_and_pages_with_few_queries(
    ana: User, bo: User, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    User.objects.bulk_create(
        [
            User(email=f"p{number:03}@example.org", role="auditor" if number == 7 else "member")
            for number in range(60)
        ]
    )
    client = sign_in(ana)
    with django_assert_max_num_queries(16):
        answer = client.get("/people/")
    page = answer.content.decode()
    assert page.count("<tr>") == 51
    assert "p047@" in page
    assert "p048@" not in page
    after = client.get(f"/people/{answer.context['more']}")
    assert "p048@" in after.content.decode()

    def found(query: str) -> list[str]:
        return [person.email for person, _ in client.get(f"/people/?{query}").context["rows"]]

    assert found("q=P00&role=auditor") == ["p007@example.org"]
    assert found("q=bo@&state=deactivated") == []
    assert found("q=%00bo@") == ["bo@example.org"]
    assert len(found("role=king&state=x&cursor=x")) == 50


def test_a_person_has_roles_of_their_own_and_by_teams(
    ana: User, bo: User, shop: Project, sign_in: SignIn
) -> None:
    other = Project.objects.create(name="Other", slug="other")
    team = Team.objects.create(name="Payments", slug="payments")
    team.members.add(bo)
    TeamProject.objects.create(team=team, project=other, role="viewer")
    TeamProject.objects.create(team=team, project=shop, role="admin")
    context = sign_in(ana).get(f"/people/{bo.pk}/").context
    assert [(each.name, role, own) for each, role, own in context["projects"]] == [
        ("Other", "viewer", False),
        ("Shop", "admin", True),
    ]


def test_an_admin_changes_a_person(ana: User, bo: User, sign_in: SignIn) -> None:
    client, path = sign_in(ana), f"/people/{bo.pk}/"
    totp.TOTP.activate(bo, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    assert b"Remove second factors" in client.get(path).content
    client.post(path, {"action": "reset"})
    assert not bo.authenticator_set.exists()
    client.post(path, {"action": "role", "role": "auditor"})
    bo_client = sign_in(bo)
    assert bo_client.get("/").status_code == 200
    client.post(path, {"action": "deactivate"})
    assert bo_client.get("/profile/").status_code == 302
    assert b"Reactivate" in client.get(path).content
    client.post(path, {"action": "reactivate"})
    bo.refresh_from_db()
    assert (bo.role, bo.is_active) == ("auditor", True)
    for nothing in ({}, {"action": "role", "role": "king"}, {"action": "delete"}):
        assert client.post(path, nothing).status_code == 302
    bo.refresh_from_db()
    assert bo.role == "auditor"


def test_only_owners_change_owners_and_make_them(ana: User, bo: User, sign_in: SignIn) -> None:
    User.objects.filter(pk=bo.pk).update(role="admin")
    bo.refresh_from_db()
    client = sign_in(bo)
    assert b"Only owners change owners" in client.get(f"/people/{ana.pk}/").content
    for sent in ({"action": "role", "role": "member"}, {"action": "deactivate"}, {"action": "reset"}):
        client.post(f"/people/{ana.pk}/", sent)
        assert b"Only an owner may change an owner" in client.get("/people/").content
    client.post(f"/people/{bo.pk}/", {"action": "role", "role": "owner"})
    assert dict(User.objects.values_list("email", "role")) == {
        "ana@example.org": "owner",
        "bo@example.org": "admin",
    }
    # Who gives the own role away sees the page no more.
    assert client.post(f"/people/{bo.pk}/", {"action": "role", "role": "member"})["Location"] == "/"


def test_an_auditor_is_no_admin_of_a_project(ana: User, bo: User, shop: Project, sign_in: SignIn) -> None:
    Membership.objects.filter(user=bo).update(role="admin")
    client, path = sign_in(ana), f"/people/{bo.pk}/"
    client.post(path, {"action": "role", "role": "auditor"})
    assert b"only admin of Shop" in client.get(path).content
    other = User.objects.create_user("dee@example.org", PASSWORD, role="auditor")
    Membership.objects.create(user=other, project=shop, role="admin")
    client.post(path, {"action": "deactivate"})
    assert b"only admin of Shop" in client.get(path).content
    bo.refresh_from_db()
    assert (bo.role, bo.is_active) == ("member", True)
