from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts import projects
from accounts.models import ApiToken, Project, User
from tests.conftest import PASSWORD

PAGES = [
    "",
    "accounts/user/",
    "accounts/user/add/",
    "accounts/project/",
    "accounts/project/add/",
    "accounts/apitoken/",
]


@pytest.mark.parametrize("path", PAGES)
def test_is_for_staff(path: str, ana: User, bo: User, sign_in) -> None:
    url = f"/admin/{path}"
    assert sign_in(ana).get(url).status_code == 200
    assert sign_in(bo).get(url, follow=True).status_code == 403
    answer = Client().get(url, follow=True)
    assert answer.request["PATH_INFO"] == "/accounts/login/"


def test_users_are_created_and_changed(ana: User, sign_in) -> None:
    client = sign_in(ana)
    fields = {
        "email": "Dee@Example.org",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    answer = client.post("/admin/accounts/user/add/", fields)
    assert answer.status_code == 302, answer.content.decode()
    dee = User.objects.get(email="dee@example.org")
    assert dee.check_password(PASSWORD)
    EmailAddress.objects.create(user=dee, email=dee.email, primary=True)
    assert dee.password not in client.get(f"/admin/accounts/user/{dee.pk}/change/").content.decode()
    fields = {"email": "D@example.org", "name": "Dee", "is_active": "on", "theme": "dark"}
    assert client.post(f"/admin/accounts/user/{dee.pk}/change/", fields).status_code == 302
    dee.refresh_from_db()
    assert (dee.email, dee.name) == ("d@example.org", "Dee")
    assert not EmailAddress.objects.filter(user=dee).exists()


def test_an_email_in_use_is_refused(ana: User, bo: User, sign_in) -> None:
    fields = {"email": "ANA@example.org", "is_active": "on", "theme": "dark"}
    answer = sign_in(ana).post(f"/admin/accounts/user/{bo.pk}/change/", fields)
    assert "A user with this e-mail address already exists." in answer.content.decode()


def test_counters_and_keys_stay(ana: User, shop: Project, sign_in) -> None:
    Project.objects.filter(pk=shop.pk).update(stored_event_count=7)
    fields = {
        "name": "Store",
        "slug": "shop",
        "platform": "",
        "sentry_key": "0" * 32,
        "stored_event_count": "0",
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    url = f"/admin/accounts/project/{shop.pk}/change/"
    assert sign_in(ana).post(url, fields).status_code == 302
    now = Project.objects.get()
    assert (now.name, now.sentry_key, now.stored_event_count) == ("Store", shop.sentry_key, 7)
    assert sign_in(ana).post(f"/admin/accounts/project/{shop.pk}/delete/", {"post": "yes"}).status_code == 403


def test_tokens_can_only_be_viewed_or_revoked(ana: User, bo: User, sign_in) -> None:
    token, _ = ApiToken.objects.issue(bo)
    client = sign_in(ana)
    page = client.get(f"/admin/accounts/apitoken/{token.pk}/change/").content.decode()
    assert token.prefix in page
    assert token.digest not in page
    assert client.get("/admin/accounts/apitoken/add/").status_code == 403
    assert client.post(f"/admin/accounts/apitoken/{token.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not ApiToken.objects.exists()


def test_a_user_that_an_admin_creates_gets_what_waits_for_the_address(
    ana: User, shop: Project, sign_in
) -> None:
    projects.add_member(shop, "dee@example.org")
    fields = {
        "email": "Dee@example.org", "usable_password": "true",
        "password1": "another good password", "password2": "another good password",
    }  # fmt: skip
    assert sign_in(ana).post("/admin/accounts/user/add/", fields).status_code == 302
    assert list(Project.objects.visible_to(User.objects.get(email="dee@example.org"))) == [shop]


def test_a_former_address_can_be_added_again(ana: User, shop: Project, cy: User, sign_in) -> None:
    projects.add_member(shop, cy.email)
    fields = {"email": "new@example.org", "theme": "system", "is_active": "on"}
    assert sign_in(ana).post(f"/admin/accounts/user/{cy.pk}/change/", fields).status_code == 302
    projects.add_member(shop, "cy@example.org")
    assert {one.address for one in shop.memberships.all()} == {"new@example.org", "cy@example.org"}


def test_memberships_without_an_account_do_not_hinder_the_form(ana: User, shop: Project, sign_in) -> None:
    projects.add_member(shop, "dee@example.org")
    page = sign_in(ana).get(f"/admin/accounts/project/{shop.pk}/change/")
    assert page.status_code == 200
    assert "dee@example.org" not in page.content.decode()
