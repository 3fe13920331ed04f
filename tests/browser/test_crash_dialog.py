"""The crash dialog in a page of another origin with a strict policy, loaded as `Sentry.showReportDialog()` does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from tests.browser.conftest import inspect
from tests.lib.front import front
from tests.lib.live import Live
from tests.lib.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.live]
EVENT_ID = "a1b2c3d4" * 4
PAGE = b"""<!doctype html><html lang="en"><title>Shop</title><main><h1>Shop</h1><button id="pay">Pay</button>
<style nonce="n">main, button, input { color: red; font: 40px fantasy } dialog { display: none !important }</style>
</main></html>"""


@pytest.fixture(scope="module")
def shop(live: Live) -> Iterator[str]:
    policy = f"default-src 'none'; style-src 'nonce-n'; script-src {live.url}; connect-src {live.url}"

    with front(
        lambda _: (200, {"Content-Type": "text/html", "Content-Security-Policy": policy}, PAGE)
    ) as url:
        yield f"{url}/"


@pytest.fixture(scope="module")
def dsn(live: Live) -> str:
    return live.create_project("Shop")


def open_dialog(page: Page, shop: str, dsn: str, **options: str) -> None:
    page.goto(shop)
    page.evaluate("window.heard = []; addEventListener('message', (event) => heard.push(event.data))")
    page.locator("#pay").focus()
    base = dsn.replace(dsn.partition("://")[2].partition("@")[0] + "@", "").rpartition("/")[0]
    address = f"{base}/api/embed/error-page/?dsn={dsn}&{urlencode({'eventId': EVENT_ID, **options})}"
    page.evaluate(
        """(address) => new Promise((resolve, reject) => {
          const script = document.createElement("script");
          Object.assign(script, { async: true, crossOrigin: "anonymous", src: address, onload: resolve, onerror: reject });
          document.head.appendChild(script);
        })""",
        address,
    )
    page.get_by_role("dialog").wait_for()


def posted(page: Page, answers: list[int] | None = None) -> list[dict[str, Any]]:
    """The forms that the page sends from here on; `answers` are statuses in place of the server's."""
    forms: list[dict[str, Any]] = []

    def seen(route: Any) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        forms.append(route.request.post_data_json)
        if answers:
            headers = {"access-control-allow-origin": "*"}
            route.fulfill(status=answers.pop(0), headers=headers, body="{}")
        else:
            route.continue_()

    page.route("**/api/embed/error-page/**", seen)
    return forms


def test_it_looks_well(page: Page, shop: str, dsn: str) -> None:
    open_dialog(page, shop, dsn, name="Jane", email="jane@example.org")
    inspect(page, "crash-dialog")
    page.get_by_role("button", name="Send report").click()
    assert page.get_by_role("alert").inner_text() == "Please fill in the marked fields."
    inspect(page, "crash-dialog-invalid")
    assert page.evaluate("[...document.body.children].map((child) => child.localName)") == ["main", "div"]


def test_a_report_is_sent(page: Page, shop: str, dsn: str) -> None:
    forms = posted(page)
    open_dialog(page, shop, dsn, email="jane@example.org")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.id") == "name"
    page.keyboard.type("Jane")
    page.get_by_label("What happened?").fill("It broke </script> when I paid: 1 + 1 & more")
    page.get_by_role("button", name="Send report").click()
    page.get_by_text("Your report was sent. Thank you!").wait_for()
    assert forms == [
        {
            "name": "Jane",
            "email": "jane@example.org",
            "comments": "It broke </script> when I paid: 1 + 1 & more",
        }
    ]
    inspect(page, "crash-dialog-sent")
    page.keyboard.press("Enter")
    # Not wait_for_function, which the page's policy forbids once it has to wait.
    assert wait_for(lambda: page.evaluate("heard")) == ["__sentry_reportdialog_closed__"]
    assert page.get_by_role("dialog").count() == 0
    assert page.evaluate("document.activeElement.id") == "pay"


def test_a_failure_can_be_tried_again(page: Page, shop: str, dsn: str) -> None:
    page.unroute_all()
    forms = posted(page, [503])
    open_dialog(page, shop, dsn, errorGeneric="Nicht gesendet.", labelSubmit="Senden")
    page.get_by_label("What happened?").fill("It broke")
    page.get_by_role("button", name="Senden").click()
    assert page.get_by_role("alert").inner_text() == "Nicht gesendet."
    page.get_by_role("button", name="Senden").click()
    page.get_by_text("Your report was sent. Thank you!").wait_for()
    assert len(forms) == 2
    assert [trouble for trouble in page.troubles if "503" not in trouble] == []  # type: ignore[attr-defined]
    page.troubles.clear()  # type: ignore[attr-defined]
    page.unroute_all()


def test_keys_stay_inside_and_escape_closes(page: Page, shop: str, dsn: str) -> None:
    open_dialog(page, shop, dsn)
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") != "pay"
    page.get_by_label("What happened?").focus()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="detached")
    assert page.evaluate("document.activeElement.id") == "pay"


def test_texts_are_text(page: Page, shop: str, dsn: str) -> None:
    hostile = "</script><img src=x onerror=alert(1)>\u2028'\"\\"
    texts = dict.fromkeys(("title", "subtitle", "labelName", "labelSubmit", "labelClose"), hostile)
    open_dialog(page, shop, dsn, name=hostile, **texts)
    assert page.get_by_role("heading", name="onerror").inner_text().startswith("</script><img src=x")
    assert page.evaluate("document.querySelector('img, script:not([src])')") is None
    assert page.get_by_role("dialog").get_by_role("textbox").first.input_value() == hostile.replace(
        "\u2028", "\u2028"
    )
    assert json.loads(page.evaluate("JSON.stringify(Object.keys(window).filter((key) => /sentry|rustrak/i.test(key)))")) == []  # fmt: skip
    assert page.troubles == []  # type: ignore[attr-defined]


def test_without_an_event_id_the_console_says_why(page: Page, shop: str, dsn: str) -> None:
    page.troubles.clear()  # type: ignore[attr-defined]
    base = dsn.replace(dsn.partition("://")[2].partition("@")[0] + "@", "").rpartition("/")[0]
    loaded = page.evaluate(
        """(address) => new Promise((resolve) => {
          const script = document.createElement("script");
          Object.assign(script, {
            async: true, crossOrigin: "anonymous", src: address,
            onload: () => resolve("loaded"), onerror: () => resolve("failed"),
          });
          document.head.appendChild(script);
        })""",
        f"{base}/api/embed/error-page/?dsn={dsn}",
    )
    assert loaded == "loaded"
    (trouble,) = wait_for(lambda: list(page.troubles))  # type: ignore[attr-defined]
    assert "The crash dialog cannot be shown: eventId must be the id of an event (status 400)" in trouble
    page.troubles.clear()  # type: ignore[attr-defined]
