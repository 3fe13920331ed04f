from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import Project, User
from issues import lifecycle
from issues.models import Issue
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
    assert '<td class="num open">2<span' in html
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
    with django_assert_max_num_queries(8):  # type: ignore[operator]
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
