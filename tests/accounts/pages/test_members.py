"""The members of a project, and the invitations to it."""

from __future__ import annotations

import re
from datetime import timedelta
from unittest import mock
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client

from accounts import invitations
from accounts.models import Invitation, Membership, Project, User
from rustrak.lib import clock
from tests.conftest import PASSWORD

MEMBERS = "/projects/shop/settings/members/"
INVITE = f"{MEMBERS}invitations/"


@pytest.fixture
def boss(shop: Project, cy: User) -> User:
    """Cy as an admin of Shop, but not of the installation."""
    Membership.objects.create(user=cy, project=shop, role="admin")
    return cy


def test_members_are_added_changed_and_removed(boss: User, shop: Project, sign_in) -> None:
    client = sign_in(boss)
    dee = User.objects.create_user("dee@example.org", "x")
    client.post(MEMBERS, {"email": "Dee@Example.org", "role": "member"})
    membership = Membership.objects.get(user=dee)
    url = f"{MEMBERS}{membership.pk}/"
    client.post(url, {"action": "role", "role": "viewer"})
    membership.refresh_from_db()
    assert membership.role == "viewer"
    client.post(url, {"action": "role", "role": "owner"})
    membership.refresh_from_db()
    assert membership.role == "viewer"
    client.post(url, {"action": "remove"})
    assert not Membership.objects.filter(user=dee).exists()


def test_somebody_who_is_a_member_cannot_be_added_again(boss: User, shop: Project, sign_in) -> None:
    url, client = MEMBERS, sign_in(boss)
    answer = client.post(url, {"email": boss.email, "role": "member"})
    assert "This person is already a member." in answer.content.decode()


def test_adding_a_member_does_not_tell_who_has_an_account(boss: User, shop: Project, sign_in) -> None:
    User.objects.create_user(
        "has@example.org", "x", name="Dee Doe", last_login=clock.now() - timedelta(days=1)
    )
    off = User.objects.create_user("off@example.org", "x", is_active=False)
    client, pages = sign_in(boss), []
    for email in ("has@example.org", "new@example.org", off.email):
        for _ in range(2):
            page = client.post(MEMBERS, {"email": email, "role": "admin"}, follow=True).content.decode()
            pk = Membership.objects.get(email=email).pk
            # Tokens against forgery differ with each page.
            page = re.sub('value="[^"]{64}"', "", page).replace(email, "EMAIL").replace(f"/{pk}/", "/ID/")
            pages.append(page)
        client.post(f"{MEMBERS}{pk}/", {"action": "role", "role": "viewer"}, follow=True)
        client.post(f"{MEMBERS}{pk}/", {"action": "remove"}, follow=True)
    assert pages[0] == pages[2] == pages[4]
    assert pages[1] == pages[3] == pages[5]
    assert "Dee Doe" not in pages[0]


def test_a_project_has_a_limited_number_of_members(boss: User, shop: Project, sign_in) -> None:
    client = sign_in(boss)
    with mock.patch("accounts.projects.MOST_MEMBERS", 3):
        for name in "defg":
            fields = {"email": f"{name}@example.org", "role": "member"}
            page = client.post(MEMBERS, fields).content.decode()
    assert "A project has at most 3 members." in page
    assert shop.memberships.count() == 3


def test_an_admin_who_removes_themselves_is_redirected(boss: User, shop: Project, sign_in) -> None:
    membership = Membership.objects.get(user=boss)
    other = User.objects.create_user("other@example.org")
    Membership.objects.create(user=other, project=shop, role="admin")
    answer = sign_in(boss).post(f"{MEMBERS}{membership.pk}/", {"action": "remove"})
    assert answer["Location"] == "/"


@pytest.mark.parametrize("action", ["remove", "role"])
def test_the_only_admin_of_a_project_stays(
    boss: User, ana: User, shop: Project, sign_in, action: str
) -> None:
    membership = Membership.objects.get(user=boss)
    for user in (boss, ana):
        url = f"{MEMBERS}{membership.pk}/"
        page = sign_in(user).post(url, {"action": action, "role": "member"}, follow=True).content.decode()
        assert f"{boss.email} is the only admin of Shop. Make another member an admin first." in page
    membership.refresh_from_db()
    assert membership.role == "admin"


def test_an_invitation_is_made_shown_once_renewed_and_revoked(boss: User, shop: Project, sign_in) -> None:
    client = sign_in(boss)
    page = client.post(INVITE, {"invite-role": "viewer", "invite-days": "1"}).content.decode()
    made = Invitation.objects.get()
    assert {one.project: one.role for one in made.grants.all()} == {shop: "viewer"}
    (link,) = re.findall(r'<code id="invitation-link">([^<]+)<', page)
    assert link not in client.get(MEMBERS).content.decode()
    assert client.get(INVITE)["Location"] == MEMBERS  # who opens the address again
    renewed = client.post(f"{INVITE}{made.pk}/", {"action": "renew"}).content.decode()
    (new_link,) = re.findall(r'<code id="invitation-link">([^<]+)<', renewed)
    assert new_link != link
    assert Client().get(urlsplit(link).path).status_code == 404
    assert Client().get(urlsplit(new_link).path).status_code == 200
    assert client.post(f"{INVITE}{made.pk}/", {"action": "revoke"}).status_code == 302
    assert "This invitation was revoked." in Client().get(urlsplit(new_link).path).content.decode()


def test_an_invitation_to_more_is_not_theirs_to_change(boss: User, ana: User, shop: Project, sign_in) -> None:
    other = Project.objects.create(name="Other", slug="other")
    made, _ = invitations.create(ana, grants={shop: "viewer", other: "viewer"})
    elsewhere, _ = invitations.create(ana, grants={other: "viewer"})
    client = sign_in(boss)
    page = client.post(f"{INVITE}{made.pk}/", {"action": "revoke"}, follow=True).content.decode()
    assert "gives more than you can" in page
    assert client.post(f"{INVITE}{elsewhere.pk}/", {"action": "revoke"}).status_code == 404
    assert Invitation.objects.filter(revoked_at=None).count() == 2


def test_plain_members_see_each_other_and_no_invitations(bo: User, ana: User, shop: Project, sign_in) -> None:
    invitations.create(ana, email="dee@example.org", grants={shop: "viewer"})
    page = sign_in(bo).get(MEMBERS).content.decode()
    assert bo.email in page
    assert "dee@example.org" not in page
    assert "<select" not in page


def test_inviting_does_not_tell_who_has_an_account(boss: User, sign_in) -> None:
    User.objects.create_user("has@example.org", PASSWORD)
    pages = []
    with time_machine.travel(clock.now(), tick=False):
        for email in ("has@example.org", "new@example.org"):
            fields = {"invite-email": email, "invite-role": "member", "invite-days": "7"}
            page = sign_in(boss).post(INVITE, fields).content.decode()
            link = urlsplit(re.findall(r'<code id="invitation-link">([^<]+)<', page)[0]).path
            of_stranger = Client().get(link).content.decode().replace(link.split("/")[2], "SECRET")
            pages.append(re.sub('value="[^"]{64}"', "", of_stranger).replace(email, "EMAIL"))
    assert pages[0] == pages[1]
