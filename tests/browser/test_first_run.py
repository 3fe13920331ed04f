"""What a new team does: set-up link, admin, project, DSN, a real SDK's event, issue, event page, resolve."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import inspect
from tests.conftest import PASSWORD
from tests.lib import programs
from tests.lib.live import Live

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.live, pytest.mark.browser]


def test_from_the_setup_link_to_a_resolved_issue(live: Live, page: Page) -> None:
    # The link that `up` printed makes the first admin.
    page.goto(live.setup_link())
    inspect(page, "first-run")
    page.get_by_label("E-mail").fill("ana@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").click()

    # A project leads to its DSN.
    page.wait_for_url("**/projects/new/")
    inspect(page, "project-new")
    page.get_by_label("Name").fill("Shop API")
    page.get_by_role("main").get_by_role("button").click()
    page.wait_for_url("**/setup/**")
    inspect(page, "project-setup")
    page.get_by_label("Find a platform").fill("ELIX")
    assert page.locator(".platform-group a:visible").all_text_contents() == ["Elixir, Phoenix"]
    page.get_by_label("Find a platform").fill("no such thing")
    assert page.get_by_text("No platform has this name.").is_visible()
    page.get_by_label("Find a platform").fill("")
    assert page.locator(".platform-group a:visible").count() > 50
    dsn = page.locator("[data-dsn]").first.text_content() or ""
    assert dsn.startswith("http")
    assert live.url.split("//")[1] in dsn

    # A real SDK's exception turns waiting into a link, without a reload.
    programs.run([sys.executable, programs.HERE / "python" / "cases.py", dsn, "chained"])
    arrived = page.locator("#arrived a")
    arrived.wait_for(timeout=10_000)
    arrived.click()

    # The event page says what broke, on which line, with which values.
    page.wait_for_url("**/issues/**")
    main = page.get_by_role("main")
    assert "checkout failed" in (main.text_content() or "")
    assert "caused by" in (main.text_content() or "").lower()
    assert main.get_by_text("8812").first.is_visible()
    inspect(page, "event")

    # Resolve, by its key.
    page.keyboard.press("e")
    page.get_by_role("button", name="Reopen").wait_for()
    inspect(page, "event-resolved")

    page.goto(live.url)
    inspect(page, "overview")
    page.get_by_role("main").get_by_role("link", name="Shop API").first.click()
    inspect(page, "issue-list-nothing-open")
    page.get_by_role("link", name="Resolved").first.click()
    inspect(page, "issue-list-resolved")
    assert "checkout failed" in (page.get_by_role("main").text_content() or "")

    # The set-up link has done its work.
    answer = page.request.get(live.setup_link())
    assert answer.status == 404


def test_sign_out_and_in_again(live: Live, page: Page) -> None:
    page.context.clear_cookies()
    page.goto(live.url)
    inspect(page, "sign-in")
    page.get_by_label("E-mail").fill("ANA@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(live.url + "/")
    for path, name in (("/profile/", "profile"), ("/projects/shop-api/settings/", "project-settings")):
        page.goto(live.url + path)
        inspect(page, name)


def test_admin_works_under_the_content_security_policy(live: Live, page: Page) -> None:
    page.goto(live.url + "/admin/")
    assert page.get_by_role("link", name="Projects").first.is_visible()
    page.goto(live.url + "/admin/issues/event/")
    assert page.troubles == []  # type: ignore[attr-defined]
