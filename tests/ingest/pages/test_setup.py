from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project, User
from ingest import sample_event
from issues import advice
from issues.models import Issue
from rustrak.lib import clock, ids
from tests.ingest.pages.conftest import Arrive
from tests.lib import builders

SEEN = datetime(2026, 11, 23, 19, 4, tzinfo=UTC)


@pytest.mark.parametrize("path", ["/projects/shop/setup/", "/projects/shop/setup/status"])
def test_is_for_members(path: str, shop: Project, ana: User, bo: User, cy: User, sign_in) -> None:
    assert Client().get(path).status_code == 302
    assert sign_in(cy).get(path).status_code == 404
    assert sign_in(bo).get(path).status_code == 200
    assert sign_in(ana).get(path).status_code == 200


@pytest.mark.parametrize("platform", ["", "go", "curl", "nonsense"])
def test_shows_the_dsn_for_any_platform(bo: User, shop: Project, sign_in, platform: str) -> None:
    page = sign_in(bo).get("/projects/shop/setup/", {"platform": platform}).content.decode()
    assert f"data-dsn>{shop.dsn}</code>" in page
    assert page.count(shop.dsn) >= 2


def test_starts_with_the_projects_own_platform(bo: User, shop: Project, sign_in) -> None:
    Project.objects.update(platform="rails")
    assert "config/initializers/sentry.rb" in sign_in(bo).get("/projects/shop/setup/").content.decode()


def test_waits_until_an_event_arrives(bo: User, shop: Project, sign_in) -> None:
    client = sign_in(bo)
    assert client.get("/projects/shop/setup/status").json() == {
        "arrived": False,
        "url": None,
        "requests": [],
    }
    assert '<p class="notice" id="waiting">' in client.get("/projects/shop/setup/").content.decode()
    for order in (1, 2):
        issue = Issue.objects.create(
            project=shop,
            digest_order=order,
            title="E",
            first_seen=SEEN,
            last_seen=SEEN.replace(hour=20, minute=order),
        )
    url = f"/projects/shop/issues/{issue.id}/"
    assert client.get("/projects/shop/setup/status").json() == {
        "arrived": True,
        "url": url,
        "requests": [],
    }
    page = client.get("/projects/shop/setup/").content.decode()
    assert f'<a href="{url}">' in page
    assert '<p class="notice" id="waiting" hidden>' in page


def test_has_arrived_though_its_issue_was_deleted(bo: User, shop: Project, sign_in) -> None:
    Project.objects.update(digested_event_count=1)
    assert sign_in(bo).get("/projects/shop/setup/status").json() == {
        "arrived": True,
        "url": None,
        "requests": [],
    }


def test_shows_what_arrives_while_it_waits(bo: User, shop: Project, sign_in, arrive: Arrive) -> None:
    client = sign_in(bo)
    assert "hidden>\n" in client.get("/projects/shop/setup/").content.decode()
    arrive("unknown_key", 401, client="<script>alert(1)</script>")
    arrive(detail={"items": {"transaction": 2}, "bytes": 2048}, ago=timedelta(minutes=3))
    rejected, accepted = client.get("/projects/shop/setup/status").json()["requests"]
    assert rejected["badge"] == "rejected 401"
    assert rejected["text"].startswith("No project has this key.")
    assert (rejected["accepted"], rejected["ago"]) == (False, "just now")
    assert rejected["page_url"] == ""  # the reader is there already
    assert rejected["about"] == ["envelope", "<script>alert(1)</script>", "203.0.113.9"]
    assert accepted["title"] == "Accepted, but not supported"
    assert accepted["about"][-2:] == ["2 KiB", "2 × transaction"]
    page = client.get("/projects/shop/setup/").content.decode()
    assert rejected["text"] in page
    assert accepted["title"] in page
    assert "<script>alert" not in page


def test_shows_the_latest_few(bo: User, shop: Project, sign_in, arrive: Arrive) -> None:
    for number in range(9):
        arrive("empty", 400, ago=timedelta(minutes=number))
    status = sign_in(bo).get("/projects/shop/setup/status").json()
    assert [row["ago"] for row in status["requests"]] == [
        "just now", "1 min ago", "2 min ago", "3 min ago", "4 min ago",
    ]  # fmt: skip


def test_shows_no_requests_once_an_event_is_there(bo: User, shop: Project, sign_in, arrive: Arrive) -> None:
    arrive("unknown_key", 401)
    Project.objects.update(digested_event_count=1)
    assert sign_in(bo).get("/projects/shop/setup/status").json()["requests"] == []
    assert "Requests received so far" not in sign_in(bo).get("/projects/shop/setup/").content.decode()


def test_asking_again_and_again_costs_few_queries(
    bo: User, shop: Project, sign_in, arrive: Arrive, django_assert_max_num_queries
) -> None:
    client = sign_in(bo)
    for _ in range(20):
        arrive(event_id=ids.new_event_id())
        arrive("unknown_key", 401)
    with django_assert_max_num_queries(7):
        client.get("/projects/shop/setup/status")


def _event(shop: Project, number: int = 1, **fields: Any) -> None:
    Project.objects.filter(pk=shop.pk).update(digested_event_count=number)
    builders.issue(shop, number, **fields)


SAMPLE = (sample_event.RELEASE, sample_event.ENVIRONMENT)
EVERYTHING = {"last_release": "1", "last_environment": "production", "user_count": 1}


def test_advises_to_send_what_no_event_had(bo: User, shop: Project, sign_in) -> None:
    client = sign_in(bo)
    pages = ("/projects/shop/setup/", "/projects/shop/issues/")
    for page in pages:
        assert "Say more with each event" not in client.get(page).content.decode()
    _event(shop, last_environment="production")
    for page in pages:
        text = client.get(page).content.decode()
        assert "<strong>release</strong>" in text
        assert "<strong>user</strong>" in text
        assert "<strong>environment</strong>" not in text
    _event(shop, 2, **EVERYTHING)
    for page in pages:
        assert "Say more with each event" not in client.get(page).content.decode()


def test_the_advice_can_be_closed_for_good(bo: User, cy: User, shop: Project, sign_in) -> None:
    _event(shop)
    assert sign_in(cy).post("/projects/shop/setup/advice/").status_code == 404
    client = sign_in(bo)
    assert client.get("/projects/shop/setup/advice/").status_code == 405
    for target, location in (
        ("/projects/shop/issues/", "/projects/shop/issues/"),
        ("//evil.example", "/projects/shop/setup/"),
    ):
        assert client.post("/projects/shop/setup/advice/", {"next": target})["Location"] == location
    assert "Say more with each event" not in client.get("/projects/shop/issues/").content.decode()


def test_our_own_test_event_counts_for_nothing(bo: User, shop: Project, sign_in) -> None:
    sent = sample_event.event(clock.now())
    seen = {"release": sent["release"], "environment": sent["environment"]}
    fields = {f"{end}_{name}": value for name, value in seen.items() for end in ("first", "last")}
    _event(shop, user_count=1, **fields)
    assert advice.missing(Project.objects.get(), sample=SAMPLE) == []
    _event(shop, 2)
    assert advice.missing(Project.objects.get(), sample=SAMPLE) == list(advice.SUBJECTS)


def test_the_advice_costs_one_query(shop: Project, django_assert_num_queries) -> None:
    for number in range(1, 6):
        _event(shop, number)
    project = Project.objects.get()
    with django_assert_num_queries(1):
        assert len(advice.missing(project, sample=SAMPLE)) == 3
    project.advice_closed = True
    with django_assert_num_queries(0):
        assert not advice.missing(project, sample=SAMPLE)


def test_warns_of_an_address_that_only_this_machine_reaches(
    bo: User, shop: Project, sign_in, settings
) -> None:
    client = sign_in(bo)
    page = client.get("/projects/shop/setup/?platform=android").content.decode()
    assert "only programs on this machine" not in page
    assert "10.0.2.2" not in page
    settings.PUBLIC_URL, settings.HOST = "http://127.0.0.1:8000", "127.0.0.1"
    page = client.get("/projects/shop/setup/?platform=android").content.decode()
    assert "only programs on this machine can reach" in page
    assert "10.0.2.2" in page
    assert "10.0.2.2" not in client.get("/projects/shop/setup/?platform=go").content.decode()


def test_platforms_are_found_without_a_script(bo: User, shop: Project, sign_in) -> None:
    client = sign_in(bo)
    page = client.get("/projects/shop/setup/", {"find": "ELIX", "platform": "go"}).content.decode()
    assert "?platform=elixir" in page
    assert "?platform=django" not in page
    assert "Set up Go" in page
    for hostile in ("<script>", "x" * 10_000, "\0", "%", "\u202e"):
        page = client.get("/projects/shop/setup/", {"find": hostile}).content.decode()
        assert "No platform has this name" in page
        assert "<script>" not in page.partition("</head>")[2]


def test_the_latest_events_platform_is_shown(bo: User, shop: Project, sign_in) -> None:
    _event(shop, platform="cocoa")
    assert "Set up Apple" in sign_in(bo).get("/projects/shop/setup/").content.decode()
