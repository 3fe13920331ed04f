"""The page of the small shop that the clients' tests build: its error in a browser, and what Rustrak shows of it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from tests.lib.api_client import ApiClient
from tests.lib.front import Answer, Request, front
from tests.lib.waiting import wait_for

_TYPES = {".js": "text/javascript", ".html": "text/html"}
#: For builds that make no page.
PAGE = "<!doctype html><title>Shop</title><script type=module src=/main.js></script>"
# The line of lib/prices that throws.
THROWING = "throw new TypeError(`there is no price for ${line.article}`);"


@contextmanager
def served(directory: Path, page: str | None = None) -> Iterator[str]:
    """The files of a build on loopback, without the maps, as they are deployed; `page` is instead of its index.html. Yields the address."""

    def site(request: Request) -> Answer:
        path = request.path.split("?")[0]
        if path == "/" and page is not None:
            return 200, {"Content-Type": "text/html"}, page.encode()
        file = directory / ("index.html" if path == "/" else path.lstrip("/"))
        if file.suffix not in _TYPES or not file.is_file():
            return 404, {"Content-Type": "text/plain"}, b"not found"
        return 200, {"Content-Type": _TYPES[file.suffix]}, file.read_bytes()

    with front(site) as url:
        yield url


def sent(api: ApiClient, chromium: Browser, url: str, dsn: str, **options: str) -> dict[str, Any]:
    """The event that the page at `url` sends when a customer checks out; `options` are those of Sentry.init."""
    project_id = int(dsn.rsplit("/", 1)[1])
    before = {event["id"] for event in api.events(project_id)}
    page = chromium.new_page()
    page.add_init_script(f"window.SENTRY_OPTIONS = {json.dumps({'dsn': dsn, **options})}")
    page.goto(f"{url}/")
    page.wait_for_function("typeof window.checkout === 'function'")
    with page.expect_event("pageerror"):
        page.evaluate("window.checkout()")
    assert page.evaluate("window.flushed()") is True
    page.close()

    def arrived() -> list[dict[str, Any]]:
        return [event for event in api.events(project_id) if event["id"] not in before]

    (event,) = wait_for(arrived)
    return event


def check_mapped(
    api: ApiClient, project_id: int, slug: str, event: dict[str, Any], function: str = "priceOf"
) -> None:
    """Assert that the event's page shows the original source, that its issue is named after it, and what was sent is kept."""
    shown = words(api.text(f"/projects/{slug}/issues/{event['issue_id']}/events/{event['id']}/"))
    assert THROWING in shown
    assert "lib/prices." in shown
    assert "priceOf" in shown
    assert "checkout" in shown
    issue = api.get(f"/api/projects/{project_id}/issues/{event['issue_id']}")
    assert function in json.dumps(issue), issue
    frames = event["data"]["exception"]["values"][-1]["stacktrace"]["frames"]
    assert "lib/prices" not in json.dumps(frames)


def words(page: str) -> str:
    """The text of a page."""
    return html.unescape(re.sub(r"<[^>]*>", "", page))
