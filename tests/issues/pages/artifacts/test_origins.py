from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.artifacts import fetching
from issues.models import MapFetch, MapOrigin
from issues.pages.artifacts.origins import MOST_ORIGINS

PAGE = "/projects/shop/settings/source-maps/fetching/"


@pytest.fixture
def admin(ana: User, sign_in) -> Client:
    client: Client = sign_in(ana)
    return client


def test_an_admin_adds_and_removes_an_origin(
    admin: Client, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Nothing is fetched from any site." in admin.get(PAGE).content.decode()
    admin.post(PAGE, {"origin": " HTTPS://Shop.Example.com:443/ "})
    origin = MapOrigin.objects.get()
    assert origin.origin == "https://shop.example.com"
    assert "in the list already" in admin.post(PAGE, {"origin": origin.origin}).content.decode()
    admin.post(PAGE, {"remove": origin.pk})
    assert not MapOrigin.objects.exists()
    assert "removed already" in admin.post(PAGE, {"remove": "x"}, follow=True).content.decode()
    shop.refresh_from_db()
    assert shop.artifacts_version == 2
    notice = "scripts were requested in the last 24 hours"
    assert notice not in admin.get(PAGE).content.decode()
    monkeypatch.setattr(fetching, "MOST_IN_A_DAY", 0)
    assert notice in admin.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("ftp://x.example.com", "must begin with"),
        ("https://x.example.com/static", "has no path"),
        ("https://ana:pw@x.example.com", "no user name"),
        ("https://*.example.com", "not a valid name"),
    ],
)
def test_only_an_exact_origin_is_accepted(admin: Client, shop: Project, text: str, problem: str) -> None:
    assert problem in admin.post(PAGE, {"origin": text}).content.decode()
    assert not MapOrigin.objects.exists()


def test_there_are_not_too_many(admin: Client, shop: Project) -> None:
    MapOrigin.objects.bulk_create(
        MapOrigin(project=shop, origin=f"https://{number}.example.com") for number in range(MOST_ORIGINS)
    )
    assert "20 origins" in admin.post(PAGE, {"origin": "https://x.example.com"}).content.decode()


def test_others_see_the_list_and_cannot_change_it(bo_client: Client, shop: Project) -> None:
    MapOrigin.objects.create(project=shop, origin="https://shop.example.com")
    MapFetch.objects.create(project=shop, url="https://shop.example.com/<b>.js", url_hash=1)
    html = bo_client.get(PAGE).content.decode()
    assert "Only admins" in html
    assert "Add origin" not in html
    assert "&lt;b&gt;.js" in html
    assert "waits" in html
    for sent in ({"origin": "https://x.example.com"}, {"remove": MapOrigin.objects.get().pk}):
        bo_client.post(PAGE, sent)
    assert MapOrigin.objects.count() == 1
