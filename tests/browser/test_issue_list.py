"""The issue list in a browser: with keys alone, with a mouse, and without script."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import inspect
from tests.conftest import PASSWORD
from tests.lib import events
from tests.lib.live import Live
from tests.lib.posting import address_and_key, post

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.live, pytest.mark.browser]

COUNT = 54


@pytest.fixture(scope="module")
def shop(live: Live, page: Page) -> str:
    """A signed-in page, and a project with two pages of issues. Returns the address of its list."""
    live.create_user("ana@example.org", PASSWORD, admin=True)
    address, key = address_and_key(live.create_project("Shop"))
    for number in range(COUNT):
        event = {
            "event_id": uuid.uuid4().hex, "message": f"failure {number}", "environment": "staging" if number == 7 else "production",
            "level": "fatal" if number % 9 == 0 else "error",
        }  # fmt: skip
        assert post(address, key, ("event", events.dumps(event).decode())) == 200
    assert page.request.post(
        f"{live.url}/auth/login", data={"email": "ana@example.org", "password": PASSWORD}
    ).ok
    for _ in range(100):
        page.goto(f"{live.url}/projects/shop/issues/?status=all")
        if page.locator(".tabs .count").last.inner_text() == str(COUNT):
            return f"{live.url}/projects/shop/issues/"
        time.sleep(0.1)
    return pytest.fail(page.get_by_role("main").inner_text()[:500])


def _focused(page: Page) -> str:
    """The short id of the row in focus."""
    return str(
        page.evaluate(
            "document.activeElement.closest('[data-row]')?.querySelector('.short').textContent || ''"
        )
    )


def _wait_for_focus(page: Page, short_id: str) -> None:
    page.wait_for_function(
        "wanted => document.activeElement.closest('[data-row]')?.querySelector('.short').textContent === wanted",
        arg=short_id,
    )


def _short_ids(page: Page) -> list[str]:
    return page.locator("tr[data-row] .short").all_inner_texts()


def _checked(page: Page) -> int:
    return page.locator("input[name=issue]:checked").count()


def test_with_keys_alone(shop: str, page: Page) -> None:
    page.goto(shop)
    ids = _short_ids(page)
    for key in "jjj":
        page.keyboard.press(key)
    _wait_for_focus(page, ids[2])
    # An action on the row in focus, which was not selected before; the next one has the focus then.
    page.keyboard.press("m")
    page.wait_for_url("**/issues/**")
    page.locator("tr[data-row]").first.wait_for()
    assert ids[2] not in _short_ids(page)
    _wait_for_focus(page, ids[3])
    # It stays in a list of all states, and keeps the focus.
    page.goto(f"{shop}?status=all")
    page.keyboard.press("j")
    here = _focused(page)
    page.keyboard.press("e")
    page.locator("tr[data-row] .badge.resolved").first.wait_for()
    _wait_for_focus(page, here)
    # A range; the help says what works.
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Shift+X")
    assert _checked(page) == 3
    page.keyboard.press("?")
    words = page.locator("#keys").inner_text()
    for each in ("Next row", "Resolve", "Mute", "Assign to me", "Select a range", "Search"):
        assert each in words, each
    page.keyboard.press("Escape")
    # Into an issue, through the list, and back to it.
    page.goto(f"{shop}?status=open&sort=first_seen")
    ids = _short_ids(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("navigation", name="List of issues").wait_for()
    for key, title in (("j", ids[2]), ("k", ids[1]), ("k", ids[0])):
        page.keyboard.press(key)
        page.wait_for_function("wanted => document.title.includes(wanted)", arg=title)
    page.keyboard.press("i")
    page.locator("tr[data-row]").first.wait_for()
    assert "sort=first_seen" in page.url
    _wait_for_focus(page, ids[0])


def test_with_a_mouse(shop: str, page: Page) -> None:
    page.goto(shop)
    # Pickers apply at once, and keep the focus.
    page.get_by_label("Environment").select_option("staging")
    page.wait_for_url("**environment=staging**")
    assert len(_short_ids(page)) == 1
    page.wait_for_function("document.activeElement.id === 'environment'")
    page.get_by_label("Environment").select_option("")
    page.get_by_label("Sort by").select_option("events")
    page.wait_for_url("**sort=events**")
    boxes = page.locator("input[name=issue]")
    boxes.nth(1).click()
    boxes.nth(5).click(modifiers=["Shift"])
    assert _checked(page) == 5
    page.get_by_title("Select all on this page").click()
    assert _checked(page) == 50
    page.get_by_title("Select all on this page").click()
    assert _checked(page) == 0
    # A chip is removed, a mistake is corrected.
    page.goto(f"{shop}?q=level:fatal+failure&status=all")
    page.get_by_label("Remove failure").click()
    page.wait_for_url("**q=level%3Afatal**")
    assert len(_short_ids(page)) == 6
    page.goto(f"{shop}?q=levle:fatal&status=all")
    assert page.locator("mark").inner_text() == "levle:fatal"
    inspect(page, "issue-list-mistake")
    page.locator(".mistakes a").click()
    assert len(_short_ids(page)) == 6
    # Back from an issue, the row has the focus again.
    wanted = _short_ids(page)[3]
    page.locator("tr[data-row] a").nth(3).click()
    page.get_by_role("navigation", name="List of issues").wait_for()
    inspect(page, "issue-of-a-list")
    page.go_back()
    page.locator("tr[data-row]").first.wait_for()
    _wait_for_focus(page, wanted)
    page.goto(f"{shop}?status=review&trend=14d")
    inspect(page, "issue-list")


def test_without_script(shop: str, page: Page, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    plain.goto(shop)
    plain.get_by_label("Environment").select_option("staging")
    plain.get_by_role("button", name="Search").click()
    assert len(_short_ids(plain)) == 1
    plain.goto(shop)
    plain.get_by_title("Select all on this page").click()
    assert _checked(plain) == 50
    assert plain.get_by_label("that match, on all pages").is_visible()
    plain.locator("tr[data-row] a").first.click()
    plain.get_by_role("link", name="Next issue").click()
    plain.get_by_role("link", name="Back to the issues of Shop").click()
    assert plain.url.startswith(shop)
    context.close()
