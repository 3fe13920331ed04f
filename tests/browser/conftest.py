"""A page in Chromium, and checks for every page. RUSTRAK_SCREENSHOTS names a directory for pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests import browser
from tests.conftest import PASSWORD
from tests.lib.live import Live

SIZES = {"1280": (1280, 900), "360": (360, 740)}
WIDTHS: tuple[int, ...] = (360, 641, 768, 1024, 1280, 1920, 2560)
THEMES: tuple[str, ...] = ("light", "dark")
# How a page looks does not depend on the database, so on the second one each page is looked at once.
if os.environ.get("RUSTRAK_TEST_DATABASE") == "postgres":
    SIZES, WIDTHS, THEMES = {"1280": (1280, 900)}, (1280,), ("light",)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.launched() as running:
        yield running


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """A page without a session. `inspect` fails on script errors and blocked resources that it met."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.troubles = []  # type: ignore[attr-defined]
    page.on("pageerror", lambda error: page.troubles.append(str(error)))  # type: ignore[attr-defined]
    page.on(
        "console",
        lambda message: (
            page.troubles.append(f"{message.text} {message.location}") if message.type == "error" else None
        ),  # type: ignore[attr-defined]
    )
    yield page
    context.close()


def sign_up(page: Page, live: Live) -> None:
    """Make ana@example.org the first admin of a new installation, with the link that `up` printed."""
    page.goto(live.setup_link())
    page.get_by_label("E-mail").fill("ana@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").first.click()


def inspect(page: Page, name: str) -> None:
    """Assert that axe finds nothing, nothing overflows sideways and no script failed, in all `THEMES` and `SIZES`."""
    directory = os.environ.get("RUSTRAK_SCREENSHOTS")
    for scheme in THEMES:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for label, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            if directory:
                Path(directory).mkdir(parents=True, exist_ok=True)
                page.screenshot(path=f"{directory}/{name}-{scheme}-{label}.png", full_page=True)
            overflow = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert overflow <= 0, f"{name} scrolls {overflow}px sideways at {width}px"
            # The script is half a megabyte, so each document loads it once.
            axe = Axe("0") if page.evaluate("'axe' in window") else Axe()
            found = axe.run(page)
            assert found.violations_count == 0, f"{name} {scheme} {width}: {found.generate_report()}"
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.troubles == []  # type: ignore[attr-defined]
