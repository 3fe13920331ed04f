from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import Membership, Project, User
from issues import lifecycle, review
from issues.models import Issue, SessionDay
from issues.pages import hours
from rustrak.lib import clock
from rustrak.lib.disk.space import FreeSpace, Space
from tests.issues.pages.conftest import Send

ERROR = {"exception": {"values": [{"type": "KeyError", "value": "'a'"}]}}


def test_projects_with_open_issues_day_and_last_event(bo_client: Client, shop: Project, send: Send) -> None:
    for text in ("a", "b", "c"):
        send({"message": text}, ago=timedelta(hours=2))
    lifecycle.resolve(Issue.objects.filter(title="a"), by=None)
    html = bo_client.get("/").content.decode()
    assert 'href="/projects/shop/issues/">Shop</a>' in html
    assert '<a href="/projects/shop/issues/?status=open">2<span' in html
    assert '<a href="/projects/shop/issues/?status=all&amp;q=first-seen%3A%3C24h">3<span' in html
    assert '<a href="/projects/shop/issues/?status=review">2<span' in html
    assert "3 events in 24 hours" in html
    assert "2 h ago" in html


def test_a_project_without_events_leads_to_its_setup(bo_client: Client) -> None:
    html = bo_client.get("/").content.decode()
    assert 'href="/projects/shop/setup/"' in html
    assert "0 events in 24 hours" in html


def test_nobody_sees_projects_of_others(cy: User, shop: Project, sign_in: Callable[[User], Client]) -> None:
    html = sign_in(cy).get("/").content.decode()
    assert "Shop" not in html
    assert "Create a project" in html


def test_strangers_are_sent_to_sign_in(client: Client, db: None) -> None:
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_queries_do_not_grow_with_projects(
    ana: User, sign_in: Callable[[User], Client], send: Send, django_assert_max_num_queries: object
) -> None:
    for number in range(8):
        project = Project.objects.create(name=f"P{number}", slug=f"p{number}")
        send({"message": "m"}, project=project)
    client = sign_in(ana)
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        assert client.get("/").content.decode().count("1 event in 24 hours") == 8


def test_admins_are_told_of_a_full_disk(
    ana: User, bo_client: Client, sign_in: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(ana)
    assert "MIN_FREE_BYTES" not in client.get("/").content.decode()
    monkeypatch.setattr(FreeSpace, "is_little", lambda self: True)
    monkeypatch.setattr(
        FreeSpace, "spaces", lambda self: [Space(Path("/tmp"), 300 * 1024**2, 512 * 1024**2)] * 3
    )  # noqa: S108
    html = client.get("/").content.decode()
    assert html.count("<code>/tmp</code>") == 1
    assert "Events are rejected and attachments are not kept until there is more free space" in html
    assert "MIN_FREE_BYTES" not in bo_client.get("/").content.decode()


def test_only_read(bo_client: Client) -> None:
    assert bo_client.post("/").status_code == 405


def test_a_projects_day_is_the_sum_of_its_issues(shop: Project, send: Send) -> None:
    for number in range(6):
        send({"message": f"m{number % 3}"}, ago=timedelta(hours=number))
    now = clock.now()
    of_issues = hours.of_issues(Issue.objects.values_list("pk", flat=True), now)
    assert hours.of_projects([shop.pk], now)[shop.pk] == [
        sum(at) for at in zip(*of_issues.values(), strict=True)
    ]
    month = [sum(at) for at in zip(*(hours.days_of(key, now) for key in of_issues), strict=True)]
    assert sum(month) == 6
    assert sum(month[:-2]) == 0


def several(bo: User) -> None:
    """Three more projects that Bo may see: Alpha, beta and Gamma."""
    for name in ("Alpha", "beta", "Gamma"):
        project = Project.objects.create(name=name, slug=name.lower())
        Membership.objects.create(user=bo, project=project)


def names(client: Client, query: str = "") -> list[str]:
    html = client.get(f"/{query}").content.decode()
    return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', html)


def test_each_column_sorts_both_ways(bo: User, bo_client: Client, shop: Project, send: Send) -> None:
    several(bo)
    beta, gamma = Project.objects.get(slug="beta"), Project.objects.get(slug="gamma")
    for text in ("a", "b"):
        send({"message": text}, project=beta)
    send({"message": "old"}, project=gamma, ago=timedelta(days=3))
    today = clock.now().date()
    SessionDay.objects.create(project=gamma, day=today, release="1", total=10, crashed=1)
    SessionDay.objects.create(project=shop, day=today, release="1", total=10, crashed=0)
    assert names(bo_client) == ["Alpha", "beta", "Gamma", "Shop"]
    assert names(bo_client, "?sort=name_desc") == ["Shop", "Gamma", "beta", "Alpha"]
    assert names(bo_client, "?sort=open") == ["beta", "Gamma", "Alpha", "Shop"]
    assert names(bo_client, "?sort=open_asc") == ["Alpha", "Shop", "Gamma", "beta"]
    assert names(bo_client, "?sort=new")[0] == names(bo_client, "?sort=review_asc")[-1] == "beta"
    assert names(bo_client, "?sort=trend") == ["beta", "Alpha", "Gamma", "Shop"]
    assert names(bo_client, "?sort=crash_free") == ["Gamma", "Shop", "Alpha", "beta"]
    assert names(bo_client, "?sort=crash_free_desc") == ["Shop", "Gamma", "Alpha", "beta"]
    assert names(bo_client, "?sort=last_event") == ["beta", "Gamma", "Alpha", "Shop"]
    assert names(bo_client, "?sort=nonsense") == names(bo_client)
    html = bo_client.get("/?sort=open").content.decode()
    assert 'aria-sort="descending"><a href="?sort=open_asc">Open</a>' in html
    assert html.count("aria-sort") == 1


def test_the_totals_are_of_all_projects(bo: User, bo_client: Client, shop: Project, send: Send) -> None:
    several(bo)
    for slug in ("alpha", "beta"):
        project = Project.objects.get(slug=slug)
        send({"message": "a"}, project=project)
        SessionDay.objects.create(project=project, day=clock.now().date(), release="1", total=100, crashed=1)
    foot = bo_client.get("/").content.decode().partition("<tfoot>")[2]
    assert "All 4 projects" in foot
    assert '<a href="/issues/?status=open">2<span' in foot
    assert '<a href="/issues/?status=review">2<span' in foot
    assert "99%" in foot
    foot = bo_client.get("/?q=BET").content.decode()
    assert "<tfoot>" not in foot
    assert names(bo_client, "?q=BET") == ["beta"]
    assert "1 of 4 projects" in foot
    assert "No project has this in its name." in bo_client.get("/?q=%00zz").content.decode()


def test_many_projects_are_filtered_and_paged(ana: User, sign_in: Callable[[User], Client]) -> None:
    Project.objects.bulk_create(
        Project(
            name=f"P{number:03}",
            name_folded=f"p{number:03}",
            slug=f"p{number:03}",
            sentry_key=f"{number:032x}",
        )
        for number in range(105)
    )
    client = sign_in(ana)
    assert len(names(client)) == 100
    assert names(client, "?page=2&sort=name_desc") == ["P004", "P003", "P002", "P001", "P000"]
    assert "Filter by name" in client.get("/").content.decode()
    assert "?q=p&amp;sort=&amp;page=2" in client.get("/?q=p").content.decode()


def test_the_charts_are_on_one_scale(bo: User, bo_client: Client, shop: Project, send: Send) -> None:
    several(bo)
    send({"message": "a"})
    for number in range(4):
        send({"message": f"{number}"}, project=Project.objects.get(slug="beta"))
    html = bo_client.get("/").content.decode()
    assert "max 4 an hour" in html
    assert {"v-28h5V28z", "v-7h5V28z"} == set(re.findall(r"v-[0-9]+h5V28z", html))


def test_what_one_has_seen_does_not_wait_for_review(
    bo: User, bo_client: Client, shop: Project, send: Send
) -> None:
    send({"message": "a"})
    review.mark_all(bo, [shop], clock.now())
    assert '<a href="/projects/shop/issues/?status=review">0<span' in bo_client.get("/").content.decode()
