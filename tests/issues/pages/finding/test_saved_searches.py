"""Saving a view, and the pages that change what is saved."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Membership, Project, User
from issues import saved_searches
from issues.models import SavedSearch
from issues.pages.finding.saved_search_form import SORTS, STATUSES
from issues.saved_searches import View, create, default_of, set_default

BASE = "/projects/shop/issues/searches/"
VIEW = {
    "status": "review",
    "q": "level:fatal",
    "sort": "events",
    "environment": "prod",
    "period": "14d",
    "trend": "24h",
}


@pytest.fixture
def dee(shop: Project) -> User:
    user = User.objects.create_user("dee@example.org", "x")
    Membership.objects.create(user=user, project=shop)
    return user


def said(client: Client, path: str = BASE) -> str:
    return client.get(path).content.decode()


def test_the_forms_offer_every_status_and_sort() -> None:
    assert set(STATUSES) == set(saved_searches.STATUSES)
    assert set(SORTS) == {"", *saved_searches.SORTS} - {"last_seen"}


def test_a_view_is_saved_and_leads_back_to_it(bo: User, shop: Project, bo_client: Client) -> None:
    answer = bo_client.post(f"{BASE}new/", VIEW | {"name": "<b>Fatal", "is_shared": "on", "is_default": "on"})
    search = SavedSearch.objects.get()
    link = "/projects/shop/issues/?status=review&q=level%3Afatal&sort=events&environment=prod&period=14d&trend=24h"
    assert answer["Location"] == link
    assert (search.is_shared, default_of(bo, shop)) == (True, search)
    html = said(bo_client)
    assert f'href="{link.replace("&", "&amp;")}"' in html
    assert "&lt;b&gt;Fatal is saved." in html
    assert "Issues for review, in prod, seen in the last 14d, by most events" in html


def test_a_saved_view_is_replaced(bo: User, shop: Project, bo_client: Client) -> None:
    search = create(bo, shop, "Old", View(), is_shared=True)
    bo_client.post(f"{BASE}new/", VIEW | {"name": "", "replace": str(search.pk)})
    search.refresh_from_db()
    assert (search.name, search.query, search.is_shared) == ("Old", "level:fatal", True)
    for replaced in ("4711", "x", "9" * 30):
        bo_client.post(f"{BASE}new/", VIEW | {"name": "New", "replace": replaced})
    assert SavedSearch.objects.count() == 1
    assert "has been deleted meanwhile" in said(bo_client)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"name": " "}, "Give the search a name"),
        ({"status": "new"}, "status must be one of"),
        ({"q": "x" * 501}, "longer"),
    ],
    ids=["name", "status", "text"],
)
def test_what_cannot_be_saved_is_said(
    shop: Project, bo_client: Client, wrong: dict[str, str], problem: str
) -> None:
    bo_client.post(f"{BASE}new/", VIEW | {"name": "A"} | wrong)
    assert problem in said(bo_client)
    assert not SavedSearch.objects.exists()


def test_a_search_is_changed(bo: User, shop: Project, bo_client: Client) -> None:
    search = create(bo, shop, "Old", View(trend="14d"))
    create(bo, shop, "Other", View())
    page = f"{BASE}{search.pk}/"
    assert 'value="Old"' in said(bo_client, page)
    sent = {"name": "other", "query": "is:new", "status": "all", "sort": "", "environment": "", "period": "x"}
    html = bo_client.post(page, sent).content.decode()
    assert "You already have a saved search" in html
    html = bo_client.post(page, sent | {"name": "New"}).content.decode()
    assert "such as 24h" in html
    assert bo_client.post(page, sent | {"name": "New", "period": "2w", "is_shared": "on"})["Location"] == BASE
    search.refresh_from_db()
    assert (search.name, search.is_shared) == ("New", True)
    assert saved_searches.view_of(search) == View("all", "is:new", "", "", "2w", "14d")


def test_a_search_is_moved_and_chosen(bo: User, shop: Project, bo_client: Client) -> None:
    first, second = create(bo, shop, "first", View()), create(bo, shop, "second", View())
    bo_client.post(f"{BASE}{second.pk}/act/", {"action": "up"})
    assert [each.pk for each in saved_searches.in_order(bo, shop)] == [second.pk, first.pk]
    bo_client.post(f"{BASE}{first.pk}/act/", {"action": "default"})
    assert default_of(bo, shop) == first
    bo_client.post(f"{BASE}{first.pk}/act/", {"action": "no_default"})
    assert default_of(bo, shop) is None
    assert bo_client.post(f"{BASE}{first.pk}/act/", {"action": "burn"}).status_code == 400


def test_others_use_what_is_shared_and_admins_change_it(
    ana: User, bo: User, dee: User, shop: Project, sign_in: Callable[[User], Client]
) -> None:
    mine, shared = create(bo, shop, "Mine", View()), create(bo, shop, "Ours", View(), is_shared=True)
    client = sign_in(dee)
    html = said(client)
    assert "Mine" not in html
    assert "by <bdi>bo</bdi>" in html
    assert client.post(f"{BASE}{shared.pk}/act/", {"action": "default"}).status_code == 302
    for path, sent in (("", {"name": "x"}), ("act/", {"action": "up"}), ("delete/", {})):
        assert client.post(f"{BASE}{shared.pk}/{path}", sent).status_code == 403
        assert client.post(f"{BASE}{mine.pk}/{path}", sent).status_code == 404
    admin = sign_in(ana)
    assert "What you change changes for everyone" in said(admin, f"{BASE}{shared.pk}/")
    assert "for everyone" in said(admin, f"{BASE}{shared.pk}/delete/")
    assert admin.post(f"{BASE}{shared.pk}/delete/")["Location"] == BASE
    assert default_of(dee, shop) is None


def test_a_rule_begins_with_the_search(ana: User, shop: Project, sign_in: Callable[[User], Client]) -> None:
    html = said(sign_in(ana), "/projects/shop/alerts/new/?query=level:fatal+%22a+b%22")
    assert 'value="level:fatal &quot;a b&quot;"' in html


def test_searches_of_all_projects_are_ones_own(
    bo: User, dee: User, bo_client: Client, sign_in: Callable[[User], Client]
) -> None:
    answer = bo_client.post("/issues/searches/new/", VIEW | {"name": "Everywhere"})
    assert answer["Location"].startswith("/issues/?status=review&q=level")
    (search,) = SavedSearch.objects.filter(project=None)
    assert "Everywhere" in said(bo_client, "/issues/searches/")
    assert "is_shared" not in said(bo_client, f"/issues/searches/{search.pk}/")
    other = sign_in(dee)
    assert "No saved searches yet." in said(other, "/issues/searches/")
    assert other.post(f"/issues/searches/{search.pk}/delete/").status_code == 404
    assert bo_client.post(f"/issues/searches/{search.pk}/delete/")["Location"] == "/issues/searches/"


def test_pages_need_few_queries(
    bo: User, shop: Project, bo_client: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(9):
        search = create(bo, shop, f"S{number}", View(query=str(number)))
    set_default(bo, shop, search)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        said(bo_client)
