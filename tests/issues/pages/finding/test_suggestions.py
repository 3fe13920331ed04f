"""What the search field offers, as JSON."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.pages.finding import suggestions
from issues.search import TookTooLong
from tests.lib import builders


def offered(client: Client, query: str, path: str = "/projects/shop/issues/suggest/") -> list[str]:
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 200
    return [each["text"] for each in answer.json()["suggestions"]]


def test_members_are_offered_keys_and_values(shop: Project, bo_client: Client) -> None:
    builders.issue(shop)
    assert offered(bo_client, "q=lev") == ["level:"]
    assert offered(bo_client, "q=lev%20type:val&cursor=3") == ["level:"]
    assert offered(bo_client, f"q={quote('😀 lev x')}&cursor=5") == ["level:"]
    assert offered(bo_client, "q=type:val", "/issues/suggest/") == ["ValueError"]
    assert offered(bo_client, "q=is:&of=events") == offered(bo_client, "q=assi&of=events") == []
    assert "is:" not in offered(bo_client, "of=events")
    assert offered(bo_client, "q=%00&cursor=999999") != []
    assert bo_client.get("/projects/shop/issues/suggest/?q=a&cursor=-1").status_code == 400


def test_others_are_offered_nothing_of_the_project(
    shop: Project, cy: User, sign_in: Callable[[User], Client]
) -> None:
    builders.issue(shop)
    client = sign_in(cy)
    assert client.get("/projects/shop/issues/suggest/?q=type:").status_code == 404
    assert offered(client, "q=type:", "/issues/suggest/") == []


def test_what_takes_too_long_is_left_out(
    shop: Project, bo_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*args: object, **more: object) -> None:
        raise TookTooLong

    monkeypatch.setattr(suggestions, "suggest", slow)
    assert offered(bo_client, "q=a") == []


def test_the_list_has_the_field_and_a_guide_with_links(shop: Project, bo_client: Client) -> None:
    builders.issue(shop)
    html = bo_client.get("/projects/shop/issues/").content.decode()
    assert 'data-suggest="/projects/shop/issues/suggest/?"' in html
    assert 'href="?status=all&amp;q=level%3Afatal"' in html
    assert 'href="?status=all&amp;q=release%3Alatest"' in html
    assert 'href="/docs/search/"' in html
