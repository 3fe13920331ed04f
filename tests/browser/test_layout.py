"""The layout of pages: columns, one measure, copy buttons, both themes, no script, large type, and paper."""

from __future__ import annotations

import os
import re
import time
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import WIDTHS, inspect
from tests.conftest import PASSWORD
from tests.lib import events
from tests.lib.live import Live
from tests.lib.posting import address_and_key, post

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.live, pytest.mark.browser]

TITLES = [
    "T",
    "Unbroken" * 30,
    "words " * 60,
    "أثناء معالجة الطلب " * 8,
    "予期しないエラー。" * 20,
    "W" * 250,
]
SHOP = "/projects/shop/"


@pytest.fixture(scope="module")
def shop(live: Live, page: Page) -> str:
    """A signed-in page, and a project with an issue for each of TITLES. Returns the URL of its pages."""
    live.create_user("ana@example.org", PASSWORD, admin=True)
    address, key = address_and_key(live.create_project("Shop"))
    for title in TITLES:
        event = {
            **events.python_event(1, event_id=uuid.uuid4().hex), "fingerprint": [title], "release": "1.0" + title[:40],
            "exception": {"values": [{"type": title.split()[0], "value": title}]}, "transaction": title,
        }  # fmt: skip
        feedback = {
            "contexts": {"feedback": {"message": title, "name": title, "url": "https://example.org/" + title}}
        }
        assert post(address, key, ("event", events.dumps(event).decode())) == 200
        assert post(address, key, ("feedback", events.dumps(feedback).decode())) == 200
    session = {
        "sid": uuid.uuid4().hex,
        "init": True,
        "status": "exited",
        "attrs": {"release": "shop@" + "1.2.3+" * 9},
    }
    assert post(address, key, ("session", events.dumps(session).decode())) == 200
    signed_in = page.request.post(
        f"{live.url}/auth/login", data={"email": "ana@example.org", "password": PASSWORD}
    )
    assert signed_in.ok
    for _ in range(100):
        page.goto(f"{live.url}{SHOP}issues/")
        if page.locator("tr[data-row]").count() == len(TITLES):
            return live.url + SHOP
        time.sleep(0.1)
    return pytest.fail(page.get_by_role("main").inner_text()[:500])


def _boxes(page: Page, selector: str) -> list[dict[str, float]]:
    found: list[dict[str, float]] = page.locator(selector).evaluate_all(
        "all => all.map(each => each.getBoundingClientRect().toJSON())"
    )
    return found


def _columns(page: Page) -> list[tuple[float, float]]:
    return [(box["left"], box["width"]) for box in _boxes(page, "thead th")]


def test_columns_are_as_wide_whatever_the_titles_are(shop: str, page: Page) -> None:
    for width in (641, 768, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        seen = set()
        for query in ("", "?q=T", "?q=unbroken", "?q=words", "?sort=first_seen", "?status=all"):
            page.goto(f"{shop}issues/{query}")
            if page.locator("thead").count():
                seen.add(tuple(_columns(page)))
        assert len(seen) == 1, width


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_of_a_row_is_left_out(shop: str, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{shop}issues/")
    for part in ("trend", "events", "users", "seen"):
        assert page.locator(f"tbody td.{part}").first.is_visible(), part
    # What has no column of its own on a narrow screen is in the line below the title.
    assert page.locator("tbody :is(td.first, .since)").locator("visible=true").count() == len(TITLES)
    row = _boxes(page, "tbody tr")[0]
    for box in _boxes(page, "tbody tr:first-child > *"):
        if not box["width"]:
            continue
        assert row["left"] <= box["left"]
        assert box["right"] <= row["right"] + 1


@pytest.mark.parametrize("width", WIDTHS)
def test_no_cell_is_wider_than_its_column(shop: str, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{shop}issues/?q=Unbroken")
    events_page = (page.locator("tr[data-row] a").first.get_attribute("href") or "").split("?")[0] + "events/"
    for path in ("issues/", "releases/", "settings/limits/", f"../..{events_page}"):
        page.goto(shop + path)
        wide = (
            "all => all.filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.innerText)"
        )
        assert page.locator("main :is(td, th)").evaluate_all(wide) == [], path
    page.goto(f"{shop}releases/")
    page.get_by_text("Crash-free users").first.wait_for(state="attached")
    assert min(box["width"] for box in _boxes(page, "tbody th")) > 100


def test_the_counts_of_a_row_are_side_by_side_on_a_narrow_screen(shop: str, page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{shop}issues/")
    what, number, users = (
        _boxes(page, f"tbody tr:first-child {each}")[0] for each in (".what", ".events", ".users")
    )
    assert what["left"] == number["left"] < number["right"] < users["left"]
    assert users["height"] < 30
    # The line of a request has room for the issue in which it was stored.
    page.goto(f"{shop}intake/requests/")
    stored = page.locator(".verdict > b").filter(has_text="Stored in SHOP-")
    assert stored.evaluate_all("all => all.filter(each => each.scrollWidth > each.clientWidth).length") == 0
    assert stored.count() == len(TITLES)


@pytest.mark.parametrize("width", WIDTHS)
def test_bar_content_and_footer_have_one_measure(shop: str, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in (
        "issues/",
        "settings/",
        "setup/",
        "feedback/",
        "intake/",
        "settings/limits/",
        "../../profile/",
    ):
        page.goto(shop + path)
        lefts = {round(_boxes(page, each)[0]["left"]) for each in (".brand", "main", ".foot > span")}
        assert len(lefts) == 1, (path, lefts)
        overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(overflow) <= 0, path


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_copy_buttons_cover_nothing_and_say_what_they_did(shop: str, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{shop}setup/")
    for button in page.locator(".code > .button").all():
        button.focus()
        for _ in range(2):
            one, code = button.bounding_box(), button.locator("xpath=../pre").bounding_box()
            assert one
            assert code
            assert one["x"] >= code["x"] + code["width"] or one["y"] + one["height"] <= code["y"]
            button.press("Enter")
            button.get_by_text("Copied").wait_for()
    assert page.locator("#announce").inner_text() == "Copied to the clipboard."


@pytest.mark.parametrize(
    "clipboard", ["undefined", "{ writeText: () => Promise.reject(new Error('refused')) }"]
)
def test_ids_are_copied_also_where_there_is_no_clipboard(shop: str, page: Page, clipboard: str) -> None:
    page.goto(f"{shop}issues/")
    page.locator("tr[data-row] a").first.click()
    page.evaluate(
        f"Object.defineProperty(navigator, 'clipboard', {{ configurable: true, value: {clipboard} }});"
        "document.addEventListener('copy', () => { window.copied = document.activeElement.value; })"
    )
    for name in ("event-id", "short-id", "release", "trace-id"):
        button = page.locator(f"[data-copy='#{name}']")
        button.click()
        button.get_by_text("Copied").wait_for()
        assert page.evaluate("window.copied") == page.locator(f"#{name}").text_content()
        assert page.evaluate("document.activeElement.dataset.copy") == f"#{name}"


def test_without_script_there_are_no_copy_buttons(shop: str, page: Page, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    for path in ("setup/", "issues/"):
        plain.goto(shop + path)
        assert plain.locator("[data-copy]:visible").count() == 0
    plain.locator("tr[data-row] a").first.click()
    assert plain.locator("#event-id").is_visible()
    assert plain.locator("[data-copy]:visible").count() == 0
    context.close()


@pytest.mark.parametrize("theme", ["dark", "light", "system"])
def test_the_api_page_has_the_pages_theme(shop: str, page: Page, theme: str) -> None:
    page.goto(f"{shop}../../profile/")
    page.locator(f"input[value={theme}]").check()
    page.get_by_role("button", name="Save").first.click()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.locator(".foot").get_by_role("link", name="API").click()
        page.get_by_role("heading", level=1).wait_for()
        dark = theme == "dark" or (theme == "system" and scheme == "dark")
        for selector in ("body", "main h1"):
            light_ink = page.locator(selector).first.evaluate(
                "each => getComputedStyle(each).color.match(/\\d+/g).slice(0, 3).reduce((a, b) => +a + +b, 0) > 383"
            )
            assert light_ink == dark, (theme, scheme, selector)
    page.emulate_media(color_scheme="light")


def test_pages_are_sound(shop: str, page: Page) -> None:
    for name, path in {
        "list": "issues/", "feedback": "feedback/", "docs": "../../docs/health/", "documentation": "../../docs/",
    }.items():  # fmt: skip
        page.goto(shop + path)
        inspect(page, f"layout-{name}")
    page.goto(f"{shop}issues/")
    page.locator("tr[data-row] a").first.click()
    inspect(page, "layout-event")


def test_a_page_does_not_move_while_it_loads(shop: str, page: Page) -> None:
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach(each => "
        "{ window.moved += each.value; })).observe({ type: 'layout-shift', buffered: true })"
    )
    for path in ("issues/", "feedback/", "setup/", "settings/"):
        page.goto(shop + path, wait_until="load")
        page.wait_for_timeout(100)
        assert page.evaluate("window.moved") < 0.02, path


def test_paper_has_what_was_said_and_no_controls(shop: str, page: Page) -> None:
    for path, shown in (("issues/", "tbody th"), ("feedback/", ".comments")):
        page.goto(shop + path)
        page.emulate_media(media="print")
        hidden = (".top", ".foot", "main [role=search]", "main [type=checkbox]")
        assert [each for each in hidden if page.locator(each).first.is_visible()] == []
        assert page.locator("main .button:visible").count() == 0
        assert page.locator(shown).first.is_visible()
        page.emulate_media(media="screen")


def test_times_are_in_the_browsers_zone_from_the_sign_in_on(live: Live, shop: str, chromium: Browser) -> None:
    context = chromium.new_context(timezone_id="Asia/Kolkata")
    page = context.new_page()
    page.goto(f"{live.url}/accounts/login/?next=/profile/")
    page.get_by_label("E-mail").fill("ana@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").first.click()
    joined = page.locator("dl.fields time").first
    assert " UTC+5:30 (" in (joined.get_attribute("title") or "")
    page.get_by_label("Time zone").select_option("America/St_Johns")
    page.get_by_label("2026-11-27 14:05").check()
    page.get_by_role("button", name="Save").click()
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC-[23]:30 \(", joined.get_attribute("title") or "")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 900})
        if directory := os.environ.get("RUSTRAK_SCREENSHOTS"):
            page.screenshot(path=f"{directory}/profile-times-{width}.png", full_page=True)
        assert (
            page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        )
    context.close()
