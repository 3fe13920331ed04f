from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Membership, Project, User
from issues import lifecycle
from issues.models import Issue
from issues.pages.issue_list import neighbours as module
from issues.search import TookTooLong
from tests.issues.pages.conftest import Send, many, titles

URL = "/projects/shop/issues/"


def links(html: str) -> dict[str, str]:
    found = re.search(r'<nav class="issue-nav".*?</nav>', html, re.DOTALL)
    names = {"i": "back", "k": "previous", "j": "next"}
    pairs = re.findall(r'href="([^"]+)" data-key="(.)"', found[0]) if found else []
    return {names[key]: unescape(link) for link, key in pairs}


@pytest.mark.parametrize("sort", ["last_seen", "trend_asc", "assignee", "assignee_desc"])
def test_next_walks_through_the_whole_list_and_previous_back(
    bo_client: Client, bo: User, shop: Project, sort: str
) -> None:
    many(shop, 5)
    lifecycle.assign(Issue.objects.filter(digest_order__in=[2, 4]), bo, by=None)
    html = bo_client.get(f"{URL}?sort={sort}&period=30d").content.decode()
    listed = titles(html)
    walked = []
    href = re.search(r'<a id="issue-[^"]+" href="([^"]+)"', html)
    assert href
    link, last = unescape(href[1]), ""
    while link:
        page = bo_client.get(link).content.decode()
        walked += re.findall(r'id="short-id"><span class="short">([^<]+)<', page)
        last, link = link, links(page).get("next", "")
    assert walked == listed
    back = links(bo_client.get(last).content.decode())
    assert titles(bo_client.get(back["back"].partition("#")[0]).content.decode()) == listed
    assert links(bo_client.get(back["previous"]).content.decode())["next"] == last


def test_the_list_of_all_projects_leads_into_other_projects(
    bo_client: Client, bo: User, shop: Project, send: Send
) -> None:
    web, hidden = (Project.objects.create(name=name, slug=name) for name in ("web", "hidden"))
    Membership.objects.create(user=bo, project=web)
    first = send({"message": "a"}).issue_id
    send({"message": "b"}, project=hidden)
    second = send({"message": "c"}, project=web).issue_id
    address = "list=" + quote("/issues/?status=open&sort=first_seen_asc")
    found = links(bo_client.get(f"{URL}{first}/?{address}").content.decode())
    assert found["next"].startswith(f"/projects/web/issues/{second}/?list=/issues/")
    assert links(bo_client.get(found["next"]).content.decode())["previous"].startswith(f"{URL}{first}/")


def test_an_issue_that_has_left_the_list_keeps_its_place(
    bo_client: Client, shop: Project, send: Send
) -> None:
    issues = [send({"message": str(number)}).issue_id for number in range(3)]
    lifecycle.resolve(Issue.objects.filter(pk=issues[1]), by=None)
    found = links(bo_client.get(f"{URL}{issues[1]}/?list={quote(URL + '?status=open')}").content.decode())
    assert (str(issues[2]) in found["previous"], str(issues[0]) in found["next"]) == (True, True)


@pytest.mark.parametrize(
    "address", ["", "?status=open", "//evil.example/", "/projects/other/issues/?a", "x" * 5000]
)
def test_other_addresses_lead_nowhere(bo_client: Client, send: Send, address: str) -> None:
    issue = send({"message": "m"}).issue_id
    assert links(bo_client.get(f"{URL}{issue}/?list={quote(address)}").content.decode()) == {}


def test_links_of_the_page_keep_the_list_and_it_asks_little(
    bo_client: Client, send: Send, django_assert_max_num_queries: Any
) -> None:
    for _ in range(2):
        event = send({"message": "m"})
    address = f"{URL}{event.issue_id}/?list={quote(URL + '?status=open&period=14d')}"
    # It is not for review any more when it is opened again.
    bo_client.get(address)
    with django_assert_max_num_queries(22 + 4 * (connection.vendor == "postgresql")):
        html = bo_client.get(address).content.decode()
    older = re.search(r'href="([^"]+)" rel="next"', html)
    assert older
    assert "back" in links(bo_client.get(unescape(older[1])).content.decode())


def test_a_search_that_takes_too_long_leaves_the_way_back(
    bo_client: Client, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: object) -> None:
        raise TookTooLong

    monkeypatch.setattr(module, "select", slow)
    issue = send({"message": "m"}).issue_id
    found = links(bo_client.get(f"{URL}{issue}/?list={quote(URL + '?q=m')}").content.decode())
    assert found.keys() == {"back"}
