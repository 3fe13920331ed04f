from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.test import Client

from accounts.models import Invitation, Membership, Project, User
from tests.lib.json_api import Caller, error_of


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


PAGES = ["settings/", "settings/delete/"]
POSTS = [*PAGES, "settings/members/", "settings/members/1/", "settings/members/invitations/"]


@pytest.mark.parametrize("path", PAGES)
def test_settings_are_changed_by_admins_and_read_by_members(
    path: str, shop: Project, ana: User, bo: User, cy: User, sign_in
) -> None:
    url = f"/projects/shop/{path}"
    assert Client().get(url).status_code == 302
    assert sign_in(cy).get(url).status_code == 404
    assert sign_in(bo).get(url).status_code == (200 if path == "settings/" else 403)
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
        "invite-role": "admin",
        "invite-days": "7",
    }
    assert Client().post(url, fields).status_code == 302
    assert sign_in(cy).post(url, fields).status_code == 404
    assert sign_in(bo).post(url, fields).status_code == 403
    now = Project.objects.get()
    assert (now.name, now.slug, now.sentry_key) == ("Shop", "shop", shop.sentry_key)
    assert [membership.user for membership in now.memberships.all()] == [bo]
    assert not Invitation.objects.exists()


def test_members_see_no_link_to_settings(shop: Project, ana: User, bo: User, sign_in) -> None:
    link = '"/projects/shop/settings/"'
    assert link not in sign_in(bo).get("/projects/shop/setup/").content.decode()
    current = 'data-key="g u" aria-current="page"'
    assert current in sign_in(bo).get("/projects/shop/settings/source-maps/").content.decode()
    assert link in sign_in(ana).get("/projects/shop/setup/").content.decode()


def test_rename(boss: User, shop: Project, sign_in) -> None:
    client = sign_in(boss)
    answer = client.post("/projects/shop/settings/", {"name": "Store", "slug": "store"})
    assert answer["Location"] == "/projects/store/settings/"
    assert client.get("/projects/store/settings/").status_code == 200
    assert client.get("/projects/shop/settings/")["Location"] == "/projects/store/settings/"


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


def test_the_number_of_projects_is_limited_for_all_but_admins(
    cy: User, ana: User, sign_in, settings: LazySettings
) -> None:
    settings.MAX_PROJECTS_PER_USER = 2
    client = sign_in(cy)
    for name in ("One", "Two", "Three"):
        answer = client.post("/projects/new/", {"name": name})
    assert "You have created 2 projects" in answer.content.decode()
    # Leaving a project makes no room for another one; deleting it does.
    Membership.objects.filter(user=cy).delete()
    assert client.post("/projects/new/", {"name": "Three"}).status_code == 200
    answer = Caller(cy)("POST", "/api/projects", {"name": "Three"})
    assert error_of(answer) == (400, "ValidationError")
    Project.objects.get(name="One").delete()
    assert client.post("/projects/new/", {"name": "Three"}).status_code == 302
    assert {sign_in(ana).post("/projects/new/", {"name": f"A{n}"}).status_code for n in range(3)} == {302}


def test_a_project_is_deleted_after_asking(boss: User, shop: Project, sign_in) -> None:
    client = sign_in(boss)
    assert client.get("/projects/shop/settings/delete/").status_code == 200
    assert Project.objects.exists()
    assert client.post("/projects/shop/settings/delete/", {"confirm": "shop"}).status_code == 302
    assert not Project.objects.exists()
