from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Project
from issues.models import SessionDay, SessionPerson
from issues.pages import releases
from rustrak.lib import clock
from tests.issues.pages.conftest import Send

PAGE = "/projects/shop/releases/"


def day(project: Project, release: str, ago: int = 0, **over: Any) -> None:
    SessionDay.objects.create(
        project=project, day=clock.now().date() - timedelta(days=ago), release=release,
        **{"environment": "production", "total": 10, **over},
    )  # fmt: skip


def person(project: Project, release: str, number: int, ago: int = 0, crashed: bool = False) -> None:
    of_day, _ = SessionDay.objects.get_or_create(
        project=project, day=clock.now().date() - timedelta(days=ago), release=release,
        environment="production",
    )  # fmt: skip
    SessionPerson.objects.create(session_day=of_day, person=number, crashed=crashed)


def rows(html: str) -> dict[str, list[str]]:
    """The cells of each release, as text."""
    found = {}
    for row in re.findall(r"<tr>(.*?)</tr>", html.split("<tbody>")[1], re.DOTALL):
        name = re.search(r"<bdi>(.*?)</bdi>", row)
        assert name
        cells = re.findall(r'<td class="num[^"]*"><span class="unit">[^<]*</span>(.*?)</td>', row)
        found[name[1]] = cells
    return found


def test_an_empty_page_teaches(bo_client: Client, shop: Project) -> None:
    html = bo_client.get(PAGE).content.decode()
    assert "No sessions yet." in html
    assert "release=" in html


def test_a_release_in_numbers(bo_client: Client, shop: Project, send: Send) -> None:
    day(shop, "shop@1", 3, total=30_000, crashed=1, errored=5)
    day(shop, "shop@2", 0, total=75, crashed=3)
    day(shop, "shop@2", 1, total=0)
    day(shop, "shop@1", 0, total=25)
    person(shop, "shop@2", 1)
    person(shop, "shop@2", 1, ago=1, crashed=True)
    person(shop, "shop@2", 2)
    send({"message": "boom", "release": "shop@2"})
    found = rows(bo_client.get(PAGE).content.decode())
    assert found == {
        "shop@2": ["96%", "50%", "75", "2", "75%", "1"],
        "shop@1": ["99.99%", "–", "30,025", "0", "25%", "0"],
    }
    assert list(found) == ["shop@2", "shop@1"]


def test_the_period_and_the_environment_narrow_it(bo_client: Client, shop: Project) -> None:
    day(shop, "old", 20)
    day(shop, "new", 1)
    day(shop, "tried", 1, environment="test")
    day(shop, "bare", 1, environment="")
    assert set(rows(bo_client.get(PAGE).content.decode())) == {"new", "tried", "bare"}
    assert "old" in rows(bo_client.get(PAGE + "?days=30").content.decode())
    assert set(rows(bo_client.get(PAGE + "?environment=test").content.decode())) == {"tried"}
    assert set(rows(bo_client.get(PAGE + "?environment=").content.decode())) == {"bare"}
    assert len(rows(bo_client.get(PAGE + "?environment=-&days=x").content.decode())) == 3


def test_many_releases_have_pages(bo_client: Client, shop: Project) -> None:
    for number in range(30):
        day(shop, f"r{number}", number % 5)
    html = bo_client.get(PAGE + "?days=30").content.decode()
    assert len(rows(html)) == 25
    assert 'href="?days=30&amp;page=2" rel="next"' in html
    assert len(rows(bo_client.get(PAGE + "?page=2").content.decode())) == 5


@pytest.mark.parametrize("count", [1, 20])
def test_queries_do_not_grow(
    bo_client: Client, shop: Project, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        day(shop, f"r{number}")
        person(shop, f"r{number}", 1)
    with django_assert_max_num_queries(12):
        bo_client.get(PAGE)


def test_names_are_shown_as_text(bo_client: Client, shop: Project) -> None:
    day(shop, "<script>alert(1)</script>\u202e")
    html = bo_client.get(PAGE).content.decode()
    assert "<script>alert" not in html
    assert "\u202e" not in html


def test_people_who_were_too_many_to_be_counted_are_hinted_at(bo_client: Client, shop: Project) -> None:
    day(shop, "r1", more_people=True)
    person(shop, "r1", 1)
    day(shop, "r2")
    html = bo_client.get(PAGE).content.decode()
    assert any("≥</abbr> 1" in cell for cell in rows(html)["r1"])
    assert not any("≥" in cell for cell in rows(html)["r2"])


def test_some_environments_can_be_chosen_and_all_be_named(bo_client: Client, shop: Project) -> None:
    SessionDay.objects.bulk_create(
        SessionDay(project=shop, day=clock.now().date(), release="r", environment=f"e{number:03}", total=1)
        for number in range(releases.MOST_ENVIRONMENTS + 50)
    )
    option = re.compile(r'<option value="(e\d+)"( selected)?>')
    found = option.findall(bo_client.get(PAGE).content.decode())
    assert len(found) == releases.MOST_ENVIRONMENTS
    html = bo_client.get(PAGE + "?environment=e249").content.decode()
    assert option.findall(html)[-1] == ("e249", " selected")
    assert set(rows(html)) == {"r"}
