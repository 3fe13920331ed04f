"""Tags of an issue on its pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from issues.models import Event, IssueTag, IssueTagKey
from issues.pages import tags
from issues.tag_values import OfIssue
from tests.issues.pages.conftest import Send
from tests.lib.doors import without_doors


def url_of(event: Event) -> str:
    return f"/projects/shop/issues/{event.issue_id}/tags/"


def test_values_by_how_many_events_carried_them(bo_client: Client, send: Send) -> None:
    for number in range(12):
        event = send({"message": "m", "release": f"r{min(number, 1)}", "tags": {"n": str(number)}})
    html = without_doors(bo_client.get(url_of(event)).content.decode())
    assert re.search(r'<bdi>r1</bdi>\s+<span class="num">11\s+<b>92%</b>', html)
    assert re.search(r'<bdi>r0</bdi>\s+<span class="num">1\s+<b>8%</b>', html)
    assert "and 2 more values in 2 events" in html
    assert "12 events" in html
    issue = without_doors(bo_client.get(f"/projects/shop/issues/{event.issue_id}/").content.decode())
    assert f'href="{url_of(event)}"' in issue
    assert re.search(
        r'<bdi>release</bdi></span>\s+<span class="num"><b>92%</b></span>\s+<bdi class="first">r1', issue
    )


def test_values_that_are_not_told_apart_are_said_to_be_more(shop: Project, send: Send) -> None:
    event = send({"message": "m"})
    IssueTagKey.objects.create(
        project=event.project, grouping=event.grouping, key="request", count=5_000, values_kept=200
    )
    IssueTag.objects.bulk_create(
        IssueTag(project=event.project, grouping=event.grouping, key="request", value=f"{n:03}", count=2)
        for n in range(200)
    )
    (row,) = tags.rows_of(event.issue, [OfIssue("request", 5_000, 200, is_full=True)])
    assert ([each.value for each in row.values], row.hidden, row.hidden_more, row.rest) == (
        [f"{n:03}" for n in range(10)],
        190,
        True,
        4_980,
    )
    assert {(each.count, row.count) for each in row.values} == {(2, 5_000)}


def test_what_matters_most_stands_first(send: Send) -> None:
    event = send(
        {
            "message": "m",
            "release": "r",
            "environment": "e",
            "tags": {**{f"a{n}": "v" for n in range(20)}, "os": "Linux", "browser": "Firefox"},
        }
    )
    assert [row.key for row in tags.top(event.issue)] == [
        "level", "environment", "release", "browser", "os", "a0", "a1", "a10",
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["<script>alert(1)</script>", "\u202eevil", "a" * 200, "x&y\"'"])
def test_hostile_keys_and_values_are_text(bo_client: Client, send: Send, value: str) -> None:
    event = send({"message": "m"})
    IssueTagKey.objects.create(
        project=event.project, grouping=event.grouping, key=value, count=1, values_kept=1
    )
    IssueTag.objects.create(project=event.project, grouping=event.grouping, key=value, value=value, count=1)
    for url in (url_of(event), f"/projects/shop/issues/{event.issue_id}/"):
        answer = bo_client.get(url)
        html = answer.content.decode()
        assert answer.status_code == 200
        assert "<script>alert" not in html
        assert "\u202e" not in html


@pytest.mark.parametrize("count", [1, 40])
def test_statements_do_not_grow_with_tags(
    bo_client: Client, send: Send, count: int, django_assert_max_num_queries: Any
) -> None:
    for turn in range(3):
        event = send({"message": "m", "tags": {f"k{n}": f"v{turn}" for n in range(count)}})
    with django_assert_max_num_queries(8):
        html = bo_client.get(url_of(event)).content.decode()
    assert ('rel="next"' in html) is (count > 25)
    if count > 25:
        link = re.search(r'href="([^"]+)" rel="next"', html)
        assert link
        following = bo_client.get(url_of(event) + link[1].replace("&amp;", "&")).content.decode()
        keys = re.findall(r"<h2><bdi>([^<]+)</bdi>", without_doors(html + following))
        assert len(keys) == len(set(keys)) == IssueTagKey.objects.filter(grouping__issue=event.issue).count()


def test_no_tags_yet(bo_client: Client, send: Send) -> None:
    event = send({"message": "m"})
    IssueTag.objects.all().delete()
    IssueTagKey.objects.all().delete()
    assert b"No tags yet." in bo_client.get(url_of(event)).content


def test_others_see_nothing(cy: User, send: Send, sign_in: Callable[[User], Client], client: Client) -> None:
    event = send({"message": "m"})
    assert sign_in(cy).get(url_of(event)).status_code == 404
    assert client.get(url_of(event)).status_code == 302
    assert sign_in(cy).post(url_of(event)).status_code in (404, 405)


def test_shares_of_a_key_add_up_and_are_the_same_on_both_pages(bo_client: Client, send: Send) -> None:
    for value in ("a", "b", "c"):
        event = send({"message": "m", "tags": {"third": value}})
    for number in range(13):
        event = send({"message": "m", "tags": {"many": f"v{number}"}})
    base = f"/projects/shop/issues/{event.issue_id}/"
    shares = {}
    for section in without_doors(bo_client.get(f"{base}tags/").content.decode()).split("<section>")[1:]:
        key = re.findall(r"<bdi>(.*?)</bdi>", section)[0]
        shares[key] = re.findall(r"<b>(\d+)%</b>", section)
        assert sum(map(int, shares[key])) == 100, key
    assert shares["third"] == ["34", "33", "33"]
    assert len(shares["many"]) == 11
    beside = without_doors(bo_client.get(base).content.decode())
    for key, all_of_it in shares.items():
        assert re.search(rf"<bdi>{key}</bdi></span>\s*<span class=\"num\"><b>{all_of_it[0]}%</b>", beside), (
            key
        )
