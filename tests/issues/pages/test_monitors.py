from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from django.utils.html import escape

from accounts.models import Membership, Project, User
from issues.models import CheckIn, Issue, Monitor, MonitorState
from issues.monitors import overdue
from issues.render.values import line
from rustrak.lib import clock
from tests.lib.check_ins import EVERY_TEN, NIGHTLY, NOW, check_in, send

LIST = "/projects/shop/monitors/"
ONE = "/projects/shop/monitors/nightly/"


def test_an_empty_list_teaches_how_to_check_in(bo_client: Client, shop: Project) -> None:
    html = bo_client.get(LIST).content.decode()
    assert "No monitors yet." in html
    assert f"/api/{shop.pk}/cron/nightly-report/{shop.sentry_key}/?status=ok" in html
    assert "sentry-cli monitors run" in html


def test_failing_monitors_come_first(bo_client: Client, shop: Project) -> None:
    now = clock.now()
    for slug, status in (("a-fine", "ok"), ("b-broken", "error"), ("c-running", "in_progress")):
        send(shop, check_in(status, now - timedelta(minutes=5), slug=slug, monitor_config=EVERY_TEN))
    html = bo_client.get(LIST).content.decode()
    assert html.index("b-broken") < html.index("a-fine") < html.index("c-running")
    assert "3 monitors" in html
    assert "1 failing" in html
    assert "Failed" in html
    assert "every 10 minutes" in html
    assert "in 4 min" in html or "in 5 min" in html
    assert "running" in html


def test_one_monitor_with_timeline_config_and_issue(bo_client: Client, shop: Project) -> None:
    send(
        shop,
        check_in("in_progress", check_in_id="a" * 32, monitor_config=NIGHTLY | {"timezone": "Asia/Tokyo"}),
    )
    send(shop, check_in("error", NOW + timedelta(seconds=90), check_in_id="a" * 32, environment="production"))
    send(shop, check_in("ok", NOW, environment="<b>test</b>"))
    html = bo_client.get(ONE).content.decode()
    assert "at 03:00 every day (Asia/Tokyo)" in html
    assert "1 min 30 s" in html
    assert "Monitor nightly failed" in html
    assert "&lt;b&gt;test" in html
    assert "<b>test" not in html
    only = bo_client.get(ONE + "?environment=production").content.decode()
    assert only.count('class="when"') == 1
    assert bo_client.get(ONE + "?environment=none").content.decode().count('class="when"') == 2


def test_a_configuration_that_was_not_taken_over_is_said(bo_client: Client, shop: Project) -> None:
    send(shop, check_in(monitor_config={"schedule": {"type": "crontab", "value": "daily"}}))
    assert "invalid schedule" in bo_client.get(LIST).content.decode()
    assert "does not have five fields" in bo_client.get(ONE).content.decode()


def test_the_timeline_has_pages(bo_client: Client, shop: Project) -> None:
    send(shop, *[check_in(at=NOW + timedelta(minutes=number)) for number in range(60)])
    html = bo_client.get(ONE).content.decode()
    assert html.count('class="when"') == 50
    assert 'rel="next"' in html


def test_many_monitors_have_pages(bo_client: Client, shop: Project) -> None:
    send(shop, *[check_in(slug=f"job-{number:03}") for number in range(55)])
    html = bo_client.get(LIST).content.decode()
    assert html.count('scope="rowgroup"') == 50
    assert 'href="?page=2" rel="next"' in html
    for page in ("2", "99", "-1", "0"):
        assert bo_client.get(LIST, {"page": page}).content.decode().count('scope="rowgroup"') == 5
    for page in ("x", "²"):
        assert bo_client.get(LIST, {"page": page}).content.decode().count('scope="rowgroup"') == 50


@pytest.mark.parametrize("count", [1, 20])
def test_queries_do_not_grow(
    bo_client: Client, shop: Project, count: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        send(
            shop, *[check_in("error", slug=f"j{number}", environment=f"e{each}") for each in range(3)],
            check_in("error", slug="nightly", environment=f"e{number}"),
        )  # fmt: skip
    for path in (LIST, ONE):
        with django_assert_max_num_queries(12):
            assert bo_client.get(path).status_code == 200


def test_mute_and_unmute(bo_client: Client, shop: Project) -> None:
    send(shop, check_in())
    assert bo_client.post(ONE + "act/", {"action": "mute"}).status_code == 302
    assert Monitor.objects.get().is_muted
    assert "muted" in bo_client.get(ONE).content.decode()
    bo_client.post(ONE + "act/", {"action": "unmute"})
    assert not Monitor.objects.get().is_muted
    assert bo_client.post(ONE + "act/", {"action": "explode"}).status_code == 400
    assert bo_client.get(ONE + "act/").status_code == 405


def test_only_admins_of_the_project_delete(bo: User, bo_client: Client, shop: Project) -> None:
    send(shop, check_in("error"))
    assert bo_client.get(ONE + "delete/").status_code == 403
    assert bo_client.post(ONE + "delete/").status_code == 403
    assert "Delete…" not in bo_client.get(ONE).content.decode()
    Membership.objects.update(role="admin")
    assert "comes back" in bo_client.get(ONE + "delete/").content.decode()
    assert Monitor.objects.exists()
    assert bo_client.post(ONE + "delete/", {"confirm": Monitor.objects.get().slug}).status_code == 302
    assert not Monitor.objects.exists()
    assert not CheckIn.objects.exists()
    assert Issue.objects.exists()


@pytest.mark.parametrize("path", [LIST, ONE, ONE + "act/", ONE + "delete/", "/projects/shop/releases/"])
def test_strangers_see_nothing(
    cy: User, shop: Project, sign_in: Callable[[User], Client], client: Client, path: str
) -> None:
    send(shop, check_in())
    method = sign_in(cy).post if path.endswith("act/") else sign_in(cy).get
    assert method(path).status_code == 404
    assert client.get(path).status_code == 302


def test_a_monitor_of_another_project_is_not_here(bo_client: Client, shop: Project) -> None:
    send(Project.objects.create(name="Other", slug="other"), check_in())
    assert bo_client.get(ONE).status_code == 404


def test_a_missed_run_is_shown(bo_client: Client, shop: Project) -> None:
    at = clock.now() - timedelta(hours=2)
    send(shop, check_in(at=at, monitor_config=EVERY_TEN))
    overdue.detect(clock.now(), clock.now())
    html = bo_client.get(ONE).content.decode()
    assert "Missed" in html
    assert "Latest 2 check-ins: 1 failed" in html


def test_a_monitor_with_many_environments_shows_some(bo_client: Client, shop: Project) -> None:
    now = clock.now()
    monitor = Monitor.objects.create(project=shop, slug="nightly")
    MonitorState.objects.bulk_create(
        MonitorState(monitor=monitor, environment=f"env-{number:03}", last_check_in_at=now)
        for number in range(210)
    )
    html = bo_client.get(LIST).content.decode()
    assert "env-009" in html
    assert "env-010" not in html
    assert "and 200 more environments" in html
    html = bo_client.get(ONE).content.decode()
    assert "env-199" in html
    assert "and 10 more environments" in html


def test_what_was_paused_or_left_out_is_said(bo_client: Client, shop: Project) -> None:
    send(shop, check_in())
    Monitor.objects.update(events_left_out=1204)
    MonitorState.objects.update(paused_at=NOW, next_due_at=None)
    html = bo_client.get("/projects/shop/monitors/nightly/").content.decode()
    assert ">paused</span>" in html
    assert "An environment is paused when too many runs in a row have failed" in html
    assert "1,204 failures created no event" in html


@pytest.mark.parametrize(
    "name", ["ночной отчёт", "a/b", "..", "<b>&\"'", "日本語", "\u200b", "x" * 300, "%2F"]
)
def test_any_name_has_a_page_and_an_address(bo_client: Client, shop: Project, name: str) -> None:
    send(shop, check_in("error", slug=name))
    monitor = Monitor.objects.get()
    path = f"/projects/shop/monitors/{monitor.slug}/"
    html = bo_client.get(path).content.decode()
    assert f"<h1><bdi>{escape(line(monitor.name))}</bdi>" in html
    assert escape(f"/cron/{quote(monitor.name, safe='')}/{shop.sentry_key}/") in html.replace("\\%", "%")
    listed = bo_client.get(LIST).content.decode()
    assert re.search(rf'href="{path}"><bdi>[^<]+</bdi>', listed)
    issue = Issue.objects.get()
    assert path in bo_client.get(f"/projects/shop/issues/{issue.pk}/", follow=True).content.decode()
    assert str(issue.pk) in html


def test_an_issue_that_only_looks_like_one_of_a_monitor_links_nowhere(
    bo_client: Client, shop: Project, request: pytest.FixtureRequest
) -> None:
    send_event = request.getfixturevalue("send")
    other = Project.objects.create(name="Other", slug="other")
    send(other, check_in())
    for value in ("", "x", Monitor.objects.get().pk):
        send_event({"message": "Monitor nightly failed", "tags": {"monitor.id": str(value)}})
    issue = Issue.objects.get(project=shop)
    assert (
        "<dt>Monitor</dt>"
        not in bo_client.get(f"/projects/shop/issues/{issue.pk}/", follow=True).content.decode()
    )


@pytest.mark.parametrize("environment", ["test", "a/b?&#", "<i>"])
def test_one_environment_is_muted(bo_client: Client, shop: Project, environment: str) -> None:
    send(shop, check_in("error"), check_in("error", environment=environment))
    asked = {"action": "mute", "environment": environment}
    assert bo_client.post(ONE + "act/", asked).status_code == 302
    assert {state.environment: state.is_muted for state in MonitorState.objects.all()} == {
        "production": False,
        environment: True,
    }
    assert not Monitor.objects.get().is_muted
    MonitorState.objects.filter(environment="production").delete()
    assert "none failing" in bo_client.get(LIST).content.decode()
    bo_client.post(ONE + "act/", {"action": "unmute", "environment": environment})
    assert "1 failing" in bo_client.get(LIST).content.decode()
    assert bo_client.post(ONE + "act/", {"action": "mute", "environment": "none\0"}).status_code == 404


def test_only_admins_of_the_project_delete_an_environment(bo_client: Client, shop: Project) -> None:
    send(shop, check_in("error"), check_in("error", environment="test/1"))
    path = ONE + "delete/?environment=test%2F1"
    assert bo_client.get(path).status_code == bo_client.post(path).status_code == 403
    assert "Mute test/1" in bo_client.get(ONE).content.decode()
    assert "Delete test/1" not in bo_client.get(ONE).content.decode()
    Membership.objects.update(role="admin")
    assert "delete/?environment=test%2F1" in bo_client.get(ONE).content.decode()
    assert "comes back" in bo_client.get(path).content.decode()
    assert bo_client.post(ONE + "delete/?environment=none").status_code == 404
    response = bo_client.post(path, follow=True)
    assert "test/1 is deleted from nightly." in response.content.decode()
    assert [state.environment for state in MonitorState.objects.all()] == ["production"]
    assert CheckIn.objects.count() == 1


def test_times_are_those_of_the_job(bo_client: Client, shop: Project) -> None:
    send(shop, check_in(monitor_config=NIGHTLY | {"timezone": "Asia/Tokyo"}))
    html = bo_client.get(ONE).content.decode()
    assert 'title="10 Mar 2026 02:00:00 UTC">10 Mar 2026 11:00:00 JST</time>' in html
    Monitor.objects.update(timezone="Mars/Olympus")
    html = bo_client.get(ONE).content.decode()
    assert ">10 Mar 2026 02:00:00 UTC</time>" in html
    assert "can’t be read" in html
