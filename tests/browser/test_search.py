"""The search field: suggestions by keyboard and mouse, and the guide that works without scripts."""

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


def test_suggestions_and_guide(page: Page) -> None:
    with start() as live:
        sign_up(page, live)
        dsn = live.create_project("Shop")
        key, project = dsn.split("//")[1].split("@")[0], dsn.rsplit("/", 1)[1]
        tags = {"browser": "Firefox 145 😀", "hostile": '"]<script>alert(1)</script> \u202e'}
        sent = {"message": "checkout failed", "level": "fatal", "tags": tags}
        url = f"{live.url}/api/{project}/store/?sentry_key={key}"
        urllib.request.urlopen(urllib.request.Request(url, events.dumps(sent), method="POST")).close()
        for _ in range(100):
            page.goto(f"{live.url}/projects/shop/issues/")
            if page.get_by_role("link", name="checkout failed").count():
                break
            time.sleep(0.2)

        # With the keyboard: a key, then its value, in the middle of a text with characters beyond 16 bits.
        page.keyboard.press("/")
        field = page.get_by_role("combobox", name="Search")
        options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
        page.keyboard.type("checkout -😀 brow")
        options.first.wait_for()
        page.keyboard.press("ArrowDown")
        assert field.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
        page.keyboard.press("Tab")
        assert field.input_value() == "checkout -😀 browser:"
        options.filter(has_text="Firefox").wait_for()
        inspect(page, "suggestions")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        assert field.input_value() == 'checkout -😀 browser:"Firefox 145 😀" '
        options.first.wait_for()
        page.keyboard.press("Escape")
        assert options.count() == 0
        assert field.input_value().startswith("checkout")

        # With the mouse, and what strangers wrote is only text.
        field.fill("hostile:")
        options.filter(has_text="script").click()
        assert field.input_value() == 'hostile:"\\"]<script>alert(1)</script> \u202e" '
        options.first.wait_for()
        page.keyboard.press("Enter")
        page.wait_for_url("**/issues/?**hostile**")

        page.get_by_text("Search guide").click()
        inspect(page, "search-guide")
        page.get_by_role("link", name="level:fatal", exact=True).click()
        page.wait_for_url("**q=level%3Afatal")
        page.get_by_text("Search guide").click()
        page.get_by_role("link", name="The whole guide").click()
        assert page.get_by_role("heading", name="Search", exact=True).count() == 1
