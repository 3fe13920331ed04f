from __future__ import annotations

from typing import Any

import pytest

from accounts import admins, invitations
from accounts.models import ApiToken, Membership, Project, ProviderIdentity, User
from accounts.oidc.people import NeedsPassword, Refused, connect, person
from rustrak.lib import problems
from rustrak.openid.identity import Identity
from tests.lib.openid_provider import ISSUER, provider

pytestmark = pytest.mark.django_db
HERE = "192.0.2.1"


def identity(
    email: str = "new@example.org", subject: str = "7", *, verified: bool = True, name: str = ""
) -> Identity:
    return Identity(ISSUER, subject, email, verified, name)


def without_password(user: User) -> User:
    user.set_unusable_password()
    user.save()
    return user


def test_a_known_identity_is_the_account_whatever_its_address_is_now(bo: User) -> None:
    connect(bo, identity("bo@example.org"))
    assert person(provider(), identity("cy@example.org", verified=False), HERE) == bo
    assert ProviderIdentity.objects.get().email == "cy@example.org"


def test_the_identity_of_another_issuer_is_somebody_else(bo: User) -> None:
    connect(bo, identity("bo@example.org"))
    with pytest.raises(Refused):
        person(provider(), Identity("https://other.example.org", "7", "", False), HERE)


def test_an_account_is_never_found_by_an_address_that_is_not_confirmed(bo: User) -> None:
    without_password(bo)
    with pytest.raises(Refused, match="confirm"):
        person(provider(), identity("bo@example.org", verified=False), HERE)
    assert not ProviderIdentity.objects.exists()


def test_an_account_with_a_password_needs_it(bo: User) -> None:
    with pytest.raises(NeedsPassword):
        person(provider(), identity("bo@example.org"), HERE)


def test_an_account_without_one_is_connected(bo: User) -> None:
    without_password(bo)
    assert person(provider(), identity("bo@example.org"), HERE) == bo


def test_an_address_that_changed_hands_does_not_open_the_account(bo: User) -> None:
    connect(bo, identity("bo@example.org", "7"))
    without_password(bo)
    with pytest.raises(Refused, match="before"):
        person(provider(), identity("bo@example.org", "8"), HERE)


def test_without_passwords_what_a_stranger_may_have_set_up_ends(bo: User, settings: Any) -> None:
    settings.OIDC = provider(is_only_way=True)
    ApiToken.objects.issue(bo)
    assert person(settings.OIDC, identity("bo@example.org"), HERE) == bo
    bo.refresh_from_db()
    assert not bo.has_usable_password()
    assert not bo.api_tokens.exists()


def test_nobody_deactivated(bo: User) -> None:
    connect(bo, identity("bo@example.org"))
    User.objects.filter(pk=bo.pk).update(is_active=False)
    for one in (identity("bo@example.org"), identity("bo@example.org", "8")):
        with pytest.raises(Refused, match="disabled"):
            person(provider(), one, HERE)


@pytest.mark.parametrize(
    ("registration", "creates", "awaited", "joins"),
    [
        ("open", False, False, True),
        ("invite", False, False, False),
        ("invite", False, True, True),
        ("invite", True, False, True),
        ("closed", False, True, False),
        ("closed", True, False, True),
    ],
)
def test_who_gets_an_account(
    ana: User, shop: Project, settings: Any, registration: str, creates: bool, awaited: bool, joins: bool
) -> None:
    settings.REGISTRATION = registration
    if awaited:
        Membership.objects.create(project=shop, email="new@example.org")
    if not joins:
        with pytest.raises(Refused, match="no account"):
            person(provider(creates_accounts=creates), identity(), HERE)
        assert not User.objects.filter(email="new@example.org").exists()
        return
    user = person(provider(creates_accounts=creates), identity(name="New\0 Person" + "x" * 200), HERE)
    assert not user.has_usable_password()
    assert user.name.startswith("New Person")
    assert user.memberships.exists() is awaited


def test_nobody_before_there_is_an_admin(db: None) -> None:
    with pytest.raises(Refused):
        person(provider(creates_accounts=True), identity(), HERE)


@pytest.mark.parametrize("email", ["", "nobody", "a@b", "x" * 300 + "@example.org", "a\0@example.org"])
def test_only_addresses(ana: User, email: str) -> None:
    with pytest.raises(Refused):
        person(provider(creates_accounts=True), identity(email), HERE)


def test_new_accounts_are_limited(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.sign_in.limits.SIGN_UPS_PER_NETWORK", 1)
    person(provider(creates_accounts=True), identity("a@example.org", "1"), HERE)
    with pytest.raises(problems.TooMany):
        person(provider(creates_accounts=True), identity("b@example.org", "2"), HERE)


@pytest.mark.parametrize(
    ("email", "verified", "enters"),
    [("bo@example.org", True, True), ("bo@example.org", False, False), ("bo@evil-example.org", True, False)],
)
def test_only_the_domains_of_the_setting(bo: User, email: str, verified: bool, enters: bool) -> None:
    connect(bo, identity("bo@example.org"))
    about = provider(domains=frozenset({"example.org"}))
    if enters:
        assert person(about, identity(email, verified=verified), HERE) == bo
    else:
        with pytest.raises(Refused, match="organisation"):
            person(about, identity(email, verified=verified), HERE)


def test_who_signs_in_through_the_provider_alone_counts_as_an_admin_who_can(ana: User, settings: Any) -> None:
    without_password(ana)
    assert not admins.able().exists()
    settings.OIDC = provider()
    connect(ana, identity("ana@example.org"))
    assert admins.able().get() == ana
    settings.OIDC = provider(issuer="https://other.example.org")
    assert not admins.able().exists()


def test_an_invitation_lets_one_new_person_in_whatever_the_registration(ana: User, shop: Project) -> None:
    _, bound = invitations.create(ana, email="dee@example.org", grants={shop: "viewer"})
    with pytest.raises(Refused, match="no account"):
        person(provider(), identity("eve@example.org"), HERE, bound)
    dee = person(provider(), identity("dee@example.org"), HERE, bound)
    assert dee.memberships.get().role == "viewer"
    with pytest.raises(Refused):
        person(provider(), identity("eve@example.org", "8"), HERE, bound)
    assert not User.objects.filter(email="eve@example.org").exists()
