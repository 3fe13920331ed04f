"""What is counted and written down about an issue, in a browser."""

from __future__ import annotations

import time
import urllib.request
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import inspect, sign_up
from tests.lib import events
from tests.lib.live import start

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.live]


def test_tags_and_history(page: Page) -> None:
    with start() as live:
        sign_up(page, live)
        dsn = live.create_project("Shop")
        key, project = dsn.split("//")[1].split("@")[0], dsn.rsplit("/", 1)[1]
        for number in range(14):
            sent = {
                "message": "checkout failed",
                "release": f"shop@1.{number % 3}",
                "environment": "production" if number % 4 else "staging",
                "tags": {
                    "browser": "Firefox 145" if number % 3 else "Chrome 142",
                    "url": f"https://shop.example.org/{'very-long-path/' * 9}{number}",
                    "a" * 32: "no-spaces-at-all" * 12,
                    "hostile": "\u202e<script>alert(1)</script>",
                },
            }
            url = f"{live.url}/api/{project}/store/?sentry_key={key}"
            urllib.request.urlopen(urllib.request.Request(url, events.dumps(sent), method="POST")).close()
        for _ in range(100):
            page.goto(f"{live.url}/projects/shop/issues/")
            if (found := page.get_by_role("link", name="checkout failed")).count():
                break
            time.sleep(0.2)
        found.first.click()
        for name in ("Resolve", "Reopen", "Mute", "Unmute", "Resolve", "Reopen", "Mute"):
            page.get_by_role("button", name=name).first.click()
            page.wait_for_load_state()
        inspect(page, "issue-history")
        page.get_by_role("link", name="All activity").click()
        assert page.locator(".timeline li").count() == 8
        inspect(page, "activity")
        page.go_back()
        page.get_by_role("link", name="All tags and values").click()
        assert "Chrome 142" in page.locator("main").inner_text()
        inspect(page, "tags")
