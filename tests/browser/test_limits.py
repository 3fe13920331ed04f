"""An admin sets limits, a flood meets them, and the pages say so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import inspect
from tests.conftest import PASSWORD
from tests.lib.live import Live, start, stay_in_one_hour
from tests.lib.posting import address_and_key, post

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.live, pytest.mark.browser]
SHOP = "/projects/shop/"
EVENT = '{"exception":{"values":[{"type":"Loud","value":"again"}]}}'


@pytest.fixture(autouse=True)
def inside_one_hour() -> None:
    stay_in_one_hour()


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with start(WEB_WORKERS="1") as live:
        yield live


def test_limits_are_set_and_met(server: Live, page: Page) -> None:
    server.create_user("ana@example.org", PASSWORD, admin=True)
    dsn = server.create_project("Shop")
    address, key = address_and_key(dsn)

    page.goto(server.url + SHOP + "settings/")
    page.get_by_label("E-mail").fill("ana@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Limits of Shop").click()
    inspect(page, "limits")
    page.get_by_label("Sample noisy issues").fill("10")
    page.get_by_label("Events per hour").fill("0")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_text("Set a limit of events per hour first.").is_visible()
    inspect(page, "limits-problem")
    page.get_by_label("Events per hour").fill("50")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_text("The limits take effect within two seconds.").is_visible()

    # The key's limits are a second old at most, of what the digest does a little more.
    page.wait_for_timeout(2000)
    statuses = [post(address, key, ("event", EVENT)) for _ in range(60)]
    assert statuses == [200] * 50 + [429] * 10
    page.wait_for_timeout(1500)
    for path in ("intake/", "intake/requests/", "issues/"):
        page.goto(server.url + SHOP + path)
        assert page.get_by_text("New events are rejected until").is_visible()
        inspect(page, f"limits-{path.strip('/').replace('/', '-')}")
    page.get_by_role("link", name="Loud").first.click()
    assert re.search(r"\b50 \(\d+ stored\)", page.get_by_role("main").inner_text())
    assert page.get_by_text("counted but not stored, because this issue is noisy").is_visible()
    inspect(page, "limits-sampled-issue")
