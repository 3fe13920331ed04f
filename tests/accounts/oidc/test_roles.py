from __future__ import annotations

import logging
from typing import Any

import pytest

from accounts import admins
from accounts.models import AuditEntry, Membership, Project, User
from accounts.oidc.people import Refused, connect, person
from accounts.oidc.roles import apply, unknown
from rustrak.openid import roles
from rustrak.openid.identity import Identity
from tests.lib.openid_provider import ISSUER, provider

pytestmark = pytest.mark.django_db
GROUPS: dict[str, Any] = {
    "ops": "admin",
    "audit": "auditor",
    "shop": "shop:member",
    "leads": "shop:admin",
    "guests": "shop:viewer",
}


def come(user: User, *groups: str, grants: dict[str, Any] | None = None, listed: bool = True) -> User:
    """The user after a sign-in with these groups."""
    about = provider(groups_claim="groups", grants=roles.read(GROUPS if grants is None else grants))
    identity = Identity(ISSUER, "7", user.email, True, "", frozenset(groups) if listed else None)
    apply(about, identity, user)
    return User.objects.get(pk=user.pk)


def role_in_shop(user: User) -> str | None:
    return Membership.objects.filter(user=user, project__slug="shop").values_list("role", flat=True).first()


def test_the_words_are_those_of_the_models() -> None:
    assert set(roles.INSTALLATION) == set(User.Role.values)
    assert set(roles.PROJECT) == set(Membership.Role.values)


@pytest.mark.parametrize(
    ("groups", "role", "in_shop"),
    [
        ([], "member", None),
        (["others"], "member", None),
        (["ops"], "admin", None),
        (["audit", "shop"], "auditor", "member"),
        (["guests", "leads", "ops", "audit"], "admin", "admin"),
    ],
)
def test_groups_decide(
    ana: User, shop: Project, cy: User, groups: list[str], role: str, in_shop: str | None
) -> None:
    Membership.objects.create(user=ana, project=shop, role="admin")  # so that Cy is not the last one
    user = come(cy, *groups)
    assert (user.role, role_in_shop(cy)) == (role, in_shop)
    # Who leaves the groups loses the roles again.
    assert (come(cy).role, role_in_shop(cy)) == ("member", None)


def test_what_no_group_has_a_role_in_is_left_alone(ana: User, bo: User) -> None:
    User.objects.filter(pk=bo.pk).update(role="auditor")
    assert come(bo, grants={"blog": "blog:admin"}).role == "auditor"
    assert role_in_shop(bo) == "member"


def test_groups_that_were_not_listed_change_nothing(
    ana: User, bo: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        come(bo, listed=False)
    assert role_in_shop(bo) == "member"
    assert "bo@example.org" in caplog.text


def test_the_last_ones_stay(
    ana: User, bo: User, cy: User, shop: Project, caplog: pytest.LogCaptureFixture
) -> None:
    assert ana.role == "owner"
    assert come(ana, grants={"owners": "owner"}).role == "owner"
    assert "stays owner" in caplog.text
    Membership.objects.filter(user=bo).update(role="admin")
    come(bo)
    assert role_in_shop(bo) == "admin"
    assert admins.able().get() == ana


def test_owners_are_left_to_owners(ana: User, cy: User) -> None:
    User.objects.filter(pk=cy.pk).update(role="owner")
    assert come(cy, "audit").role == "owner"
    assert come(cy, "audit", grants={"audit": "auditor", "owners": "owner"}).role == "auditor"
    assert come(cy, "owners", grants={"owners": "owner"}).role == "owner"


def test_what_changed_is_in_the_audit_log(ana: User, cy: User) -> None:
    come(cy, "ops")
    (entry,) = AuditEntry.objects.filter(action="person.change")
    assert entry.details == {"role": {"was": "member", "is": "admin"}, "decided_by": ISSUER}
    come(cy, "ops")
    assert AuditEntry.objects.filter(action="person.change").count() == 1


@pytest.mark.parametrize(("group", "joins"), [("guests", True), ("others", False)])
def test_a_group_with_a_role_may_join(
    ana: User, shop: Project, settings: Any, group: str, joins: bool
) -> None:
    settings.REGISTRATION = "closed"
    about = provider(groups_claim="groups", grants=roles.read(GROUPS))
    identity = Identity(ISSUER, "9", "new@example.org", True, "", frozenset({group}))
    if joins:
        assert person(about, identity, "192.0.2.1").email == "new@example.org"
    else:
        with pytest.raises(Refused):
            person(about, identity, "192.0.2.1")


def test_a_group_of_admins_may_come_first(db: None) -> None:
    about = provider(groups_claim="groups", grants=roles.read(GROUPS))
    for group, comes in (("guests", False), ("ops", True)):
        identity = Identity(ISSUER, group, "new@example.org", True, "", frozenset({group}))
        if not comes:
            with pytest.raises(Refused):
                person(about, identity, "192.0.2.1")
            continue
        user = person(about, identity, "192.0.2.1")
        apply(about, identity, user)
        assert User.objects.get(pk=user.pk).role == "admin"


def test_projects_that_do_not_exist(shop: Project, cy: User) -> None:
    assert unknown(roles.read({"a": ["shop:member", "blog:member", "api:viewer"]})) == ["api", "blog"]
    come(cy, "a", grants={"a": "blog:member"})
    assert not cy.memberships.exists()
    connect(cy, Identity(ISSUER, "7", cy.email, True))
