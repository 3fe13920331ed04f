"""The page of a person."""

from __future__ import annotations

import re
from datetime import timedelta

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Project, User
from issues.models import IssuePerson, Person, UserReport
from rustrak.lib import clock, ids
from tests.issues.pages.conftest import Send, url_of

URL = "/projects/shop/people/"
ANA = {"id": "8812", "email": "Ana@example.org", "username": "ana", "ip_address": "192.0.2.7"}


def test_what_a_person_met(
    bo_client: Client, send: Send, shop: Project, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    send({"message": "first", "user": ANA, "release": "shop@1"}, ago=timedelta(days=2))
    send({"message": "first", "user": {"id": "1"}})
    event = send({"message": "second", "user": ANA, "release": "shop@2"})
    UserReport.objects.create(
        project=shop,
        report_id=ids.uuid7(),
        email="ana@example.org",
        comments="It broke",
        source="widget",
        ingested_at=clock.now(),
    )
    page = re.search(
        r'href="(/projects/shop/people/\?person=-?\d+)"', bo_client.get(url_of(event)).content.decode()
    )
    assert page
    with django_assert_max_num_queries(14):  # four of them limit the time on PostgreSQL
        html = bo_client.get(page[1]).content.decode()
    assert re.findall(r'<span class="short">(SHOP-\d+)</span>', html) == ["SHOP-2", "SHOP-1"]
    for shown in (
        "8812",
        "ana@example.org",
        "192.0.2.7",
        "shop@1",
        "shop@2",
        "It broke",
        "2 issues happened",
    ):
        assert shown in html, shown
    events = re.search(rf'href="(/projects/shop/issues/{event.issue_id}/events/\?q=[^"]*)"', html)
    assert events
    assert bo_client.get(events[1].replace("&amp;", "&")).content.decode().count("data-row") == 1
    everything = re.search(
        r'href="(/projects/shop/issues/\?status=all[^"]*)">Show them in the issue list', html
    )
    assert everything
    assert "SHOP-1" in bo_client.get(everything[1].replace("&amp;", "&")).content.decode()


def test_what_is_not_known_is_said(bo_client: Client, send: Send) -> None:
    send({"message": "m", "user": ANA})
    number = IssuePerson.objects.get().person
    IssuePerson.objects.update(first_seen=None, last_seen=None, event_count=0)
    html = bo_client.get(URL, {"person": str(number)}).content.decode()
    assert "before Rustrak counted events of people" in html
    Person.objects.all().delete()
    html = bo_client.get(URL, {"person": str(number)}).content.decode()
    assert "Who this is has expired" in html
    assert "SHOP-1" in html


def test_nobody(bo_client: Client, client: Client, cy: User, shop: Project) -> None:
    for number in ("", "1", "x", "9" * 30, "-", "²"):
        assert bo_client.get(URL, {"person": number}).status_code == 404, number
    client.force_login(cy)
    assert client.get(URL, {"person": "1"}).status_code == 404
