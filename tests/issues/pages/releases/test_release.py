from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import Project
from issues.models import Issue
from issues.releases import tools
from rustrak.lib import clock
from tests.issues.pages.conftest import Send
from tests.lib.release_pages import PAGE, day

pytestmark = pytest.mark.django_db
ONE = f"{PAGE}one/"


@pytest.mark.parametrize("name", ["shop@1", "a/b?c=1&d#e", "<b>", "1.0 beta", "релиз", "..\\", "x" * 200])
def test_a_release_links_to_its_issues(bo_client: Client, shop: Project, send: Send, name: str) -> None:
    first = send({"message": "began in it", "release": name})
    send({"message": "elsewhere", "release": "other"})
    for release in ("before", name, "after"):
        later = send({"message": "passed through", "release": release})
    html = bo_client.get(PAGE).content.decode()
    links = [unescape(found) for found in re.findall(r'<a href="([^"]+/releases/one/[^"]+)"', html)]
    (link,) = [found for found in links if parse_qs(urlsplit(found).query)["release"] == [name]]
    page = bo_client.get(link).content.decode()
    for event in (first, later):
        assert f"/issues/{event.issue_id}/" in page
    assert "elsewhere" not in page
    new = bo_client.get(link + "&only=new").content.decode()
    assert "began in it" in new
    assert "passed through" not in new


def test_its_page_says_everything_about_it(bo_client: Client, shop: Project, send: Send) -> None:
    day(shop, "shop@1.9", total=1_000_000, errored=10, crashed=1, abnormal=2, unhandled=3)
    for name in ("shop@1.8", "shop@1.9", "shop@1.10"):
        send({"message": name, "release": name, "environment": "live"})
    came_back = send({"message": "came back", "release": "shop@1.8"}).issue_id
    Issue.objects.filter(pk=came_back).update(regressed_at=clock.now(), regressed_release="shop@1.9")
    tools.describe(shop, "shop@1.9", ref="9f8e7d6", url="https://example.org/1.9")
    tools.deploy(shop, "shop@1.9", "beta", by=None, name="canary")
    html = bo_client.get(f"{ONE}?release=shop%401.9").content.decode()
    for words in (
        "99.99% of", "1 crashed", "2 abnormal", "3 unhandled", "4 with errors", "9f8e7d6", "https://example.org/1.9", "canary",
        "older by semantic version", "newer by semantic version", 'Regressed <span class="count">1</span>',
        'New <span class="count">1</span>',
    ):  # fmt: skip
        assert words in html, words
    assert re.search(r'release=shop%401.8" rel="prev"', html)
    assert "came back" not in html
    assert "came back" in bo_client.get(f"{ONE}?release=shop%401.9&only=regressed").content.decode()


def test_its_issues_have_pages(
    bo_client: Client, shop: Project, send: Send, django_assert_max_num_queries: Any
) -> None:
    for number in range(55):
        send({"exception": {"values": [{"type": f"E{number}", "value": "v"}]}, "release": "shop@1"})
    with django_assert_max_num_queries(18):
        html = bo_client.get(f"{ONE}?release=shop%401").content.decode()
    assert html.count('class="short"') == 50
    following = unescape(re.findall(r'href="(\?[^"]*cursor[^"]*)"', html)[0])
    assert bo_client.get(ONE + following).content.decode().count('class="short"') == 5


@pytest.mark.parametrize("query", ["", "?release=", "?release=none", "?release=%00"])
def test_an_unknown_release_is_not_found(bo_client: Client, shop: Project, send: Send, query: str) -> None:
    send({"message": "boom"})
    assert bo_client.get(ONE + query).status_code == 404


def test_a_release_without_events_has_a_page(bo_client: Client, shop: Project) -> None:
    day(shop, "shop@1", ago=80)
    assert "No issues." in bo_client.get(f"{ONE}?release=shop%401").content.decode()
