from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Project, User
from issues import lifecycle
from issues.models import Issue
from tests.issues.pages.conftest import Send, many, titles

URL = "/projects/shop/issues/"


def error(type_: str, value: str = "boom", **more: Any) -> dict[str, Any]:
    return {"exception": {"values": [{"type": type_, "value": value}]}, **more}


def test_rows_newest_first_with_what_one_needs(bo_client: Client, send: Send) -> None:
    send(error("KeyError", "'order_id'", user={"id": 7}, transaction="checkout.pay"), ago=timedelta(hours=3))
    send(error("KeyError", "'order_id'", user={"id": 8}, transaction="checkout.pay"), ago=timedelta(hours=2))
    send(error("ValueError", level="fatal"), ago=timedelta(minutes=5))
    html = bo_client.get(URL).content.decode()
    assert titles(html) == ["SHOP-2", "SHOP-1"]
    assert re.search(r"<b>KeyError</b>\s+<span>&#x27;order_id&#x27;</span>", html)
    assert '<bdi class="culprit">checkout.pay</bdi>' in html
    assert 'aria-label="fatal"' in html
    assert "2 events in 24 hours" in html
    assert ">2<span" in html
    assert '<td class="num users">2<span class="unit"> users</span></td>' in html
    assert "5 min ago" in html
    assert '<span class="badge new">new</span>' in html


def test_tabs_count_and_filter(bo_client: Client, send: Send) -> None:
    for text in ("a", "b", "c"):
        send({"message": text})
    lifecycle.resolve(Issue.objects.filter(title="a"), by=None)
    lifecycle.mute(Issue.objects.filter(title="b"), by=None)
    for status, found in {"open": 1, "resolved": 1, "muted": 1, "all": 3, "nonsense": 1}.items():
        html = bo_client.get(URL, {"status": status}).content.decode()
        assert len(titles(html)) == found, status
        assert re.findall(r'class="count">(\d+)<', html) == ["1", "1", "1", "1", "3"]


@pytest.mark.parametrize("sort", ["last_seen", "first_seen", "events"])
def test_every_issue_is_on_exactly_one_page(bo_client: Client, shop: Project, sort: str) -> None:
    many(shop, 123)
    seen: list[str] = []
    pages = []
    link = f"?sort={sort}"
    while link:
        html = bo_client.get(URL + link).content.decode()
        pages.append(titles(html))
        seen += titles(html)
        found = re.search(r'href="([^"]+)" rel="next"', html)
        link = unescape(found[1]) if found else ""
    assert [len(page) for page in pages] == [50, 50, 23]
    assert len(set(seen)) == 123
    # And back again.
    for page in reversed(pages[:-1]):
        back = re.search(r'href="([^"]+)" rel="prev"', html)
        assert back
        html = bo_client.get(URL + unescape(back[1])).content.decode()
        assert titles(html) == page
    assert 'rel="prev"' not in html


def test_a_bad_cursor_gives_the_first_page(bo_client: Client, shop: Project) -> None:
    many(shop, 3)
    for cursor in ("x", "W10", "\0", "a" * 5000):
        for name in ("cursor", "before"):
            assert len(titles(bo_client.get(URL, {name: cursor}).content.decode())) == 3


def test_search_by_words_short_id_uuid_and_event_id(bo_client: Client, send: Send) -> None:
    event = send(error("KeyError", "apples"))
    send(error("ValueError", "pears"))
    assert titles(bo_client.get(URL, {"q": "PEARS valueerror"}).content.decode()) == ["SHOP-2"]
    issue = f"{URL}{event.issue_id}/"
    assert bo_client.get(URL, {"q": "shop-1"})["Location"] == issue
    assert bo_client.get(URL, {"q": str(event.issue_id)})["Location"] == issue
    for text in (event.event_id.hex, str(event.event_id), event.pk.hex):
        assert bo_client.get(URL, {"q": text})["Location"] == f"{issue}events/{event.pk}/"
    nothing = bo_client.get(URL, {"q": "<b>\0 nothing"}).content.decode()
    assert "Nothing matches" in nothing
    assert "&lt;b&gt; nothing" in nothing
    assert "Clear search" in nothing


def test_a_short_id_finds_resolved_issues_too(bo_client: Client, send: Send) -> None:
    event = send({"message": "m"})
    lifecycle.resolve(Issue.objects.all(), by=None)
    assert bo_client.get(URL, {"q": "SHOP-1"})["Location"] == f"{URL}{event.issue_id}/"


def test_empty_states_by_cause(bo_client: Client, send: Send) -> None:
    html = bo_client.get(URL).content.decode()
    assert "No events yet" in html
    assert 'href="/projects/shop/setup/"' in html
    send({"message": "m"})
    assert "No resolved issues" in bo_client.get(URL, {"status": "resolved"}).content.decode()
    assert "No muted issues" in bo_client.get(URL, {"status": "muted"}).content.decode()
    lifecycle.resolve(Issue.objects.all(), by=None)
    html = bo_client.get(URL).content.decode()
    assert "No open issues" in html
    assert "1 resolved." in html


def test_a_regression_is_marked(bo_client: Client, send: Send) -> None:
    send({"message": "m"}, ago=timedelta(hours=1))
    lifecycle.resolve(Issue.objects.all(), by=None)
    send({"message": "m"})
    html = bo_client.get(URL).content.decode()
    assert '<span class="badge regressed">regressed</span>' in html
    assert "badge new" not in html


def test_hostile_titles_are_text(bo_client: Client, send: Send) -> None:
    send(error("<script>alert(1)</script>", "\u202egnp.exe \x1b[31m"))
    html = bo_client.get(URL).content.decode()
    assert "<script>alert" not in html
    assert "⟨U+202E⟩gnp.exe ␛[31m" in html


def test_queries_do_not_grow_with_rows(
    bo_client: Client, shop: Project, django_assert_max_num_queries: Any
) -> None:
    many(shop, 60)
    bo_client.get(URL)
    for query in ("", "?status=all&sort=assignee&period=30d", "?status=all&trend=14d&q=times:>=0"):
        # The time limit of a search is one statement on PostgreSQL; in the transaction of a test it is four.
        in_test = 3 if connection.vendor == "postgresql" and "q=" in query else 0
        with django_assert_max_num_queries(12 + in_test):
            answer = bo_client.get(URL + query)
    assert len(titles(answer.content.decode())) == 50


def test_sparkline_counts_the_last_day_only(bo_client: Client, send: Send) -> None:
    send({"message": "m"}, ago=timedelta(hours=30))
    send({"message": "m"}, ago=timedelta(hours=1))
    html = bo_client.get(URL).content.decode()
    assert "1 event in 24 hours" in html


def test_others_see_nothing(
    cy: User, shop: Project, sign_in: Callable[[User], Client], client: Client
) -> None:
    assert sign_in(cy).get(URL).status_code == 404
    assert client.get(URL).status_code == 302
