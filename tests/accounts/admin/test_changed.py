from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connections
from django.test import Client

from accounts import keys, projects
from accounts.models import ApiToken, Membership, Project, User
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
    fields = {
        "email": "D@example.org",
        "name": "Dee",
        "is_active": "on",
        "theme": "dark",
        "role": "member",
        "date_format": "day",
    }
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
        "keys-TOTAL_FORMS": "1",
        "keys-INITIAL_FORMS": "1",
        "keys-0-id": str(keys.listed(shop)[0].pk),
        "keys-0-project": str(shop.pk),
        "keys-0-name": "Hacked",
        "keys-0-max_events_per_minute": "1",
    }
    url = f"/admin/accounts/project/{shop.pk}/change/"
    assert sign_in(ana).post(url, fields).status_code == 302
    now = Project.objects.get()
    assert (now.name, now.sentry_key, now.stored_event_count) == ("Store", shop.sentry_key, 7)
    assert [(key.name, key.max_events_per_minute) for key in keys.listed(shop)] == [("Default", None)]
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
    fields = {
        "email": "new@example.org",
        "theme": "system",
        "date_format": "day",
        "is_active": "on",
        "role": "member",
    }
    assert sign_in(ana).post(f"/admin/accounts/user/{cy.pk}/change/", fields).status_code == 302
    projects.add_member(shop, "cy@example.org")
    assert {one.address for one in shop.memberships.all()} == {"new@example.org", "cy@example.org"}


def test_memberships_without_an_account_do_not_hinder_the_form(ana: User, shop: Project, sign_in) -> None:
    projects.add_member(shop, "dee@example.org")
    page = sign_in(ana).get(f"/admin/accounts/project/{shop.pk}/change/")
    assert page.status_code == 200
    assert "dee@example.org" not in page.content.decode()


USER = "/admin/accounts/user/"
EVERYTHING = {"is_active": "on", "role": "owner"}


def _user_form(user: User, *missing: str) -> dict[str, str]:
    given = {name: value for name, value in EVERYTHING.items() if name not in missing}
    return {
        "role": "member",
        "email": user.email,
        "name": "",
        "theme": "system",
        "date_format": "day",
        **given,
    }


def _other_admin(**fields: Any) -> User:
    other = User.objects.create_superuser("other@example.org", PASSWORD)
    User.objects.filter(pk=other.pk).update(**fields)
    return other


@pytest.mark.parametrize("missing", list(EVERYTHING))
def test_the_only_admin_stays_one(ana: User, bo: User, sign_in, missing: str) -> None:
    client = sign_in(ana)
    page = client.post(f"{USER}{ana.pk}/change/", _user_form(ana, missing)).content.decode()
    assert "ana@example.org is the only admin who can sign in." in page
    ana.refresh_from_db()
    assert (ana.is_active, ana.role) == (True, "owner")
    # Those who could not run the installation are no help; others may leave.
    other = _other_admin(is_active=False)
    assert client.post(f"{USER}{ana.pk}/change/", _user_form(ana, missing)).status_code == 200
    assert client.post(f"{USER}{other.pk}/change/", _user_form(other, "role")).status_code == 302
    assert client.post(f"{USER}{bo.pk}/change/", _user_form(bo, *EVERYTHING)).status_code == 302
    User.objects.filter(pk=other.pk).update(is_active=True, role="owner")
    assert client.post(f"{USER}{ana.pk}/change/", _user_form(ana, missing)).status_code == 302


@pytest.mark.parametrize("help_", [None, {"is_active": False}, {"role": "member"}, {"password": "!x"}])
def test_the_only_admin_is_not_deleted(ana: User, bo: User, sign_in, help_: dict[str, Any] | None) -> None:
    if help_ is not None:
        _other_admin(**help_)
    client = sign_in(ana)
    words = "ana@example.org is the only admin who can sign in."
    assert words in client.get(f"{USER}{ana.pk}/delete/").content.decode()
    assert words in client.post(f"{USER}{ana.pk}/delete/", {"post": "yes"}).content.decode()
    everybody = [str(pk) for pk in User.objects.values_list("pk", flat=True)]
    for more in ({}, {"post": "yes"}):
        bulk = {"action": "delete_selected", "_selected_action": everybody, **more}
        assert words in client.post(USER, bulk).content.decode()
    assert User.objects.count() == len(everybody)
    bulk = {"action": "delete_selected", "_selected_action": [str(bo.pk)], "post": "yes"}
    assert client.post(USER, bulk).status_code == 302
    assert not User.objects.filter(pk=bo.pk).exists()


def test_one_of_two_admins_may_go(ana: User, sign_in) -> None:
    _other_admin(role="owner")
    assert sign_in(ana).post(f"{USER}{ana.pk}/delete/", {"post": "yes"}).status_code == 302


def test_the_only_admin_keeps_a_password(ana: User, sign_in) -> None:
    url = f"{USER}{ana.pk}/password/"
    data = {"usable_password": "false", "unset-password": "x"}
    assert "only admin who can sign in" in sign_in(ana).post(url, data).content.decode()
    ana.refresh_from_db()
    assert ana.has_usable_password()


def test_deleting_a_user_says_what_goes_without_reading_it(
    ana: User, cy: User, shop: Project, sign_in, django_assert_max_num_queries
) -> None:
    own = Membership.objects.create(user=cy, project=shop, role="admin")
    for number in range(40):
        Membership.objects.create(
            user=cy, project=Project.objects.create(name=f"P{number}", slug=f"p{number}")
        )
        ApiToken.objects.issue(cy)
    client = sign_in(ana)
    with django_assert_max_num_queries(16):
        page = client.get(f"{USER}{cy.pk}/delete/").content.decode()
    assert "Shop would be left without an admin" in page
    assert client.post(f"{USER}{cy.pk}/delete/", {"post": "yes"}).status_code != 302
    Membership.objects.filter(pk=own.pk).update(role="member")
    page = client.get(f"{USER}{cy.pk}/delete/").content.decode()
    for words in ("Memberships: 41", "Api tokens: 40"):
        assert words.lower() in page.lower(), words
    assert client.post(f"{USER}{cy.pk}/delete/", {"post": "yes"}).status_code == 302


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_two_admins_who_demote_each_other_leave_one(sign_in) -> None:
    first, second = (User.objects.create_superuser(f"{name}@example.org", PASSWORD) for name in "ab")

    def demote(by: User, other: User) -> None:
        try:
            sign_in(by).post(f"{USER}{other.pk}/change/", _user_form(other, "role"))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(demote, first, second), pool.submit(demote, second, first)]:
            one.result()
    assert User.objects.filter(role__in=User.ADMINS).count() == 1


def _project_form(project: Project, *rows: dict[str, Any]) -> dict[str, Any]:
    data = {"name": project.name, "slug": project.slug, "platform": ""}
    data |= {
        "memberships-TOTAL_FORMS": len(rows),
        "memberships-INITIAL_FORMS": sum("id" in row for row in rows),
        "keys-TOTAL_FORMS": 0,
        "keys-INITIAL_FORMS": 0,
    }
    for number, row in enumerate(rows):
        data |= {f"memberships-{number}-{name}": value for name, value in row.items()}
    return data


def test_a_project_keeps_an_admin(ana: User, bo: User, cy: User, shop: Project, sign_in) -> None:
    member, boss = (
        shop.memberships.get(user=bo),
        Membership.objects.create(user=cy, project=shop, role="admin"),
    )
    client, url = sign_in(ana), f"/admin/accounts/project/{shop.pk}/change/"
    first = {"id": member.pk, "user": bo.pk, "role": "member"}
    second = {"id": boss.pk, "user": cy.pk, "role": "admin"}
    for rows in (
        (first, {**second, "role": "member"}),
        (first, {**second, "DELETE": "on"}),
        (first, {**second, "DELETE": "on"}, {"user": ana.pk, "role": "member"}),
    ):
        page = client.post(url, _project_form(shop, *rows))
        assert page.status_code == 200
        assert "cy@example.org is the only admin of Shop." in page.content.decode()
    assert shop.memberships.filter(role="admin").count() == 1
    rows = ({**first, "role": "admin"}, {**second, "DELETE": "on"})
    assert client.post(url, _project_form(shop, *rows)).status_code == 302
    assert [one.user for one in shop.memberships.all()] == [bo]


def test_project_forms_follow_the_rules_of_projects(ana: User, shop: Project, sign_in) -> None:
    projects.create("Store")
    client, url = sign_in(ana), f"/admin/accounts/project/{shop.pk}/change/"
    for name, slug in (
        ("Shop", "UP"),
        ("Shop", "-x"),
        ("STORE", "shop"),
        ("Shop", "store"),
        (" ", "shop"),
        ("a\tb\0", "shop"),
    ):
        shop.name, shop.slug = name, slug
        assert client.post(url, _project_form(shop)).status_code == 200, (name, slug)
    shop.name, shop.slug = "Shop  2", "shop-2"
    assert client.post(url, _project_form(shop)).status_code == 302
    assert Project.objects.filter(name="Shop 2", slug="shop-2").exists()


def test_deleted_projects_are_not_listed(ana: User, shop: Project, sign_in) -> None:
    Project.objects.filter(pk=shop.pk).update(stored_event_count=projects.AT_ONCE_EVENTS + 1)
    projects.delete(shop)
    client = sign_in(ana)
    assert "deleted" not in client.get("/admin/accounts/project/").content.decode()
    assert client.get(f"/admin/accounts/project/{shop.pk}/change/").status_code == 302


def test_only_owners_change_owners_and_make_them(ana: User, bo: User, sign_in) -> None:
    other = _other_admin(role="admin")
    client = sign_in(other)
    for made in ("owner", "admin"):
        page = client.post(f"{USER}{bo.pk}/change/", {**_user_form(bo), "role": made})
        bo.refresh_from_db()
        assert (bo.role == made) is (page.status_code == 302) is (made == "admin")
    assert client.post(f"{USER}{ana.pk}/change/", _user_form(ana, "role")).status_code == 403
    assert client.post(f"{USER}{ana.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{USER}{ana.pk}/password/").status_code == 403
    bulk = {"action": "delete_selected", "_selected_action": [str(ana.pk)], "post": "yes"}
    assert "only owners may delete one" in client.post(USER, bulk).content.decode()
    assert sign_in(ana).post(f"{USER}{bo.pk}/change/", _user_form(bo)).status_code == 302
    bo.refresh_from_db()
    assert bo.role == "owner"


@pytest.mark.parametrize("role", ["auditor", "member"])
def test_it_is_for_admins_alone(shop: Project, bo: User, sign_in, role: str) -> None:
    User.objects.filter(pk=bo.pk).update(role=role)
    assert sign_in(bo).get("/admin/").status_code == 302
    assert sign_in(bo).get(f"{USER}{bo.pk}/change/").status_code == 302
