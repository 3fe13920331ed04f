from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.models import Invitation, Project, User
from tests.conftest import PASSWORD

INVITE = "/people/invitations/"


def test_an_invitation_to_the_installation(ana: User, shop: Project, sign_in) -> None:
    client = sign_in(ana)
    sent = {
        "invite-installation_role": "auditor",
        "invite-projects": [str(shop.pk)],
        "invite-role": "viewer",
        "invite-days": "30",
    }
    page = client.post(INVITE, sent).content.decode()
    made = Invitation.objects.get()
    assert (made.role, [(one.project, one.role) for one in made.grants.all()]) == (
        "auditor",
        [(shop, "viewer")],
    )
    assert re.search(r'<code id="invitation-link">[^<]+<', page)
    assert 'id="invitation-link"' not in client.get(INVITE).content.decode()
    assert 'id="invitation-link"' in client.post(f"{INVITE}{made.pk}/", {"action": "renew"}).content.decode()
    client.post(f"{INVITE}{made.pk}/", {"action": "revoke"})
    assert Invitation.objects.exclude(revoked_at=None).exists()


@pytest.mark.parametrize(
    ("field", "value"), [("installation_role", "owner"), ("projects", "999"), ("days", "5000")]
)
def test_what_the_form_does_not_offer_is_refused(
    ana: User, shop: Project, sign_in, field: str, value: str
) -> None:
    admin = User.objects.create_user("admin@example.org", PASSWORD, role="admin")
    sent = {"invite-installation_role": "member", "invite-role": "viewer", "invite-days": "7"}
    page = sign_in(admin).post(INVITE, {**sent, f"invite-{field}": value})
    assert "Select a valid choice" in page.content.decode()
    assert not Invitation.objects.exists()


def test_an_owners_invitation_is_not_an_admins_to_renew(ana: User, sign_in) -> None:
    sign_in(ana).post(
        INVITE, {"invite-installation_role": "owner", "invite-role": "viewer", "invite-days": "7"}
    )
    admin = User.objects.create_user("admin@example.org", PASSWORD, role="admin")
    client: Client = sign_in(admin)
    page = client.post(f"{INVITE}{Invitation.objects.get().pk}/", {"action": "renew"}, follow=True)
    assert "Only an owner" in page.content.decode()
    assert 'id="invitation-link"' not in page.content.decode()


def test_nobody_resets_their_own_second_factors_as_an_admin(ana: User, cy: User, sign_in) -> None:
    for user in (ana, cy):
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={})
    page = sign_in(ana).post(f"/people/{ana.pk}/", {"action": "reset"}, follow=True).content.decode()
    assert "on the page of your security" in page
    sign_in(ana).post(f"/people/{cy.pk}/", {"action": "reset"})
    assert [one.user for one in Authenticator.objects.all()] == [ana]
