"""One Chromium for the module's tests; pictures are kept where RUSTRAK_SCREENSHOTS says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import browser
from tests.lib import missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZES = {"1280": (1280, 900), "360": (360, 740)}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    executable = browser.executable()
    if executable is None:
        missing.skip("no Chromium found")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=executable, args=browser.ARGUMENTS)
        yield chrome
        chrome.close()


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """A signed-out page that fails the test on any script error or blocked resource."""
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


def inspect(page: Page, name: str) -> None:
    """Axe finds nothing, nothing scrolls sideways and no script failed, in both themes at both widths."""
    from axe_playwright_python.sync_playwright import Axe

    directory = os.environ.get("RUSTRAK_SCREENSHOTS")
    for scheme in ("light", "dark"):
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
            # Half a megabyte of script, brought into each document once.
            axe = Axe("0") if page.evaluate("'axe' in window") else Axe()
            found = axe.run(page)
            assert found.violations_count == 0, f"{name} {scheme} {width}: {found.generate_report()}"
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert page.troubles == []  # type: ignore[attr-defined]
