"""The list of an issue's events: order, columns, filter, pages."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from issues.models import Event
from issues.pages.event_list import view
from issues.search.events import scan
from tests.issues.pages.conftest import Send
from tests.lib import events

FRAMES = [
    {"function": "charge_card", "filename": "billing/charge.py", "vars": {"order_id": "4711", "self": "<x>"}}
]


def thrown(value: str = "v", **over: Any) -> dict[str, Any]:
    exception = {"type": "KeyError", "value": value, "stacktrace": {"frames": FRAMES}}
    return {"exception": [exception], "fingerprint": ["one"], **over}


def url_of(event: Event) -> str:
    return f"/projects/shop/issues/{event.issue_id}/events/"


def numbers(client: Client, url: str, **query: Any) -> list[int]:
    html = client.get(url, query).content.decode()
    return [int(number) for number in re.findall(r'<td class="num order">(\d+)</td>', html)]


def test_events_are_in_the_order_of_their_own_time(bo_client: Client, send: Send) -> None:
    for ago in (1, 3, 2):
        event = send(thrown(), ago=timedelta(hours=ago))
    assert numbers(bo_client, url_of(event)) == [1, 3, 2]
    assert numbers(bo_client, url_of(event), sort="oldest") == [2, 3, 1]


def test_pages_go_on_in_both_orders(bo_client: Client, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    for ago in range(5):
        event = send(thrown(), ago=timedelta(hours=ago))
    monkeypatch.setattr(view, "SIZE", 2)
    for sort, wanted in (("", [1, 2, 3, 4, 5]), ("oldest", [5, 4, 3, 2, 1])):
        for q in ("", "level:error", "charge"):
            found: list[int] = []
            link = f"?{'sort=oldest&' if sort else ''}q={q}"
            while link:
                html = bo_client.get(url_of(event) + link).content.decode()
                found += [int(number) for number in re.findall(r'<td class="num order">(\d+)</td>', html)]
                next_page = re.search(r'href="(\?[^"]*)" rel="next"', html)
                link = next_page[1].replace("&amp;", "&") if next_page else ""
            assert found == wanted, (sort, q)


def test_the_grammar_filters(bo_client: Client, send: Send) -> None:
    send(
        thrown(level="fatal", release="shop@2.4.1", environment="production", tags={"browser": "Firefox 1"}),
        ago=timedelta(days=3),
    )
    send(
        thrown(
            "oven is off",
            user={"id": 8812, "email": "Ana@example.org", "ip_address": "192.0.2.7"},
            release="shop@2.3",
        )
    )
    event = send(
        thrown(
            request={"url": "https://shop.example.org/checkout/pay"},
            transaction="/checkout/{id}",
            contexts={},
        )
    )
    url = url_of(event)
    for q, wanted in {
        "level:fatal": [1],
        "-level:fatal": [3, 2],
        "level:>=error": [3, 2, 1],
        "release:shop@2.4.1": [1],
        "release:>=2.4": [1],
        "release:shop@*": [2, 1],
        "-has:release": [3],
        "environment:prod*": [1],
        "last-seen:<2d": [3, 2],
        "first-seen:>2d": [1],
        "browser:Firefox*": [1],
        'browser:"Firefox 1"': [1],
        "has:browser": [1],
        "-browser:x": [3, 2, 1],
        "tags[level]:fatal": [1],
        "user:8812": [2],
        "user.email:ana@example.org": [2],
        "user:192.0.2.7": [2],
        "has:user": [2],
        "oven": [2],
        '"oven is"': [2],
        '"oven i"': [],
        "is:open": [],
        "function:charge_card": [3, 2, 1],
        'function:"charge"': [],
        "file:charge.py": [3, 2, 1],
        "type:keyerror": [3, 2, 1],
        "type:key": [],
        "url:/checkout": [3],
        "transaction:/checkout": [3],
        "has:stacktrace": [3, 2, 1],
        "has:attachment": [],
        "[user:8812": [],
        "level:[fatal,info]": [1],
        "charge level:error oven": [2],
    }.items():
        assert numbers(bo_client, url, q=q) == wanted, q


def test_what_cannot_be_asked_for_is_said(bo_client: Client, send: Send) -> None:
    url = url_of(send(thrown()))
    for q, said in {
        "is:open": "is about issues",
        "level:loud": "no level",
        "has:[attachment,browser]": "needs a has: of its own",
        "colour:red": "is known to have the tag",
        "nosuchword": "No event matches",
    }.items():
        assert said in bo_client.get(url, {"q": q}).content.decode(), q


def test_a_search_goes_on_where_a_page_stops(
    bo_client: Client, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(thrown("first of all"), ago=timedelta(days=1))
    for _ in range(5):
        event = send(thrown())
    monkeypatch.setattr(scan, "MOST_READ", 4)
    monkeypatch.setattr(scan, "_STEP", 3)
    html = bo_client.get(url_of(event), {"q": "first"}).content.decode()
    assert "None of the 4 events that were searched matches." in html
    assert "Searched 4 of 6 stored events" in html
    link = re.search(r'href="(\?[^"]*)" rel="next"', html)
    assert link
    html = bo_client.get(url_of(event) + link[1].replace("&amp;", "&")).content.decode()
    assert '<td class="num order">1</td>' in html
    assert "Search older events" not in html


def test_columns_are_chosen_and_remembered(bo_client: Client, send: Send) -> None:
    event = send(
        thrown(
            user={"id": 7},
            tags={"browser": "Firefox", "a,b": "comma"},
            request={"url": "https://x.example/y"},
            release="shop@1",
        )
    )
    url = url_of(event)
    assert cells(bo_client.get(url)) == ["shop@1", "–"]
    chosen = bo_client.get(
        url, {"columns": ["", "user,url,tag:browser", "tag:a%2Cb", "var:order_id", "nonsense", "tag:none"]}
    )
    assert cells(chosen) == ["7", "https://x.example/y", "Firefox", "comma", "4711", "–"]
    assert cells(bo_client.get(url)) == cells(chosen)
    assert cells(bo_client.get(url, {"columns": ""})) == []
    assert cells(bo_client.get(url)) == []


def test_columns_that_are_not_shown_are_named(bo_client: Client, send: Send) -> None:
    url = url_of(send(thrown()))
    asked = ",".join(f"tag:k{number}" for number in range(14))
    html = bo_client.get(url, {"columns": f"nonsense,{asked}"}).content.decode()
    assert "There is no column <bdi><code>nonsense</code>" in html
    assert "At most 12 columns are shown; 2 more were chosen." in html


def cells(response: Any) -> list[str]:
    html = response.content.decode()
    return re.findall(r'<td class="cell">.*?<bdi>(.*?)</bdi>', html, re.DOTALL)


def test_a_cell_leads_to_the_events_with_its_value(bo_client: Client, send: Send) -> None:
    event = send(thrown(release="shop@1", tags={"browser": 'Fire"fox, 1'}))
    send(thrown(release="shop@2"))
    html = bo_client.get(url_of(event), {"columns": "release,tag:browser", "q": "charge"}).content.decode()
    links = re.findall(r'<a class="door" href="(\?q=[^"]*)"', html)
    assert len(links) == 3
    for link, wanted in zip(links, ([2], [1], [1]), strict=True):
        assert numbers(bo_client, url_of(event) + link.replace("&amp;", "&")) == wanted


def test_hostile_columns_and_cells(bo_client: Client, send: Send) -> None:
    evil = '<script>"&\u202e'
    event = send(
        thrown(tags={evil: evil}, user={"id": [1], "email": {"a": 1}}, request=["x"], transaction={"a": 2})
    )
    url = url_of(event)
    asked = {"columns": [f"tag:{evil}", "user,url,transaction,message", "var:", "tag:", "x" * 5000, "tag:\0"]}
    html = bo_client.get(url, asked).content.decode()
    assert "<script>" not in html.replace("<script src", "")
    assert "\u202e" not in html
    assert bo_client.get(url, {"q": evil, "cursor": "nonsense"}).status_code == 200
    assert bo_client.get(url, {"q": "\0"}).status_code == 200
    assert bo_client.get(url, {"q": "x" * 5000}).status_code == 200


def test_a_page_has_few_queries(
    bo_client: Client, send: Send, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        event = send(events.python_event(number))
    with django_assert_max_num_queries(12):
        bo_client.get(url_of(event), {"columns": "user,tag:plan,url", "q": "declined has:user"})


def test_from_an_event_one_goes_on_to_the_next_that_was_found(
    bo_client: Client, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = [
        send(thrown("oven" if number % 2 else "disk"), ago=timedelta(hours=9 - number)) for number in range(6)
    ]
    third = url_of(sent[3]) + f"{sent[3].pk}/"
    html = bo_client.get(third, {"q": "oven", "frames": "all"}).content.decode()
    assert f'{sent[1].pk}/?frames=all&amp;q=oven" rel="next"' in html
    assert f'{sent[5].pk}/?frames=all&amp;q=oven" rel="prev"' in html
    assert f'{url_of(sent[0])}?q=oven">Events found' in html
    last = bo_client.get(url_of(sent[5]) + f"{sent[5].pk}/", {"q": "oven"}).content.decode()
    assert '<span class="button" aria-disabled="true">Newer ›</span>' in last
    assert "Events found" not in bo_client.get(third, {"q": "is:open"}).content.decode()
    monkeypatch.setattr(scan, "MOST_READ", 1)
    html = bo_client.get(third, {"q": "oven"}).content.decode()
    link = re.search(r'href="([^"]*)">‹ Search older', html)
    assert link
    assert "Searched" in bo_client.get(link[1].replace("&amp;", "&")).content.decode()
