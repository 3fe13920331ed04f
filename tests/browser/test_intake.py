"""The setup page tells why nothing arrives; the pages of received and of missing events tell the rest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import inspect
from tests.conftest import PASSWORD
from tests.lib.live import Live
from tests.lib.posting import address_and_key, post

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.live, pytest.mark.browser]
SHOP = "/projects/shop/"


def test_what_arrives_is_seen_where_it_is_awaited(live: Live, page: Page) -> None:
    live.create_user("ana@example.org", PASSWORD, admin=True)
    dsn = live.create_project("Shop")
    address, key = address_and_key(dsn)

    page.goto(live.url + SHOP + "setup/")
    page.get_by_label("E-mail").fill("ana@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/setup/")
    assert not page.locator("#seen").is_visible()

    # A refused request appears by itself, with what to do; markup in it stays text.
    assert post(address, "f" * 32, ("event", "{}")) == 401
    page.get_by_text("Unknown key").wait_for(timeout=10_000)
    assert page.get_by_text("Use the current DSN from the setup page").is_visible()
    assert post(address, key, ("transaction", "{}"), ("<b>own", "{}")) == 200
    page.get_by_text("Accepted, but not supported").wait_for(timeout=10_000)
    assert "<b>own" in (page.locator("#seen").text_content() or "")
    inspect(page, "setup-waiting")

    # So does the first event, which ends the waiting.
    assert post(address, key, ("event", '{"message": "hello"}')) == 200
    page.locator("#arrived a").wait_for(timeout=10_000)
    assert not page.locator("#seen").is_visible()

    page.goto(live.url + SHOP + "intake/requests/")
    page.get_by_text("Stored in SHOP-1").wait_for()
    inspect(page, "intake-requests")
    page.get_by_label("Enter an event ID").fill("0" * 31 + "1")
    page.get_by_role("button", name="Search").click()
    assert page.get_by_text("No stored event and none of the latest requests").is_visible()
    inspect(page, "intake-search")

    page.get_by_role("link", name="Received events", exact=True).click()
    sentence = "4 received, 1 stored, 2 not supported, 1 with an invalid DSN."
    assert page.get_by_text(sentence).is_visible()
    inspect(page, "intake-ledger")
    page.get_by_role("link", name="30 days").click()
    assert page.get_by_text(sentence).is_visible()
    inspect(page, "intake-ledger-30-days")


def test_a_filter_works_seconds_after_it_is_saved(live: Live, page: Page) -> None:
    page.goto(live.url + SHOP + "settings/filters/")
    inspect(page, "filters")
    page.get_by_label("Blocked addresses").fill("nonsense")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_text("Line 1, 'nonsense': is not an address or network").is_visible()
    inspect(page, "filters-problem")
    page.get_by_label("Blocked addresses").fill("")
    page.get_by_label("Error messages").fill("*noise*")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved.").wait_for()

    dsn = page.goto(live.url + SHOP + "setup/") and page.locator("[data-dsn]").first.text_content()
    address, key = address_and_key(dsn or "")
    event_id = "c" * 32
    event = json.dumps({"event_id": event_id, "message": "just noise here"})
    assert post(address, key, ("event", event)) == 200
    for _ in range(20):
        page.goto(f"{live.url}{SHOP}intake/requests/?event={event_id}")
        if page.get_by_text("matched a filter: error message").count():
            break
        page.wait_for_timeout(500)
    else:
        pytest.fail(page.get_by_role("main").inner_text()[:500])
    page.goto(live.url + SHOP + "settings/filters/")
    assert page.get_by_text("1 discarded", exact=True).is_visible()
