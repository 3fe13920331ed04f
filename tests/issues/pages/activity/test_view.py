"""An issue's history on its pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from issues import lifecycle
from issues.models import Activity, Event, Issue
from rustrak.lib import clock
from tests.issues.pages.conftest import Send
from tests.lib.doors import without_doors


def page_of(event: Event) -> str:
    return f"/projects/shop/issues/{event.issue_id}/"


def lines(html: str) -> list[str]:
    """The entries as text, without their times."""
    found = re.search(r'<ol class="timeline">(.*?)</ol>', html, re.DOTALL)
    assert found
    texts = (
        re.sub(r"<time.*?</time>|<[^>]+>", "", item)
        for item in re.findall(r"<li>(.*?)</li>", found[1], re.DOTALL)
    )
    return [" ".join(text.split()) for text in texts]


def test_who_and_which_event_did_what(bo_client: Client, bo: User, send: Send) -> None:
    first = send({"message": "m"})
    lifecycle.resolve(Issue.objects.all(), bo)
    again = send({"message": "m"})
    lifecycle.resolve(Issue.objects.all(), None)
    html = bo_client.get(page_of(first)).content.decode()
    assert lines(html) == [
        "Resolved automatically or by a deleted account ·",
        "Regressed: it happened again after it was resolved · event 2 ·",
        f"Resolved by {bo.get_short_name()} ·",
        "First event · event 1 ·",
    ]
    assert f'{page_of(first)}events/{again.pk}/">event 2</a>' in html
    Event.objects.filter(pk=again.pk).delete()
    assert (
        lines(bo_client.get(page_of(first)).content.decode())[1]
        == "Regressed: it happened again after it was resolved ·"
    )


def test_where_it_was_seen_first_and_last(bo_client: Client, send: Send) -> None:
    send({"message": "m", "release": "shop@1.2", "environment": "production"})
    event = send({"message": "m", "environment": "staging"})
    html = " ".join(without_doors(bo_client.get(page_of(event)).content.decode()).split())
    assert "in <bdi>shop@1.2</bdi> · <bdi>production</bdi>" in html
    assert "in <bdi>staging</bdi>" in html or "in <bdi>shop@1.2</bdi> · <bdi>staging</bdi>" in html
    assert "2 events in 30 days" in html


@pytest.mark.parametrize("count", [5, 120])
def test_the_whole_history_in_pages(
    bo_client: Client, bo: User, send: Send, count: int, django_assert_max_num_queries: Any
) -> None:
    event = send({"message": "m"})
    now = clock.now()
    Activity.objects.bulk_create(
        Activity(issue_id=event.issue_id, kind="muted", at=now, user=bo) for _ in range(count)
    )
    url = f"{page_of(event)}activity/"
    issue = bo_client.get(page_of(event)).content.decode()
    assert (url in issue) is (count > 5)
    seen = 0
    query = ""
    while True:
        with django_assert_max_num_queries(8):
            html = bo_client.get(url + query).content.decode()
        seen += len(lines(html))
        link = re.search(r'href="([^"]+)" rel="next"', html)
        if link is None:
            break
        query = link[1].replace("&amp;", "&")
    assert seen == count + 1


def test_a_hostile_name_is_text(bo_client: Client, bo: User, send: Send) -> None:
    User.objects.filter(pk=bo.pk).update(name="<b onclick=x>\u202ebo")
    event = send({"message": "m"})
    lifecycle.mute(Issue.objects.all(), User.objects.get(pk=bo.pk))
    html = bo_client.get(f"{page_of(event)}activity/").content.decode()
    assert "<b onclick" not in html
    assert "by &lt;b onclick=x&gt;" in re.sub(r"</?bdi>", "", html)


def test_others_see_nothing(
    ana: User, cy: User, send: Send, sign_in: Callable[[User], Client], client: Client
) -> None:
    event = send({"message": "m"})
    url = f"{page_of(event)}activity/"
    assert sign_in(cy).get(url).status_code == 404
    assert client.get(url).status_code == 302
    Project.objects.create(name="Other", slug="other")
    assert sign_in(ana).get(url.replace("/shop/", "/other/")).status_code == 404
