"""Keys and people of a project in a browser: made, replaced, disabled, forgotten; and what the edge does with what is sent meanwhile."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from issues.payload.user import number
from tests.browser.conftest import inspect, sign_up
from tests.lib.live import Live
from tests.lib.waiting import wait_for

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.live]


def send(live: Live, dsn: str) -> int:
    """Send an event of one person with this DSN; the status."""
    key, project = dsn.split("//")[1].split("@")[0], dsn.rsplit("/", 1)[1]
    event = {
        "event_id": uuid4().hex,
        "message": "it broke",
        "user": {"id": "42", "email": "zelda@example.org"},
    }
    url = f"{live.url}/api/{project}/store/?sentry_key={key}"
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, json.dumps(event).encode(), method="POST")
        ) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def dsn_on(page: Page) -> str:
    return page.locator("code#dsn").inner_text()


def test_keys_from_the_first_to_a_disabled_one(page: Page, live: Live) -> None:
    sign_up(page, live)
    page.goto(f"{live.url}/projects/new/")
    page.get_by_label("Name").fill("Shop")
    page.get_by_role("main").get_by_role("button").first.click()
    page.goto(f"{live.url}/projects/shop/settings/keys/")
    inspect(page, "keys")
    page.get_by_role("link", name="Default").click()
    first = dsn_on(page)
    inspect(page, "key")
    page.get_by_role("link", name="Replace key").click()
    page.get_by_label("1 hour").check()
    inspect(page, "key-replace")
    page.get_by_role("button", name="Replace key").click()
    second = dsn_on(page)
    wait_for(lambda: send(live, second) == 200)
    assert send(live, first) == 200
    page.get_by_label("Events per minute").fill("1")
    page.get_by_role("button", name="Save").click()
    wait_for(lambda: send(live, second) == 429)
    assert send(live, first) == 200
    page.goto(f"{live.url}/projects/shop/settings/keys/")
    page.get_by_role("link", name="Default (replaced)").click()
    page.get_by_role("button", name="Disable").click()
    wait_for(lambda: send(live, first) == 401)

    def used() -> bool:
        page.goto(f"{live.url}/projects/shop/settings/keys/")
        return "never used" not in page.get_by_role("table").inner_text()

    wait_for(used)
    inspect(page, "keys-several")
    page.goto(f"{live.url}/projects/shop/intake/requests/")
    assert "key “Default”" in page.content()
    assert "Key no longer in use" in page.content()


def test_a_person_is_forgotten(page: Page, live: Live) -> None:
    people = f"{live.url}/projects/shop/people/?person={number('id:42')}"
    page.goto(people)
    inspect(page, "person")
    page.get_by_role("link", name="Forget this person").click()
    inspect(page, "person-forget")
    page.get_by_label(re.compile("to confirm")).fill("zelda@example.org")
    page.get_by_role("button", name="Forget this person").click()
    forgetting = page.url

    def done() -> bool:
        page.goto(forgetting)
        return "This person is forgotten" in page.content()

    wait_for(done)
    inspect(page, "person-forgotten")
    assert page.goto(people).status == 404  # type: ignore[union-attr]
