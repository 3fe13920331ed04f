from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Membership, Project, User


@pytest.fixture
def boss(shop: Project, cy: User) -> User:
    """Cy as an admin of Shop, but not of the installation."""
    Membership.objects.create(user=cy, project=shop, role="admin")
    return cy


def test_a_new_project_redirects_to_its_setup_page(cy: User, sign_in) -> None:
    client = sign_in(cy)
    assert client.get("/projects/new/").status_code == 200
    answer = client.post("/projects/new/", {"name": "Shop API"})
    assert answer["Location"] == "/projects/shop-api/setup/"
    assert Project.objects.visible_to(cy).get().slug == "shop-api"


def test_a_name_in_use_is_an_error(cy: User, shop: Project, sign_in) -> None:
    answer = sign_in(cy).post("/projects/new/", {"name": "shop"})
    assert answer.status_code == 200
    assert "A project with this name already exists." in answer.content.decode()


PAGES = ["settings/", "settings/key/", "settings/delete/"]
POSTS = [*PAGES, "settings/members/", "settings/members/1/"]


@pytest.mark.parametrize("path", PAGES)
def test_settings_are_for_admins(path: str, shop: Project, ana: User, bo: User, cy: User, sign_in) -> None:
    url = f"/projects/shop/{path}"
    assert Client().get(url).status_code == 302
    assert sign_in(cy).get(url).status_code == 404
    assert sign_in(bo).get(url).status_code == 403
    assert sign_in(ana).get(url).status_code == 200
    Membership.objects.filter(user=bo).update(role="admin")
    assert sign_in(bo).get(url).status_code == 200


@pytest.mark.parametrize("path", POSTS)
def test_only_admins_change_anything(path: str, shop: Project, bo: User, cy: User, sign_in) -> None:
    url = f"/projects/shop/{path}"
    fields = {
        "name": "Hacked",
        "slug": "hacked",
        "email": "cy@example.org",
        "role": "admin",
        "action": "remove",
    }
    assert Client().post(url, fields).status_code == 302
    assert sign_in(cy).post(url, fields).status_code == 404
    assert sign_in(bo).post(url, fields).status_code == 403
    now = Project.objects.get()
    assert (now.name, now.slug, now.sentry_key) == ("Shop", "shop", shop.sentry_key)
    assert [membership.user for membership in now.memberships.all()] == [bo]


def test_members_see_no_link_to_settings(shop: Project, ana: User, bo: User, sign_in) -> None:
    link = "/projects/shop/settings/"
    assert link not in sign_in(bo).get("/projects/shop/setup/").content.decode()
    assert link in sign_in(ana).get("/projects/shop/setup/").content.decode()


def test_rename(boss: User, shop: Project, sign_in) -> None:
    client = sign_in(boss)
    answer = client.post("/projects/shop/settings/", {"name": "Store", "slug": "store"})
    assert answer["Location"] == "/projects/store/settings/"
    assert client.get("/projects/store/settings/").status_code == 200
    assert client.get("/projects/shop/settings/").status_code == 404


@pytest.mark.parametrize(
    ("name", "slug", "said"),
    [
        ("Other", "shop", "name or slug already"),
        ("Shop", "other", "name or slug already"),
        ("Shop", "Not a slug", "lower-case letters"),
        ("", "shop", "required"),
    ],
)
def test_a_bad_rename_changes_nothing(
    boss: User, shop: Project, sign_in, name: str, slug: str, said: str
) -> None:
    Project.objects.create(name="Other", slug="other")
    answer = sign_in(boss).post("/projects/shop/settings/", {"name": name, "slug": slug})
    assert said in answer.content.decode()
    shop.refresh_from_db()
    assert (shop.name, shop.slug) == ("Shop", "shop")


def test_the_key_is_replaced_after_asking(boss: User, shop: Project, sign_in) -> None:
    client = sign_in(boss)
    assert "rejected within two seconds" in client.get("/projects/shop/settings/key/").content.decode()
    page = client.post("/projects/shop/settings/key/", follow=True).content.decode()
    assert shop.sentry_key not in page
    shop.refresh_from_db()
    assert shop.dsn in page


def test_members_are_added_changed_and_removed(boss: User, shop: Project, sign_in) -> None:
    client = sign_in(boss)
    dee = User.objects.create_user("dee@example.org", "x")
    client.post("/projects/shop/settings/members/", {"email": "Dee@Example.org", "role": "member"})
    membership = Membership.objects.get(user=dee)
    url = f"/projects/shop/settings/members/{membership.pk}/"
    client.post(url, {"action": "admin"})
    membership.refresh_from_db()
    assert membership.role == "admin"
    client.post(url, {"action": "owner"})
    membership.refresh_from_db()
    assert membership.role == "admin"
    client.post(url, {"action": "remove"})
    assert not Membership.objects.filter(user=dee).exists()


def test_a_user_who_cannot_be_added_is_an_error(boss: User, shop: Project, sign_in) -> None:
    url, client = "/projects/shop/settings/members/", sign_in(boss)
    answer = client.post(url, {"email": "nobody@example.org", "role": "member"})
    assert "There is no account with this e-mail address." in answer.content.decode()
    answer = client.post(url, {"email": boss.email, "role": "member"})
    assert "This user is already a member." in answer.content.decode()


def test_an_admin_who_removes_themselves_is_redirected(boss: User, shop: Project, sign_in) -> None:
    membership = Membership.objects.get(user=boss)
    answer = sign_in(boss).post(f"/projects/shop/settings/members/{membership.pk}/", {"action": "remove"})
    assert answer["Location"] == "/"


def test_a_project_is_deleted_after_asking(boss: User, shop: Project, sign_in) -> None:
    client = sign_in(boss)
    assert client.get("/projects/shop/settings/delete/").status_code == 200
    assert Project.objects.exists()
    assert client.post("/projects/shop/settings/delete/").status_code == 302
    assert not Project.objects.exists()
