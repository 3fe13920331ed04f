from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project
from issues.models import Issue, Release
from issues.pages.releases import asked
from issues.releases import rows, tools
from issues.releases.rows import Seen
from rustrak.lib import clock
from tests.issues.pages.conftest import Send
from tests.lib import builders
from tests.lib.release_pages import PAGE, cells, day, person

pytestmark = pytest.mark.django_db


def test_an_empty_page_teaches(bo_client: Client, shop: Project) -> None:
    html = bo_client.get(PAGE).content.decode()
    assert "No releases yet." in html
    assert "release=" in html


def test_a_release_in_numbers(bo_client: Client, shop: Project, send: Send) -> None:
    day(shop, "shop@1.9", 3, total=30_000, crashed=1, errored=5)
    day(shop, "shop@1.10", 0, total=75, crashed=3)
    day(shop, "shop@1.10", 1, total=0)
    day(shop, "shop@1.9", 0, total=25)
    person(shop, "shop@1.10", 1)
    person(shop, "shop@1.10", 1, ago=1, crashed=True)
    person(shop, "shop@1.10", 2)
    send({"message": "boom", "release": "shop@1.10"})
    builders.issue(shop, 8, status="resolved", resolution="in_release", resolved_release="shop@1.9")
    builders.issue(shop, 9, regressed_at=clock.now(), regressed_release="shop@1.9")
    html = bo_client.get(PAGE).content.decode()
    assert cells(html) == {
        "shop@1.10": ["96% of 75", "50% of 2", "75%", "1", "0", "0", "1"],
        "shop@1.9": ["99.99% of 30,025", "–", "25%", "0", "1", "1", "0"],
    }
    assert list(cells(html)) == ["shop@1.10", "shop@1.9"]
    assert "Newest first, by semantic version." in html


@pytest.mark.parametrize("key", ["first-release", "regressed-in", "resolved-in"])
def test_a_number_is_that_of_the_list_that_it_leads_to(
    bo_client: Client, shop: Project, send: Send, key: str
) -> None:
    send({"message": "boom", "release": "shop@1.0"})
    builders.issue(shop, 8, status="resolved", resolution="now", resolved_release="shop@1.0")
    builders.issue(shop, 9, regressed_at=clock.now(), regressed_release="shop@1.0")
    builders.issue(
        shop,
        10,
        status=Issue.Status.DELETING,
        first_release="shop@1.0",
        regressed_release="shop@1.0",
        resolved_release="shop@1.0",
    )
    html = bo_client.get(PAGE).content.decode()
    (link,) = re.findall(rf'href="([^"]+{key}[^"]+)"', html)
    assert cells(html)["shop@1.0"][:3] == ["1", "1", "1"]
    assert bo_client.get(link.replace("&amp;", "&")).content.decode().count("<tr data-row>") == 1


def test_the_order_is_that_of_the_releases_and_a_basis_that_differs_is_said(
    bo_client: Client, shop: Project
) -> None:
    now = clock.now()
    for hours, name in [(1, "shop@1.2"), (5, "shop@1.10"), (3, "a1b2c3d"), (9, "shop@1.1")]:
        at = now - timedelta(hours=hours)
        rows.note(shop.pk, {(name, ""): Seen(1, at, at)}, now)
    html = bo_client.get(PAGE).content.decode()
    assert list(cells(html)) == ["a1b2c3d", "shop@1.10", "shop@1.2", "shop@1.1"]
    assert html.count("ordered by when they were first seen") == 1


def test_the_period_is_of_sessions_and_the_environment_of_releases(
    bo_client: Client, shop: Project, send: Send
) -> None:
    day(shop, "old", 20)
    day(shop, "tried", 1, environment="test")
    day(shop, "bare", 1, environment="")
    send({"message": "boom", "release": "tried", "environment": "live"})
    tools.deploy(shop, "ready", "test", by=None)
    found = cells(bo_client.get(PAGE).content.decode())
    assert set(found) == {"old", "tried", "bare", "ready"}
    assert found["old"][0] == "–"
    assert cells(bo_client.get(PAGE + "?days=30").content.decode())["old"][0] == "100% of 10"
    assert set(cells(bo_client.get(PAGE + "?environment=test").content.decode())) == {"tried", "ready"}
    live = cells(bo_client.get(PAGE + "?environment=live").content.decode())
    assert live == {"tried": ["–", "–", "0%", "1", "0", "0", "1"]}
    assert set(cells(bo_client.get(PAGE + "?environment=").content.decode())) == {"bare"}
    assert len(cells(bo_client.get(PAGE + "?environment=-&days=x").content.decode())) == 4


def test_many_releases_have_pages(
    bo_client: Client, shop: Project, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        day(shop, f"r{number}", number % 5)
        person(shop, f"r{number}", 1, number % 5)
        tools.deploy(shop, f"r{number}", "live", by=None)
    with django_assert_max_num_queries(12):
        html = bo_client.get(PAGE + "?days=30").content.decode()
    assert len(cells(html)) == 25
    assert 'href="?days=30&amp;page=2" rel="next"' in html
    assert len(cells(bo_client.get(PAGE + "?page=2").content.decode())) == 5
    assert html.count("deployed to <bdi>live</bdi>") == 25
    assert html.count('class="mark-line"') == 25


def test_names_are_shown_as_text(bo_client: Client, shop: Project) -> None:
    day(shop, "<script>alert(1)</script>\u202e")
    html = bo_client.get(PAGE).content.decode()
    assert "<script>alert" not in html
    assert "\u202e" not in html


def test_what_is_not_listed_is_said(bo_client: Client, shop: Project) -> None:
    day(shop, "r1", more_people=True)
    person(shop, "r1", 1)
    Release.objects.create(project=shop, version=rows.OTHERS, event_count=1234)
    html = bo_client.get(PAGE).content.decode()
    assert cells(html)["r1"][1] == "100% of ≥ 1"
    assert "A project lists 5,000 releases: 1,234 events named others." in html


def test_some_environments_can_be_chosen_and_all_be_named(
    bo_client: Client, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asked, "MOST_ENVIRONMENTS", 3)
    now = clock.now()
    rows.note(shop.pk, {("r", f"e{number}"): Seen(1, now, now) for number in range(5)}, now)
    option = re.compile(r'<option value="(e\d+)"( selected)?>')
    assert len(option.findall(bo_client.get(PAGE).content.decode())) == 3
    html = bo_client.get(PAGE + "?environment=e4").content.decode()
    assert option.findall(html)[-1] == ("e4", " selected")
    assert set(cells(html)) == {"r"}


def test_adoption_adds_up_and_no_crash_is_rounded_away(bo_client: Client, shop: Project) -> None:
    for number in range(3):
        day(shop, f"r{number}", total=333_333, crashed=number)
    found = cells(bo_client.get(PAGE).content.decode())
    assert sum(int(row[2].removesuffix("%")) for row in found.values()) == 100
    assert [found[f"r{number}"][0].split()[0] for number in range(3)] == ["100%", "99.99%", "99.99%"]


def test_crashes_without_beginnings_are_not_more_than_all(bo_client: Client, shop: Project) -> None:
    day(shop, "r", total=0, errored=2, crashed=2)
    assert cells(bo_client.get(PAGE).content.decode())["r"][:2] == ["0% of 2", "–"]
