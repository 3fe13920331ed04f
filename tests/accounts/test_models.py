from __future__ import annotations

import pytest
from django.db import IntegrityError

from accounts.models import ApiToken, Membership, Project, User


def test_email_is_unique_in_any_case(ana: User) -> None:
    with pytest.raises(IntegrityError):
        User.objects.create(email="ANA@example.org")


def test_email_is_stored_in_lower_case(db: None) -> None:
    assert User.objects.create_user(" Dee@Example.ORG ").email == "dee@example.org"


def test_project_name_is_unique_in_any_case(shop: Project) -> None:
    with pytest.raises(IntegrityError):
        Project.objects.create(name="SHOP", slug="shop-2")


def test_sentry_key_must_be_32_hex_digits(db: None) -> None:
    with pytest.raises(IntegrityError):
        Project.objects.create(name="Bad", slug="bad", sentry_key="XYZ")


def test_dsn_comes_from_the_public_url(shop: Project, settings) -> None:
    settings.PUBLIC_URL = "https://errors.example.org:8443/rustrak"
    assert shop.dsn == f"https://{shop.sentry_key}@errors.example.org:8443/rustrak/{shop.pk}"


def test_membership_is_unique(shop: Project, bo: User) -> None:
    with pytest.raises(IntegrityError):
        Membership.objects.create(user=bo, project=shop)


def test_membership_role_is_known(shop: Project, cy: User) -> None:
    with pytest.raises(IntegrityError):
        Membership.objects.create(user=cy, project=shop, role="owner")


def test_projects_are_visible_to_members_and_admins_only(
    shop: Project, ana: User, bo: User, cy: User
) -> None:
    seen = {user.email: Project.objects.visible_to(user).exists() for user in (ana, bo, cy)}
    assert seen == {"ana@example.org": True, "bo@example.org": True, "cy@example.org": False}


def test_token_is_found_by_its_text_only_while_its_user_is_active(bo: User) -> None:
    token, text = ApiToken.objects.issue(bo, "ci")
    assert ApiToken.objects.find(text) == token
    assert text not in (token.prefix, token.digest)
    User.objects.filter(pk=bo.pk).update(is_active=False)
    assert ApiToken.objects.find(text) is None
