"""The contract's page works under the site's own Content-Security-Policy, and with the reader's session."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import PASSWORD
from tests.lib.live import Live

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.live, pytest.mark.browser]


def test_a_call_is_made_from_the_page(live: Live, page: Page) -> None:
    live.create_user("ana@example.org", PASSWORD, admin=True)
    signed_in = page.request.post(
        f"{live.url}/auth/login", data={"email": "ana@example.org", "password": PASSWORD}
    )
    assert signed_in.ok
    page.goto(f"{live.url}/api/docs")
    page.locator(".opblock-post").filter(has_text="/api/projects").first.locator(".opblock-summary").click()
    page.get_by_role("button", name="Try it out").click()
    page.locator("textarea.body-param__text").fill('{"name": "From the page"}')
    page.get_by_role("button", name="Execute").click()
    body = page.locator(".live-responses-table .highlight-code").first
    body.wait_for()
    assert '"from-the-page"' in (body.text_content() or "")
    assert page.request.get(f"{live.url}/api/projects").json()["items"][0]["name"] == "From the page"
    assert page.troubles == []  # type: ignore[attr-defined]
