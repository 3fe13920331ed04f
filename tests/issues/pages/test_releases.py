from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from accounts.models import Project
from issues import search
from issues.models import SessionDay, SessionPerson
from issues.pages import releases
from issues.releases import mentioned as known
from rustrak.lib import clock
from tests.issues.pages.conftest import Send
from tests.lib.doors import without_doors

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
    for row in re.findall(r"<tr>(.*?)</tr>", without_doors(html).split("<tbody>")[1], re.DOTALL):
        name = re.search(r"<bdi>(.*?)</bdi>", row)
        assert name
        cells = re.findall(r'<td class="num[^"]*"><span class="unit">[^<]*</span>(.*?)</td>', row)
        found[name[1]] = cells
    return found


def test_an_empty_page_teaches(bo_client: Client, shop: Project) -> None:
    html = bo_client.get(PAGE).content.decode()
    assert "No releases yet." in html
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
        "shop@2": ["96%", "50%", "75", "2", "75%", "1", "1", "1"],
        "shop@1": ["99.99%", "–", "30,025", "0", "25%", "0", "0", "0"],
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
    with django_assert_max_num_queries(18):
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


def test_releases_that_only_events_name_are_listed(bo_client: Client, shop: Project, send: Send) -> None:
    for name in ("shop@1", "shop@2", "shop@3", "shop@2"):
        send({"message": "boom", "release": name})
    send({"message": "old", "release": "shop@0"}, ago=timedelta(days=20))
    html = bo_client.get(PAGE).content.decode()
    assert rows(html) == {
        "shop@3": ["0", "1", "1"], "shop@2": ["0", "1", "2"], "shop@1": ["1", "1", "1"],
    }  # fmt: skip
    assert next(iter(rows(html))) == "shop@2"
    assert "Crash-free sessions" not in html
    assert set(rows(bo_client.get(PAGE + "?days=30").content.decode())) >= {"shop@0"}


def test_an_environment_narrows_what_events_name(bo_client: Client, shop: Project, send: Send) -> None:
    day(shop, "shop@1", environment="live")
    send({"message": "boom", "release": "shop@2", "environment": "live"})
    send({"message": "crash", "release": "shop@3", "environment": "test"})
    assert set(rows(bo_client.get(PAGE + "?environment=live").content.decode())) == {"shop@1", "shop@2"}
    assert set(rows(bo_client.get(PAGE).content.decode())) == {"shop@1", "shop@2", "shop@3"}


def test_an_old_release_is_not_lost_to_an_empty_page(bo_client: Client, shop: Project, send: Send) -> None:
    send({"message": "old", "release": "shop@0"}, ago=timedelta(days=200))
    assert "No releases in this period." in bo_client.get(PAGE).content.decode()


@pytest.mark.parametrize("name", ["shop@1", "a/b?c=1&d#e", "<b>", "1.0 beta", "релиз", "..\\", "x" * 200])
def test_a_release_links_to_its_issues(bo_client: Client, shop: Project, send: Send, name: str) -> None:
    first = send({"message": "began in it", "release": name})
    send({"message": "elsewhere", "release": "other"})
    for release in ("before", name, "after"):
        later = send({"message": "passed through", "release": release})
    html = bo_client.get(PAGE).content.decode()
    links = [unescape(found) for found in re.findall(r'<a href="([^"]+/releases/one/[^"]+)"', html)]
    (link,) = [found for found in links if parse_qs(urlsplit(found).query)["release"] == [name]]
    page = bo_client.get(link).content.decode()
    for event in (first, later):
        assert f"/issues/{event.issue_id}/" in page
    assert "elsewhere" not in page
    new = bo_client.get(link + "&only=new").content.decode()
    assert "began in it" in new
    assert "passed through" not in new


def test_a_release_page_shows_health_and_pages_its_issues(
    bo_client: Client, shop: Project, send: Send
) -> None:
    day(shop, "shop@1", total=1_000_000, errored=10, crashed=1, abnormal=2, unhandled=3)
    for number in range(55):
        send({"exception": {"values": [{"type": f"E{number}", "value": "v"}]}, "release": "shop@1"})
    path = PAGE + "one/?release=shop%401"
    html = bo_client.get(path).content.decode()
    assert "99.99% of" in html
    for words in ("1 crashed", "2 abnormal", "3 unhandled", "4 with errors"):
        assert words in html
    assert html.count('class="short"') == 50
    following = unescape(re.findall(r'href="(\?[^"]*cursor[^"]*)"', html)[0])
    assert bo_client.get(PAGE + "one/" + following).content.decode().count('class="short"') == 5


@pytest.mark.parametrize("query", ["", "?release=", "?release=none", "?release=%00"])
def test_an_unknown_release_is_not_found(bo_client: Client, shop: Project, send: Send, query: str) -> None:
    send({"message": "boom"})
    assert bo_client.get(PAGE + "one/" + query).status_code == 404


def test_a_release_without_events_has_a_page(bo_client: Client, shop: Project) -> None:
    day(shop, "shop@1", ago=80)
    html = bo_client.get(PAGE + "one/?release=shop%401").content.decode()
    assert "No event that is kept names this release." in html


def test_adoption_adds_up_and_no_crash_is_rounded_away(bo_client: Client, shop: Project) -> None:
    for number in range(3):
        day(shop, f"r{number}", total=333_333, crashed=number)
    cells = rows(bo_client.get(PAGE).content.decode())
    assert sum(int(row[4].removesuffix("%")) for row in cells.values()) == 100
    assert [cells[f"r{number}"][0] for number in range(3)] == ["100%", "99.99%", "99.99%"]


def test_crashes_without_beginnings_are_not_more_than_all(bo_client: Client, shop: Project) -> None:
    day(shop, "r", total=0, errored=2, crashed=2)
    assert rows(bo_client.get(PAGE).content.decode())["r"][:3] == ["0%", "–", "2"]


def test_releases_of_very_many_issues_are_bounded(
    bo_client: Client, shop: Project, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "MOST", 3)
    for number in range(9):
        send({"message": f"m{number}", "release": f"r{number}"})
    assert 3 <= len(rows(bo_client.get(PAGE).content.decode())) <= 9


def test_a_list_that_takes_too_long_is_said(
    bo_client: Client, shop: Project, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    day(shop, "r")
    send({"message": "m", "release": "s"})

    def slow(*arguments: object) -> None:
        raise search.TookTooLong

    monkeypatch.setattr(releases, "mentioned", slow)
    html = bo_client.get(PAGE).content.decode()
    assert "took too long to find" in html
    assert set(rows(html)) == {"r"}
