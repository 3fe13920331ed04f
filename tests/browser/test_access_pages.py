"""The pages of access and privacy: how they look in both themes, on narrow screens, and to who may only read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import inspect, sign_up
from tests.conftest import PASSWORD
from tests.lib import events
from tests.lib.live import Live
from tests.lib.posting import address_and_key, post

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.live]

SHOP = "/projects/shop/"
PAGES = {
    "audit": "/audit/",
    "privacy-installation": "/privacy/",
    "privacy-project": f"{SHOP}settings/privacy/",
    "settings": f"{SHOP}settings/",
    "security": "/profile/security/",
    "profile": "/profile/",
    "teams": "/teams/",
    "team": "/teams/1/",
    "members": f"{SHOP}settings/members/",
    "people": "/people/",
    "person": "/people/2/",
    "tokens": "/profile/tokens/",
    "api": "/api/docs",
}


@pytest.fixture(scope="module")
def installation(live: Live, page: Page) -> Live:
    """An installation with an admin who is signed in, a project with an event that had secrets, and one project that is empty."""
    sign_up(page, live)
    address, key = address_and_key(live.create_project("Shop"))
    event = events.python_event(1)
    event["user"] = {"id": "42", "email": "zelda@example.org", "ip_address": "192.0.2.7"}
    event["request"] = {
        "url": "https://shop.example.org/pay",
        "headers": {"Authorization": "Bearer abcdef123456"},
    }
    assert post(address, key, ("event", events.dumps(event).decode())) == 200
    live.create_user("bo@example.org", PASSWORD)
    page.goto(f"{live.url}/teams/")
    page.get_by_label("Name").fill("Payments")
    page.get_by_role("button", name="Create team").click()
    page.get_by_label("E-mail").fill("bo@example.org")
    page.get_by_role("button", name="Add member").click()
    page.goto(f"{live.url}{SHOP}settings/members/")
    page.get_by_role("button", name="Add team").click()
    page.get_by_text("Members of #payments have the role member in Shop.").wait_for()
    page.get_by_label("E-mail").last.fill("bo@example.org")
    page.get_by_role("button", name="Add member").click()
    page.get_by_text("bo@example.org is now a member").wait_for()
    return live


@pytest.mark.parametrize("name", PAGES)
def test_every_page_is_readable(installation: Live, page: Page, name: str) -> None:
    page.goto(installation.url + PAGES[name])
    page.get_by_role("heading", level=1).wait_for()
    inspect(page, name)


def test_an_auditor_finds_and_reads_everything_and_is_offered_nothing(installation: Live, page: Page) -> None:
    installation.create_user("cy@example.org", PASSWORD)
    installation.manage("set_role", "cy@example.org", "auditor")
    page.context.clear_cookies()
    signed_in = page.request.post(
        f"{installation.url}/auth/login", data={"email": "cy@example.org", "password": PASSWORD}
    )
    assert signed_in.ok
    page.goto(f"{installation.url}{SHOP}settings/")
    inspect(page, "settings-auditor")
    for name in ("People", "Privacy", "Audit log"):
        page.get_by_role("button", name="Account:").click()
        page.get_by_role("navigation", name="Account").get_by_role("link", name=name).click()
        page.get_by_role("heading", level=1).wait_for()
        assert page.locator("main form[method=post] button:enabled").count() == 0
    page.goto(f"{installation.url}{SHOP}settings/privacy/")
    inspect(page, "privacy-auditor")
    assert page.locator("main form[method=post] button:enabled").count() == 0
