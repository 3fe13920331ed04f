"""The questions that people have of an error tracker, each answered in two steps: a search, and what it found."""

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

# What somebody wants to find, and what they type: the error that a user had, one by a function of its stack, by a tag, by a
# release, by its level.
QUESTIONS = {
    "PaymentError": ("user:8812", "function:charge_card", "plan:gold", "release:shop@2.4.1", "level:fatal"),
    "SearchError": ("index.py",),
}
ISSUES = "/projects/shop/issues/"


def sent(
    name: str, user: str, function: str, plan: str, release: str, level: str, file: str
) -> dict[str, object]:
    frame = {
        "function": function,
        "filename": file,
        "module": file.removesuffix(".py"),
        "lineno": 3,
        "in_app": True,
    }
    return {
        "event_id": uuid.uuid4().hex, "level": level, "release": release, "user": {"id": user}, "tags": {"plan": plan},
        "environment": "production",
        "exception": {"values": [{"type": name, "value": "it failed", "stacktrace": {"frames": [frame]}}]},
    }  # fmt: skip


@pytest.fixture(scope="module")
def shop(live: Live, page: Page) -> Page:
    """The page of a person who is signed in; the project Shop has an issue for each of QUESTIONS."""
    live.create_user("ana@example.org", PASSWORD, admin=True)
    address, key = address_and_key(live.create_project("Shop"))
    for event in (
        sent("PaymentError", "8812", "charge_card", "gold", "shop@2.4.1", "fatal", "billing/charge.py"),
        sent("SearchError", "17", "build_index", "free", "shop@2.4.0", "warning", "search/index.py"),
    ):
        assert post(address, key, ("event", events.dumps(event).decode())) == 200
    signed_in = page.request.post(
        f"{live.url}/auth/login", data={"email": "ana@example.org", "password": PASSWORD}
    )
    assert signed_in.ok
    for _ in range(100):
        page.goto(f"{live.url}{ISSUES}")
        if page.locator("[data-row]").count() == 2:
            return page
        time.sleep(0.2)
    raise AssertionError("the events were not stored")


def test_each_question_is_answered_in_two_steps_with_the_keyboard(shop: Page, live: Live) -> None:
    for name, texts in QUESTIONS.items():
        for text in texts:
            shop.goto(f"{live.url}{ISSUES}")
            shop.keyboard.press("/")
            shop.keyboard.type(text)
            shop.keyboard.press("Enter")
            shop.wait_for_url(lambda url: "q=" in url)
            assert shop.locator("[data-row]").count() == 1, text
            shop.keyboard.press("j")
            shop.keyboard.press("Enter")
            shop.wait_for_url(lambda url: "/issues/?" not in url)
            assert name in shop.locator("h1").inner_text(), text


def test_reviewing_and_saved_searches_without_a_script(shop: Page, chromium: Browser, live: Live) -> None:
    # The test before may have opened them all.
    live.manage("shell", input="from issues.models import IssueSeen\nIssueSeen.objects.all().delete()\n")
    context = chromium.new_context(java_script_enabled=False, storage_state=shop.context.storage_state())
    page = context.new_page()
    try:
        page.goto(f"{live.url}{ISSUES}?status=all")
        page.get_by_role("searchbox").fill("level:fatal")
        page.get_by_role("button", name="Search", exact=True).click()
        assert page.locator("[data-row]").count() == 1
        page.locator(".saved-searches > summary").click()
        page.get_by_label("Save this view as").fill("Fatal")
        page.get_by_label("Begin the list with it").check()
        page.locator(".saved-searches").get_by_role("button", name="Save").click()
        page.goto(f"{live.url}{ISSUES}")
        assert "level%3Afatal" in page.url
        page.get_by_role("link", name="Show all open issues").click()
        page.get_by_role("link", name="For review").first.click()
        before = page.locator("[data-row]").count()
        page.get_by_role("button", name="Mark all as seen").click()
        assert page.locator("[data-row]").count() == 0
        page.get_by_role("button", name="Undo").click()
        assert page.locator("[data-row]").count() == before
    finally:
        context.close()


def test_the_pages_fit_and_are_accessible(shop: Page, live: Live) -> None:
    for name, path in {
        "overview": "/", "for-review": f"{ISSUES}?status=review", "saved-searches": f"{ISSUES}searches/",
    }.items():  # fmt: skip
        shop.goto(live.url + path)
        inspect(shop, name)


def test_the_pages_of_grouping_and_owners_fit_and_are_accessible(shop: Page, live: Live) -> None:
    shop.goto(f"{live.url}{ISSUES}?status=all")
    shop.locator("[data-row] a").first.click()
    shop.locator(".actions summary").first.click()
    assert shop.get_by_role("button", name="In the next release").is_visible()
    # A long word in each of the texts that people write.
    long = "x" * 80
    shop.get_by_label("Comment", exact=True).fill(f"`{long}`\n\n```\n{long} {long}\n```")
    shop.get_by_role("button", name="Comment", exact=True).click()
    inspect(shop, "issue-with-a-comment")
    # It has one grouping, so it can be merged and nothing can be taken out.
    shop.get_by_role("link", name="Move these events").click()
    shop.get_by_role("button", name="Merge…").wait_for()
    inspect(shop, "grouping-move")
    shop.goto(f"{live.url}/projects/shop/settings/owners/")
    shop.get_by_label("Rules").fill(f"path:billing/* ana@example.org\n*.py {long}@example.org")
    shop.get_by_role("button", name="Preview").click()
    shop.get_by_role("heading", name="What these rules say").wait_for()
    inspect(shop, "owners-preview")
    shop.goto(f"{live.url}/projects/shop/settings/grouping/rules/")
    shop.get_by_label("Rules, one in a line").fill(f"level:* -> {long}")
    shop.get_by_role("button", name="Preview").click()
    shop.get_by_role("heading", name="Preview").wait_for()
    inspect(shop, "fingerprint-rules-preview")
