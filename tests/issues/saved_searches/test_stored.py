"""Saving, sharing, ordering and choosing searches."""

from __future__ import annotations

import pytest
from django.db import connection

from accounts.models import Membership, Project, User
from issues import saved_searches
from issues.models import DefaultSearch, SavedSearch
from issues.saved_searches import (
    Invalid,
    View,
    change,
    create,
    default_of,
    in_order,
    may_change,
    move,
    set_default,
)

pytestmark = pytest.mark.django_db
FATAL = View("open", "level:fatal", "events", "production", "14d")


@pytest.fixture
def dee(shop: Project) -> User:
    user = User.objects.create_user("dee@example.org", "x")
    Membership.objects.create(user=user, project=shop)
    return user


def names(user: User, project: Project | None) -> list[str]:
    return [search.name for search in in_order(user, project)]


def test_a_view_is_saved_and_shown_again(bo: User, shop: Project) -> None:
    search = create(bo, shop, "  Fatal  ones ", FATAL)
    assert search.name == "Fatal ones"
    again = SavedSearch.objects.get()
    assert saved_searches.view_of(again) == FATAL
    assert FATAL.link == "?status=open&q=level%3Afatal&sort=events&environment=production&period=14d"
    assert View().link == "?status=open"


def test_others_see_what_is_shared_and_only_that(ana: User, bo: User, dee: User, shop: Project) -> None:
    mine, shared = create(bo, shop, "Mine", FATAL), create(bo, shop, "Ours", FATAL, is_shared=True)
    create(dee, shop, "Zed", View())
    assert names(bo, shop) == ["Mine", "Ours"]
    assert names(dee, shop) == ["Zed", "Ours"]
    assert [may_change(user, shared) for user in (bo, dee, ana)] == [True, False, True]
    assert [may_change(user, mine) for user in (bo, dee, ana)] == [True, False, False]
    with pytest.raises(Invalid, match="cannot be shared"):
        create(bo, None, "All", View(), is_shared=True)


def test_the_list_of_all_projects_has_its_own(bo: User, dee: User, shop: Project) -> None:
    create(bo, None, "Same", View())
    create(bo, shop, "Same", View())
    assert (names(bo, None), names(bo, shop), names(dee, None)) == (["Same"], ["Same"], [])
    with pytest.raises(Invalid, match="already have"):
        create(bo, None, "SAME", View())


@pytest.mark.parametrize(
    ("name", "said"),
    [(" \u200b", "Give the search a name"), ("x" * 81, "longer than 80")],
    ids=["blank", "long"],
)
def test_a_name_is_something_to_read(bo: User, shop: Project, name: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        create(bo, shop, name, View())


def test_one_person_saves_fifty(bo: User, shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("issues.saved_searches.stored.MOST", 2)
    for name in "ab":
        create(bo, shop, name, View())
    with pytest.raises(Invalid, match="as many as one person may"):
        create(bo, shop, "c", View())
    create(bo, None, "c", View())


def test_a_search_is_renamed_replaced_and_unshared(bo: User, dee: User, shop: Project) -> None:
    search = create(bo, shop, "Old", View(), is_shared=True)
    create(bo, shop, "Other", View())
    set_default(dee, shop, search)
    change(search, name="New", view=FATAL)
    search.refresh_from_db()
    assert (search.name, saved_searches.view_of(search), search.is_shared) == ("New", FATAL, True)
    change(search, name="NEW")
    with pytest.raises(Invalid, match="already have"):
        change(search, name="other")
    assert default_of(dee, shop) == search
    change(search, is_shared=False)
    assert default_of(dee, shop) is None


def test_a_default_is_of_one_person_and_list(bo: User, dee: User, shop: Project) -> None:
    first, second = create(bo, shop, "1", View()), create(bo, shop, "2", View())
    for search in (first, second):
        set_default(bo, shop, search)
    everywhere = create(bo, None, "1", View())
    set_default(bo, None, everywhere)
    assert (default_of(bo, shop), default_of(bo, None), default_of(dee, shop)) == (second, everywhere, None)
    set_default(bo, shop, None)
    assert (default_of(bo, shop), default_of(bo, None)) == (None, everywhere)
    saved_searches.delete(everywhere)
    assert not DefaultSearch.objects.exists()


def test_searches_are_moved(bo: User, shop: Project) -> None:
    a, _, c = (create(bo, shop, name, View()) for name in "abc")
    move(c, -1)
    move(a, -1)
    assert names(bo, shop) == ["a", "c", "b"]
    move(a, 1)
    assert names(bo, shop) == ["c", "a", "b"]


def test_deleted_people_and_projects_leave_none(bo: User, dee: User, shop: Project) -> None:
    set_default(dee, shop, create(bo, shop, "1", View(), is_shared=True))
    set_default(bo, None, create(bo, None, "2", View()))
    bo.delete()
    assert not SavedSearch.objects.exists()
    assert not DefaultSearch.objects.exists()
    set_default(dee, shop, create(dee, shop, "3", View()))
    shop.delete()
    assert not SavedSearch.objects.exists()
    connection.check_constraints()
