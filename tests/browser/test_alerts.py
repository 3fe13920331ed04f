"""Alerts from the first channel to the history, in a browser without JavaScript."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import inspect, sign_up
from tests.lib import events
from tests.lib.http_receiver import Receiver, receiving
from tests.lib.live import start
from tests.lib.posting import address_and_key, post

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.live, pytest.mark.browser]


def _news(receiver: Receiver) -> list[str]:
    return [json.loads(got.body)["news"] for got in receiver.got]


def test_from_a_channel_to_the_history(page: Page, chromium: Browser) -> None:
    with receiving() as receiver, start(OUTBOUND_ALLOW="127.0.0.1") as live:
        sign_up(page, live)
        address, key = address_and_key(live.create_project("Shop"))
        shop = f"{live.url}/projects/shop/alerts/"
        context = chromium.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
        plain = context.new_page()

        plain.goto(f"{shop}channels/")
        plain.get_by_role("link", name="New channel").first.click()
        plain.get_by_role("link", name="Webhook", exact=True).click()
        plain.get_by_label("Name").fill("Loft")
        plain.get_by_label("Address").fill(f"{receiver.url}/Very-Secret")
        plain.get_by_role("button", name="Save").click()
        channel = plain.url
        plain.get_by_role("button", name="Send a test").click()
        assert plain.get_by_text("The test worked.").is_visible()
        assert _news(receiver) == ["test"]
        assert "Very-Secret" not in plain.content()

        plain.goto(shop)
        plain.get_by_role("link", name="New rule").click()
        plain.get_by_label("Name").fill("Night shift")
        plain.get_by_label("Environment 1").fill("production")
        plain.get_by_label("Only fatal and error").check()
        plain.get_by_label("Loft (Webhook)").check()
        plain.get_by_role("button", name="Preview").click()
        assert plain.get_by_text("this rule would have sent nothing").is_visible()
        plain.get_by_role("button", name="Save rule").click()
        assert plain.get_by_text("Night shift is saved.").is_visible()

        event = {**events.python_event(1, event_id=uuid.uuid4().hex), "environment": "production"}
        assert post(address, key, ("event", events.dumps(event).decode())) == 200
        for _ in range(150):
            plain.goto(f"{shop}history/")
            if plain.locator("td.state .badge.success").count():
                break
            time.sleep(0.2)
        row = plain.locator("tbody tr").filter(has_text="Loft")
        row.get_by_text("1 attempt").click()
        assert row.get_by_text("accepted, status 200").is_visible()
        assert row.get_by_text("Night shift").is_visible()
        assert _news(receiver) == ["test", "new"]
        row.get_by_role("link").first.click()
        assert "/issues/" in plain.url
        context.close()

        for name, path in {"rules": shop, "channel": channel, "history": f"{shop}history/"}.items():
            page.goto(path)
            inspect(page, f"alerts-{name}")
        page.goto(shop)
        page.get_by_role("link", name="Night shift", exact=True).click()
        page.get_by_role("button", name="Preview").click()
        inspect(page, "alerts-preview")
