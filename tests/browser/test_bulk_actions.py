"""Actions on many issues in a browser: with the background process, its progress, undo, and the questions before merging and deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import inspect, sign_up
from tests.lib.live import Live

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.live]

# More than are changed at once.
ISSUES = """
import json
from uuid import uuid4
from accounts.models import Project
from issues.payload.read import read
from issues.record import writer
from rustrak.lib import clock
now, events = clock.now(), []
for number in range(120):
    sent = {"event_id": uuid4().hex, "exception": [{"type": f"Error{number}", "value": "v"}]}
    events.append(read(json.dumps(sent).encode(), event_id=sent["event_id"], received_at=now))
writer.record(Project.objects.get().pk, events, now)
"""


def test_many_issues(page: Page, live: Live) -> None:
    sign_up(page, live)
    live.create_project("Shop")
    live.manage("shell", input=ISSUES)
    listed = f"{live.url}/projects/shop/issues/"
    page.goto(listed)
    page.get_by_role("link", name="Select all on this page").click()
    page.get_by_label("Select all 120 that match").check()
    page.get_by_text("More", exact=True).click()
    inspect(page, "bulk-chosen")
    page.get_by_role("button", name="Resolve e").click()
    # It goes on in another process.
    page.get_by_role("link", name="Progress").first.click()
    page.get_by_text("120 issues resolved.").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="Progress").first.click()
    page.get_by_text("Undone: 120 issues are as before.").wait_for()

    page.goto(listed)
    for box in page.get_by_role("checkbox", name="Select SHOP-").all()[:2]:
        box.check()
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Merge…").click()
    inspect(page, "bulk-merge")
    page.get_by_role("button", name="Merge").click()
    page.get_by_text("1 issue merged into SHOP-").wait_for()
    inspect(page, "bulk-message")
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Undone: 1 issue is as before.").wait_for()
    assert page.locator("[data-row] a:focus").count() == 1

    page.get_by_role("link", name="Select all on this page").click()
    page.get_by_label("Select all 120 that match").check()
    page.get_by_text("More", exact=True).click()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete 120 issues").click()
    page.get_by_text("Deleting 120 issues").locator("visible=true").first.wait_for()
