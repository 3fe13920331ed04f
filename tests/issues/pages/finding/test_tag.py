"""The tags of a project, and the values of one."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Project, User
from issues import tag_values
from issues.models import Issue, IssueTagKey
from issues.pages.finding import tag
from tests.issues.pages.conftest import Send
from tests.lib.doors import doors

URL = "/projects/shop/tags/"


def rows(client: Client, **query: str) -> dict[str, list[str]]:
    """The number cells of each row, by its name."""
    found = {}
    for row in client.get(URL, query).content.decode().split("<tr>")[2:]:
        name = re.search(r"<bdi>(.*?)</bdi>", row)
        assert name
        found[name[1]] = re.findall(
            r'<td class="num">(?:<a [^>]*>)?<span class="unit">[^<]*</span>([^<]*)', row
        )
    return found


def test_keys_and_values_with_their_numbers(bo_client: Client, send: Send) -> None:
    for number, (kind, browser) in enumerate(
        [("A", "Firefox"), ("A", "Firefox"), ("B", "Firefox"), ("B", "Chrome")]
    ):
        send({"message": kind, "tags": {"browser": browser, **({"once": "x"} if number == 0 else {})}})
    assert rows(bo_client) == {"browser": ["2", "4"], "level": ["2", "4"], "once": ["1", "1"]}
    assert rows(bo_client, key="browser") == {"Firefox": ["3", "2", "75%"], "Chrome": ["1", "1", "25%"]}
    assert list(rows(bo_client, key="browser", q="CHR")) == ["Chrome"]
    html = bo_client.get(URL, {"key": "browser"}).content.decode()
    assert "SHOP-1" in html
    assert "3 events in 14 days" not in html  # of the issues: all four
    assert "4 events in 14 days" in html


def test_a_value_leads_to_its_issues(bo_client: Client, send: Send) -> None:
    odd = 'a "b", c:d*'
    send({"message": "m", "tags": {"level": odd, "my tag": odd}})
    send({"message": "n", "tags": {"my tag": "other"}})
    html = bo_client.get(URL, {"key": "my tag"}).content.decode()
    link = re.search(r'href="(/projects/shop/issues/\?[^"]*)"><bdi>a ', html)
    assert link
    found = bo_client.get(link[1].replace("&amp;", "&")).content.decode()
    assert re.findall(r'<span class="short">(SHOP-\d+)</span>', found) == ["SHOP-1"]


def test_many_values_have_pages_and_are_sorted_by_issues(
    bo_client: Client,
    send: Send,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(7):
        send({"message": str(number % 2), "tags": {"n": f"v{number}"}})
    monkeypatch.setattr(tag, "SIZE", 3)
    monkeypatch.setattr(tag_values, "MOST_SORTED", 3)
    found: list[str] = []
    for page in ("1", "2", "3"):
        with django_assert_max_num_queries(14):  # four of them limit the time on PostgreSQL
            found += rows(bo_client, key="n", page=page)
    assert sorted(found) == [f"v{number}" for number in range(7)]
    assert (
        'aria-sort="descending">\n              <a href="?key=n&amp;sort=issues">'
        in bo_client.get(URL, {"key": "n"}).content.decode()
    )
    assert rows(bo_client, key="n", sort="events")["v0"] == ["1", "1", "14%"]
    assert "This page is empty." in bo_client.get(URL, {"key": "n", "page": "9"}).content.decode()
    monkeypatch.setattr(tag_values, "MOST_ROWS", 1)
    assert "Events are not added up here" in bo_client.get(URL).content.decode()


def test_what_is_not_known_is_said(bo_client: Client, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    send({"message": "m", "tags": {"n": "v"}})
    assert "No issue has this tag." in bo_client.get(URL, {"key": "nothing"}).content.decode()
    assert "No value contains" in bo_client.get(URL, {"key": "n", "q": "zz"}).content.decode()
    IssueTagKey.objects.filter(key="n").update(values_kept=200)
    assert "In 1 issue it has more than 200 values" in bo_client.get(URL, {"key": "n"}).content.decode()
    monkeypatch.setattr(tag, "MOST_ISSUES", 0)
    html = bo_client.get(URL, {"key": "n"}).content.decode()
    assert '<td class="trend">–</td>' in html
    Issue.objects.update(status=Issue.Status.DELETING)
    assert bo_client.get(URL, {"key": "n"}).status_code == 200


def test_hostile_names_are_text(bo_client: Client, send: Send) -> None:
    evil = '<script>"&\u202e'
    send({"message": "m", "tags": {evil: evil}})
    for query in ({}, {"key": evil}, {"key": evil, "q": evil, "page": "-1", "sort": "x"}, {"key": "\0"}):
        page = bo_client.get(URL, query)
        assert page.status_code == 200
        html = re.sub("<input [^>]*>", "", page.content.decode())
        assert "<script>&quot;" not in html
        assert "\u202e" not in html


def test_strangers_see_nothing(client: Client, cy: User, shop: Project) -> None:
    assert client.get(URL).status_code == 302
    client.force_login(cy)
    assert client.get(URL).status_code == 404


def test_values_of_an_event_are_doors(bo_client: Client, send: Send) -> None:
    event = send(
        {
            "exception": [{"type": "KeyError", "value": "x"}],
            "release": "shop@1",
            "environment": "live",
            "transaction": "/pay/{id}",
            "server_name": "web-1",
            "request": {"url": "https://shop.example/pay"},
            "user": {"email": "ana@example.org"},
            "tags": {"browser": "Firefox 1", "release": "shop@1", "two\nlines": "x", "list": ["x"]},
        }
    )
    send({"message": "other", "level": "info"})
    html = bo_client.get(f"/projects/shop/issues/{event.issue_id}/events/{event.pk}/").content.decode()
    found = doors(html)
    for text in (
        "shop@1",
        "live",
        "/pay/{id}",
        "https://shop.example/pay",
        "web-1",
        "ana@example.org",
        "Firefox 1",
        "error",
    ):
        listed = bo_client.get(found[text]).content.decode()
        assert re.findall(r'<span class="short">(SHOP-\d+)</span>', listed) == ["SHOP-1"], (text, found[text])
    assert found["/pay/{id}"].endswith("?status=all&q=transaction%3A%22%2Fpay%2F%7Bid%7D%22")
    assert found["/pay/{id}"].endswith("?status=all&q=transaction%3A%22%2Fpay%2F%7Bid%7D%22")
    assert found["browser"] == "/projects/shop/tags/?key=browser"
    assert "list" not in found
