"""The saved searches that an issue list offers, and the one that it begins with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.access import Capability, SignedInRequest, may
from accounts.models import Project
from issues.models import SavedSearch
from issues.render.values import line
from issues.saved_searches import View, view_of


@dataclass(frozen=True, slots=True)
class Item:
    """One search of the menu. `owner` is empty for one's own."""

    key: int
    name: str
    link: str
    owner: str
    is_shared: bool
    is_default: bool
    is_current: bool


@dataclass(frozen=True, slots=True)
class Menu:
    """`current` is the search whose view is shown, if there is one; `kept` are the names and values of this view, for the form that
    saves it. `alert` is where a rule for this search is made; empty where there is nothing to search for or one may not."""

    items: Sequence[Item]
    current: Item | None
    kept: Sequence[tuple[str, str]]
    own: Sequence[Item]
    may_share: bool
    save: str
    all: str
    alert: str


def address(name: str, project: Project | None, **more: int) -> str:
    """The path of a page about the saved searches of a project, or about those of all projects."""
    if project is None:
        return reverse(f"all_{name}", kwargs=more)
    return reverse(name, kwargs={"slug": project.slug, **more})


def list_address(project: Project | None) -> str:
    return reverse("all_issues") if project is None else reverse("issue_list", kwargs={"slug": project.slug})


def opening(request: SignedInRequest, searches: Iterable[SavedSearch]) -> HttpResponse | None:
    """Where a list without a query string leads if the user has chosen one of its saved searches to begin with."""
    chosen = None if request.GET else next(filter(_is_default, searches), None)
    return redirect(f"{request.path}{view_of(chosen).link}") if chosen else None


def menu(
    request: SignedInRequest,
    project: Project | None,
    searches: Iterable[SavedSearch],
    pairs: Mapping[str, str],
) -> Menu:
    """The menu of a list that shows what a query string with these names and values asks for. `searches` are all that
    issues.saved_searches.in_order returned. At most one query."""
    shown = View.of(pairs)
    here = list_address(project)
    items = [_item(search, request.user.pk, here, shown) for search in searches]
    makes_rules = (
        project is not None and bool(shown.query) and may(request.user, Capability.ALERTS_WRITE, project)
    )
    return Menu(
        items=items,
        current=next((item for item in items if item.is_current), None),
        kept=shown.pairs,
        own=[item for item in items if not item.owner],
        may_share=project is not None and may(request.user, Capability.EVENT_WRITE, project),
        save=address("saved_search_new", project),
        all=address("saved_searches", project),
        alert=address("alert_rule_new", project) if makes_rules else "",
    )


def _is_default(search: SavedSearch) -> bool:
    return bool(getattr(search, "is_default", False))


def _item(search: SavedSearch, viewer: int, here: str, shown: View) -> Item:
    view = view_of(search)
    return Item(
        key=search.pk,
        name=line(search.name),
        link=f"{here}{view.link}",
        owner="" if search.owner_id == viewer else line(search.owner.get_short_name()),
        is_shared=search.is_shared,
        is_default=_is_default(search),
        is_current=view == shown,
    )
