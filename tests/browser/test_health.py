"""Monitors and releases in a browser: empty, well and in trouble."""

from __future__ import annotations

import json
import time
import urllib.request
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from rustrak.lib import clock
from tests.browser.conftest import inspect, sign_up
from tests.lib.live import Live

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.live]

# Check-ins of the last hours, as the digest would have recorded them, and a look at what did not come.
HISTORY = """
import json
from datetime import timedelta
from django.db import transaction
from accounts.models import Project
from issues.monitors import check_ins, overdue
from issues.record.items import Item
from rustrak.lib import clock
project, now = Project.objects.get(), clock.now()
def send(minutes, slug, status, **over):
    sent = {"monitor_slug": slug, "status": status, "check_in_id": "0" * 32, **over}
    at = now - timedelta(minutes=minutes)
    with transaction.atomic():
        check_ins.record(project.pk, [Item("0" * 32, at, None, json.dumps(sent).encode())], at)
every = {"schedule": {"type": "interval", "value": 10, "unit": "minute"}, "max_runtime": 5}
for number in range(30, 2, -1):
    went = "error" if number in (9, 20) else "ok"
    send(10 * number, "sync-stock", "in_progress", monitor_config=every)
    if number != 14:
        send(10 * number - 2, "sync-stock", went, duration=97.5)
    at = now - timedelta(minutes=10 * number - 8)
    overdue.detect(at, at)
for name in ("production", "staging-with-a-rather-long-name-that-has-to-be-broken-somewhere"):
    send(90, "nightly-report", "ok", environment=name, duration=4210,
         monitor_config={"schedule": {"type": "crontab", "value": "30 2 * * 1-5"}, "timezone": "Europe/Berlin"})
send(20, "backup-of-everything-with-a-very-long-name-indeed-x", "in_progress")
send(30, "日本語", "ok", monitor_config=every)
for name in ("live", "retired"):
    send(200, "sync-stock", "error", environment=name)
send(20, "odd", "fine", monitor_config={"schedule": {"type": "crontab", "value": "now and then"}})
overdue.detect(now, now)
"""


def _post(live: Live, dsn: str, items: list[dict[str, Any]]) -> None:
    """An envelope with these (type, payload) items."""
    key, project = dsn.split("//")[1].split("@")[0], dsn.rsplit("/", 1)[1]
    lines = ["{}"]
    for item in items:
        lines += [json.dumps({"type": item.pop("type")}), json.dumps(item)]
    request = urllib.request.Request(
        f"{live.url}/api/{project}/envelope/?sentry_key={key}", "\n".join(lines).encode(), method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def _sessions() -> list[dict[str, Any]]:
    now = clock.now()
    sent: list[dict[str, Any]] = []
    for days in range(4):
        started = clock.rfc3339(now - timedelta(days=days))
        for release, exited, crashed in (
            ("shop@2.0.0", 40, 2),
            ("shop@1.9.12+build.20261123.g0a1b2c3d4e5f", 9000, 1),
        ):
            bucket = {
                "started": started,
                "exited": exited * (5 - days),
                "crashed": crashed,
                "did": f"u{days}",
            }
            attributes = {"release": release, "environment": "production"}
            sent.append({"type": "sessions", "aggregates": [bucket], "attrs": attributes})
    attributes = {"release": "shop@2.1.0-rc.1", "environment": "staging"}
    sent.append(
        {
            "type": "session",
            "sid": uuid4().hex,
            "init": True,
            "status": "exited",
            "did": "1",
            "attrs": attributes,
        }
    )
    return sent


def _until(page: Page, text: str) -> None:
    for _ in range(50):
        if text in (page.get_by_role("main").text_content() or ""):
            return
        time.sleep(0.2)
        page.reload()
    raise AssertionError(f"{text} did not appear")


def test_monitors_and_releases(live: Live, page: Page) -> None:
    sign_up(page, live)
    dsn = live.create_project("Shop")
    for path, name in (("monitors", "monitor-list-empty"), ("releases", "release-list-empty")):
        page.goto(f"{live.url}/projects/shop/{path}/")
        inspect(page, name)

    live.manage("shell", "-c", HISTORY)
    key, project = dsn.split("//")[1].split("@")[0], dsn.rsplit("/", 1)[1]
    urllib.request.urlopen(f"{live.url}/api/{project}/cron/plain/{key}/?status=error").close()
    page.goto(f"{live.url}/projects/shop/monitors/")
    _until(page, "plain")
    inspect(page, "monitor-list")
    for name in ("ribenyu", "sync-stock", "nightly-report", "odd"):
        page.goto(f"{live.url}/projects/shop/monitors/{name}/")
        page.set_viewport_size({"width": 768, "height": 900})
        wide = (
            "all => all.filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.innerText)"
        )
        assert page.locator("main :is(td, th)").evaluate_all(wide) == []
        inspect(page, f"monitor-{name}")
    page.get_by_role("button", name="Mute").click()
    page.get_by_role("button", name="Unmute").wait_for()
    page.get_by_role("link", name="Delete…").click()
    inspect(page, "monitor-delete")
    page.get_by_label("To delete it, type").fill(page.locator("label code").inner_text())
    page.get_by_role("button", name="Delete monitor").click()
    page.wait_for_url("**/monitors/")

    _post(live, dsn, _sessions())
    page.goto(f"{live.url}/projects/shop/releases/")
    _until(page, "shop@2.1.0-rc.1")
    inspect(page, "release-list")
    page.get_by_role("main").get_by_role("link", name="shop@2.1.0-rc.1").click()
    inspect(page, "release")
    _with_an_upload(live, page)
    page.goto(f"{live.url}/projects/shop/issues/")
    page.get_by_role("main").get_by_role("link", name="sync-stock").first.click()
    inspect(page, "issue-of-a-monitor")


def _with_an_upload(live: Live, page: Page) -> None:
    """From the page of a release to the setup, with the token that it makes, and to what was uploaded with it."""
    page.get_by_role("link", name="none", exact=True).click()
    files = page.url
    page.get_by_role("link", name="Set up uploads").click()
    page.get_by_role("button", name="Create token").click()
    token = page.locator("#new-token").text_content()
    inspect(page, "source-map-setup")
    answer = page.request.post(
        f"{live.url}/api/0/projects/rustrak/shop/releases/shop@2.1.0-rc.1/files/",
        headers={"Authorization": f"Bearer {token}"},
        multipart={
            "name": "~/static/js/app.js",
            "file": {"name": "app.js", "mimeType": "text/javascript", "buffer": b"throw 1"},
        },
    )
    assert answer.status == 201
    page.goto(files)
    page.get_by_label("URL of the script").fill("https://shop.example.com/js/app.js?v=2")
    page.get_by_role("button", name="Try").click()
    assert page.get_by_text("Frames of this script cannot be mapped.").is_visible()
    inspect(page, "release-files")
