"""issues/sentry_api/issues/events.py"""

from __future__ import annotations

from unittest import mock

import pytest

from accounts.models import Project, User
from issues.mapping.events import Mapped
from issues.models import Attachment
from issues.sentry_api.issues import events
from issues.sentry_api.issues.named import number_of
from tests.lib import builders
from tests.lib.builders import START
from tests.lib.json_api import Caller

pytestmark = pytest.mark.django_db

ORG, SHOP = "/api/0/organizations/acme/", "/api/0/projects/acme/shop/"


def test_events_are_listed_latest_first_and_paged(bo: User, shop: Project) -> None:
    issue = builders.issue(shop)
    made = [builders.event(issue, number, {"user": {"id": number}}) for number in (1, 2, 3)]
    ids = [each.event_id.hex for each in reversed(made)]
    caller = Caller(bo, token=True)
    for path in (
        f"{ORG}issues/SHOP-1/events/",
        f"/api/0/issues/{number_of(issue)}/events/",
        f"{SHOP}events/",
    ):
        first = caller("GET", f"{path}?per_page=2&full=false&cursor=")
        assert [each["eventID"] for each in first.json()] == ids[:2], path
        assert first.json()[0]["user"]["id"] == "3"
        cursor = first["Link"].rpartition('cursor="')[2].rstrip('"')
        assert [each["eventID"] for each in caller.get(f"{path}?per_page=2&cursor={cursor}")] == ids[2:]
    assert caller.get(f"{ORG}issues/SHOP-1/events/?query=environment:staging") == []
    assert caller("GET", f"{ORG}issues/SHOP-1/events/?query=is:x").status_code == 400


def test_one_event_by_its_place_or_id(bo: User, shop: Project) -> None:
    issue = builders.issue(shop)
    first, last = (builders.event(issue, number) for number in (1, 2))
    caller = Caller(bo, token=True)
    for path, event in (
        (f"{ORG}issues/SHOP-1/events/latest/", last),
        (f"{ORG}issues/SHOP-1/events/recommended/?collapse=x", last),
        (f"{ORG}issues/SHOP-1/events/oldest/", first),
        (f"/api/0/issues/{number_of(issue)}/events/latest/", last),
        (f"{ORG}issues/SHOP-1/events/{first.event_id}/", first),
        (f"{SHOP}events/{first.event_id.hex}/", first),
    ):
        assert caller.get(path)["eventID"] == event.event_id.hex, path
    assert caller.get(f"{SHOP}events/{first.event_id.hex}/")["nextEventID"] == last.event_id.hex
    for path in (f"{SHOP}events/x/", f"{SHOP}events/{issue.pk}/", f"{ORG}issues/SHOP-1/events/x/"):
        assert caller("GET", path).status_code == 404, path


def test_the_readable_form_is_answered(bo: User, shop: Project) -> None:
    event = builders.event(builders.issue(shop), payload={"message": "as sent"})
    path = f"{SHOP}events/{event.event_id.hex}/"
    readable = Mapped({"message": "readable"}, 1, 1)
    with mock.patch.object(events, "mapped", return_value=readable) as mapped:
        assert Caller(bo, token=True).get(path)["message"] == "as sent"
        assert not mapped.called
        Project.objects.update(artifacts_version=3)
        assert Caller(bo, token=True).get(path)["message"] == "readable"
        assert Caller(bo, token=True).get(f"{path}json/")["message"] == "readable"


def test_attachments(bo: User, shop: Project) -> None:
    event = builders.event(builders.issue(shop))
    made = Attachment.objects.create(
        project=shop,
        event_id=event.event_id,
        name="a.txt",
        kind="event.attachment",
        size=3,
        file="nowhere",
        ingested_at=START,
    )
    caller, path = Caller(bo, token=True), f"{SHOP}events/{event.event_id.hex}/attachments/"
    [listed] = caller.get(path)
    assert (listed["id"], listed["name"], listed["size"]) == (str(made.pk), "a.txt", 3)
    assert caller.get(f"{path}{made.pk}/") == listed
    assert caller("GET", f"{path}{made.pk}/?download=1").status_code == 404
    assert caller("GET", f"{path}x/").status_code == 404


def test_events_of_others_are_not_found(bo: User, shop: Project) -> None:
    other = Project.objects.create(name="Other", slug="other")
    issue = builders.issue(other)
    plain = builders.event(issue).event_id.hex
    caller = Caller(bo, token=True)
    for path in (
        f"/api/0/projects/acme/other/events/{plain}/", f"{SHOP}events/{plain}/", f"{ORG}issues/{number_of(issue)}/events/latest/",
        f"{ORG}eventids/{plain}/", "/api/0/projects/acme/other/events/",
    ):  # fmt: skip
        assert caller("GET", path).status_code == 404, path
