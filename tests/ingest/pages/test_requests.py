from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts import keys
from accounts.models import Membership, Project, User
from ingest import spool
from ingest.ledger.outcomes import Reason
from ingest.models import IntakeRequest
from issues.models import Event
from issues.payload.read import read
from issues.record import writer
from rustrak.lib import clock, ids
from tests.ingest.pages.conftest import Arrive, Count

URL = "/projects/shop/intake/requests/"
SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, settings: Any) -> Path:
    settings.INGEST_DIR = tmp_path
    return tmp_path


def rows(html: str) -> list[str]:
    """Each request of the page as one line of text."""
    found = re.findall(r'<li class="request.*?</li>', html, re.DOTALL)
    return [unescape(" ".join(re.sub(r"<[^>]+>", " ", row).split())) for row in found]


def page(client: Client, **asked: Any) -> str:
    answer = client.get(URL, asked)
    assert answer.status_code == 200
    return answer.content.decode()


def store(project: Project) -> Event:
    """An event that is there."""
    event_id, now = ids.new_event_id(), clock.now()
    payload = json.dumps({"message": "boom"}).encode()
    writer.record(project.pk, [read(payload, event_id=event_id, received_at=now)], now)
    return Event.objects.select_related("issue").get(event_id=event_id)


def test_is_for_members(shop: Project, ana: User, bo: User, cy: User, sign_in: SignIn) -> None:
    assert Client().get(URL).status_code == 302
    assert sign_in(cy).get(URL).status_code == 404
    assert sign_in(bo).get(URL).status_code == 200
    assert sign_in(ana).get(URL).status_code == 200


def test_a_project_nothing_was_sent_to(bo_client: Client) -> None:
    html = page(bo_client)
    assert "No request for this project has arrived yet." in html
    assert "The address." in html
    assert f">curl -i {settings.PUBLIC_URL}/health</code>" in html
    assert "No request was rejected recently." in page(bo_client, show="refused")


def test_newest_first_and_rejected_alone(bo_client: Client, arrive: Arrive) -> None:
    arrive("unknown_key", 401, ago=timedelta(minutes=5))
    arrive(detail={"items": {"session": 1}}, ago=timedelta(minutes=1))
    arrive("empty", 400, ago=timedelta(minutes=3), project=Project.objects.create(name="B", slug="b"))
    first, second = rows(page(bo_client))
    assert first.startswith(
        "accepted 200 Accepted session 1 min ago It contained no error, only 1 session item."
    )
    assert second.startswith("rejected 401 Unknown key 5 min ago No project has this key.")
    assert "envelope sentry.python/2.75.0 203.0.113.9" in second
    assert len(rows(page(bo_client, show="refused"))) == 1


@pytest.mark.parametrize("reason", Reason)
def test_every_refusal_is_explained(reason: Reason, bo_client: Client, arrive: Arrive) -> None:
    arrive(reason, 400)
    (row,) = rows(page(bo_client))
    assert "The reason is called" not in row


def test_a_key_of_another_project(
    bo: User, shop: Project, ana: User, sign_in: SignIn, arrive: Arrive
) -> None:
    blog = Project.objects.create(name="Blog <b>", slug="blog")
    arrive("key_of_other_project", 401, detail={"project_id": blog.pk, "claimed": str(shop.pk)})
    assert "The key belongs to another project," in rows(page(sign_in(bo)))[0]
    assert "blog" not in page(sign_in(bo)).lower()
    assert "The key belongs to project Blog <b>," in rows(page(sign_in(ana)))[0]
    assert '<a href="/projects/blog/issues/" data-slot="other_url">Open that project</a>' in page(
        sign_in(ana)
    )
    Membership.objects.create(user=bo, project=blog)
    assert '<a href="/projects/blog/issues/" data-slot="other_url">Open that project</a>' in page(sign_in(bo))


def test_a_stored_event_is_linked_and_a_repeated_one_said(
    bo_client: Client, shop: Project, arrive: Arrive
) -> None:
    event = store(shop)
    arrive(event_id=event.event_id, detail={"items": {"event": 1, "attachment": 2}, "bytes": 4711})
    link = f"/projects/shop/issues/{event.issue_id}/events/{event.pk}/"
    assert f'<a href="{link}" data-slot="url">View event</a>' in page(bo_client)
    (row,) = rows(page(bo_client))
    assert "Stored in SHOP-1" in row
    assert "Stored in SHOP-1 event 2 × attachment just now" in row
    assert f"4.6 KiB {event.event_id.hex}" in row
    arrive(event_id=event.event_id)
    assert all("more than once" in row for row in rows(page(bo_client)))


def test_the_fates_of_what_is_not_stored(
    bo_client: Client, shop: Project, arrive: Arrive, count: Count, directory: Path
) -> None:
    lost, old = ids.new_event_id(), clock.now() - timedelta(minutes=30)
    arrive(event_id=ids.new_event_id())
    arrive(event_id=lost, ago=timedelta(minutes=10))
    arrive(event_id=ids.new_event_id(), ago=timedelta(minutes=20))
    arrive(event_id=ids.new_event_id(), ago=timedelta(minutes=30))
    count("error", "filtered", 2, "web_crawlers", at=old)
    record = spool.Record("event", shop.pk, lost, 0.0, None, None, b"{")
    spool.quarantine(directory, record, "not <b>JSON</b>")
    html = page(bo_client)
    waiting, quarantined, gone, filtered = rows(html)
    assert "Accepted, in the queue" in waiting
    assert "could not be stored: not <b>JSON</b>." in quarantined
    assert "<b>JSON" not in html
    assert "No longer stored" in gone
    assert "In that minute 2 events matched a filter: web crawler." in filtered


def test_hostile_text_is_shown_and_nothing_more(bo_client: Client, arrive: Arrive) -> None:
    hostile = "<script>alert(1)</script>\u202e"
    arrive(
        "origin_not_allowed",
        403,
        origin=hostile,
        client=hostile,
        endpoint="<b>",
        detail={"items": {hostile: 1}},
    )
    arrive("malformed_envelope", 400, detail={"message": hostile, "items": hostile, "bytes": hostile})
    arrive("key_of_other_project", 401, detail={"project_id": hostile})
    arrive("unknown_key", 401, detail=[hostile])
    arrive(detail={"items": {"event": [hostile]}})
    html = page(bo_client)
    assert len(rows(html)) == 5
    assert "<script>alert" not in html
    assert "\u202e" not in html
    assert "⟨U+202E⟩" in html


def test_at_most_fifty_of_each_and_the_queries_do_not_grow(
    bo_client: Client, shop: Project, arrive: Arrive, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        event_id = store(shop).event_id if number % 10 == 0 else ids.new_event_id()
        arrive(event_id=event_id, ago=timedelta(minutes=number))
        arrive("key_of_other_project", 401, detail={"project_id": number}, ago=timedelta(minutes=number))
    with django_assert_max_num_queries(10):
        html = page(bo_client)
    assert len(rows(html)) == 100


class TestSearch:
    """`?event=`"""

    def test_one_that_is_stored(self, bo_client: Client, shop: Project) -> None:
        event = store(shop)
        for asked in (event.event_id.hex, str(event.event_id).upper(), f" {event.event_id} "):
            html = page(bo_client, event=asked)
            assert "This event is stored in SHOP-1." in html
            assert f'href="/projects/shop/issues/{event.issue_id}/events/{event.pk}/"' in html

    def test_one_that_was_rejected(self, bo_client: Client, arrive: Arrive) -> None:
        event_id = ids.new_event_id()
        arrive("rate_limited", 429, event_id=event_id)
        html = page(bo_client, event=event_id)
        assert "This event is not stored, but Rustrak received it:" in html
        assert len(rows(html)) == 2

    def test_one_in_quarantine(self, bo_client: Client, shop: Project, directory: Path) -> None:
        event_id = ids.new_event_id()
        spool.quarantine(directory, spool.Record("event", shop.pk, event_id, 0.0, None, None, b""), "no JSON")
        assert "could not be stored: no JSON." in page(bo_client, event=event_id)

    def test_one_of_another_project(self, bo_client: Client, arrive: Arrive) -> None:
        other = Project.objects.create(name="Blog", slug="blog")
        event = store(other)
        arrive(event_id=event.event_id, project=other)
        html = page(bo_client, event=event.event_id.hex)
        assert "No stored event and none of the latest requests" in html
        assert str(event.pk) not in html

    def test_one_nobody_saw_gives_the_likely_reasons_once(self, bo_client: Client) -> None:
        html = page(bo_client, event=ids.new_event_id())
        assert "No stored event and none of the latest requests has this ID." in html
        assert html.count("Ad blockers") == 1
        assert html.count('id="health-check"') == 1

    @pytest.mark.parametrize("asked", ["nonsense", "<script>alert(1)</script>", "0" * 33, "é" * 32])
    def test_what_is_no_id(self, asked: str, bo_client: Client) -> None:
        html = page(bo_client, event=asked)
        assert "is not an event ID" in html
        assert "<script>alert" not in html


def test_what_is_not_listed_is_counted(bo_client: Client, arrive: Arrive, shop: Project) -> None:
    arrive(detail={"items": {"session": 1}}, ago=timedelta(minutes=1))
    arrive("empty", 400, ago=timedelta(minutes=2))
    assert "not listed" not in page(bo_client)
    IntakeRequest.objects.filter(reason="").update(unlisted=1234)
    IntakeRequest.objects.filter(reason="empty").update(unlisted=1)
    html = page(bo_client)
    assert "1,234 accepted requests before this one are not listed." in html
    assert "1 rejected request before this one is not listed." in html
    assert "1,235 earlier requests are no longer listed" in page(bo_client, event="f" * 32)


def test_items_that_were_left_out_are_named(bo_client: Client, arrive: Arrive) -> None:
    arrive(detail={"items": {"session": 1}, "unreadable": 2, "message": "an item has no type"})
    (row,) = rows(page(bo_client))
    assert "2 items could not be read: an item has no type." in row


def test_a_request_of_a_clock_that_was_ahead_is_not_the_latest(bo_client: Client, arrive: Arrive) -> None:
    arrive(ago=timedelta(days=-365))
    arrive("empty", 400)
    (row,) = rows(page(bo_client))
    assert row.startswith("rejected 400")


def test_a_request_names_its_key_if_there_are_several(
    bo_client: Client, arrive: Arrive, shop: Project
) -> None:
    (first,) = keys.listed(shop)
    arrive(detail={"items": {"session": 1}, "key": first.pk})
    assert "“Default”" not in page(bo_client)
    keys.create(shop, "iOS")
    arrive(detail={"items": {"session": 1}, "key": "nonsense"})
    assert page(bo_client).count("key “Default”") == 1


def test_a_key_that_is_no_longer_in_use_leads_to_the_keys(
    bo_client: Client, arrive: Arrive, shop: Project
) -> None:
    arrive("disabled_key", 401, detail={"project_id": shop.pk, "claimed": str(shop.pk)})
    html = page(bo_client)
    assert "Key no longer in use" in html
    assert "/projects/shop/settings/keys/" in html
