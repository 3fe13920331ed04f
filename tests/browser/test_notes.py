"""What reading an event changed, in a browser: one that was repaired, one that was cut."""

from __future__ import annotations

import re
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

ODD = {
    "level": "loud",
    "timestamp": "the day before yesterday",
    "release": "..",
    "environment": "a/b",
    "tags": {"a key with spaces": "v", "lines": "one\ntwo", "long": "x" * 900},
    "extra": {f"a_rather_long_name_of_a_field_number_{number}": "\x00" for number in range(12)},
    "breadcrumbs": [5],
    "user": {"id": 7, "ip_address": "{{auto}}"},
    "_meta": {"request": {"data": {"card": {"": {"rem": [["!config", "s"]], "len": 19}}}}},
}


def _open(page: Page, url: str, link: str) -> None:
    for _ in range(100):
        page.goto(url)
        if (found := page.get_by_role("link", name=link)).count():
            found.first.click()
            page.wait_for_load_state()
            return
        time.sleep(0.2)
    raise AssertionError(f"{link} did not appear")


def test_processing_notes(page: Page) -> None:
    with start(MAX_EVENT_BYTES="20000") as live:
        sign_up(page, live)
        dsn = live.create_project("Shop")
        key, project = dsn.split("//")[1].split("@")[0], dsn.rsplit("/", 1)[1]
        for sent in (
            {"message": "repaired", **ODD},
            events.big_event(1) | {"fingerprint": ["cut"], "message": "m"},
        ):
            url = f"{live.url}/api/{project}/store/?sentry_key={key}"
            urllib.request.urlopen(urllib.request.Request(url, events.dumps(sent), method="POST")).close()
        _open(page, f"{live.url}/projects/shop/issues/", "repaired")
        inspect(page, "event-notes")
        section = page.locator("#notes")
        assert re.match(r"Processing notes \(\d+\)", section.get_by_role("heading").inner_text())
        section.get_by_text(re.compile(r"^\d+ more$")).click()
        assert "“loud” is not a known level; error was used." in section.inner_text()
        inspect(page, "event-notes-open")
        _open(page, f"{live.url}/projects/shop/issues/", "PaymentDeclined")
        page.get_by_role("link", name="What is missing").click()
        assert "frames" in page.locator("#notes").inner_text()
        inspect(page, "event-cut")
