"""Real SDKs, current and old, against a live server: what they send is found as they sent it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests import browser
from tests.api_client import ApiClient, wait_for
from tests.conftest import PASSWORD
from tests.live import Live
from tests.sdk import programs

pytestmark = pytest.mark.live
CASES = ("handled", "unhandled", "chained", "message", "context")
Send = Callable[[str, str], None]


@pytest.fixture(scope="module")
def api(live: Live) -> ApiClient:
    live.manage("create_user", "ana@example.org", "--admin", input=PASSWORD)
    return ApiClient(live.url).sign_in("ana@example.org", PASSWORD)


def _python(**environment: str) -> Send:
    def send(dsn: str, case: str) -> None:
        program = programs.HERE / "python" / "cases.py"
        programs.run([sys.executable, program, dsn, case], crashes=case == "unhandled", **environment)

    return send


@pytest.fixture(scope="module")
def python_2() -> Send:
    return _python()


@pytest.fixture(scope="module")
def python_1() -> Send:
    programs.install_old_python()
    return _python(PYTHONPATH=str(programs.OLD_PYTHON))


@pytest.fixture(scope="module")
def node() -> Send:
    programs.install_js()

    def send(dsn: str, case: str) -> None:
        programs.run(["node", programs.JS / "node-cases.mjs", dsn, case], crashes=case == "unhandled")

    return send


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """A page of another origin, as a customer's shop is: the SDK's requests cross origins."""

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Shop</title>")

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/checkout"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def chromium(shop: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Send]:
    executable = browser.executable()
    if executable is None or shutil.which("npm") is None:
        pytest.skip("no chromium or no npm found")
    from playwright.sync_api import sync_playwright

    programs.install_js()
    script = tmp_path_factory.mktemp("bundle") / "cases.js"
    programs.bundle(programs.JS / "browser-cases.js", script)
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=executable, args=browser.ARGUMENTS)

        def send(dsn: str, case: str) -> None:
            page = chrome.new_page()
            page.goto(shop)
            page.evaluate("dsn => { window.DSN = dsn }", dsn)
            page.add_script_tag(content=Path(script).read_text())
            assert page.evaluate("name => window.run(name)", case) is True
            page.close()

        yield send
        chrome.close()


@pytest.fixture(params=["python_2", "python_1", "node", "chromium"])
def sdk(request: pytest.FixtureRequest) -> Send:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def _exceptions(event: dict[str, Any]) -> list[dict[str, Any]]:
    exception = event["data"]["exception"]
    return exception["values"] if isinstance(exception, dict) else exception


def _check(case: str, event: dict[str, Any]) -> None:
    assert event["release"] == "shop@1.4.2"
    assert event["environment"] == "staging"
    assert event["tags"]["case"] == case
    if case == "message":
        assert event["title"] == "The stock sync was slow: 32.4 s"
        assert event["level"] == "warning"
        return
    assert event["level"] in ("error", "fatal")  # JavaScript calls what ends the program fatal
    last = _exceptions(event)[-1]
    if case != "context":
        assert last["stacktrace"]["frames"]
    if case == "unhandled":
        assert last["mechanism"]["handled"] is False
    elif case == "chained":
        assert "checkout failed" in json.dumps(_exceptions(event))
        assert len(_exceptions(event)) == 2
    elif case == "context":
        assert event["tags"]["shard"] == "eu-1"
        assert event["data"]["user"]["email"] == "dee@example.org"
        assert event["data"]["contexts"]["order"] == {"id": 8812, "lines": 3} | (
            {"type": "order"} if "type" in event["data"]["contexts"]["order"] else {}
        )
        crumbs = event["data"]["breadcrumbs"]
        crumbs = crumbs["values"] if isinstance(crumbs, dict) else crumbs
        assert any(crumb.get("message") == "added a teapot" for crumb in crumbs)


def test_every_case_is_stored_and_shown(
    live: Live, api: ApiClient, sdk: Send, request: pytest.FixtureRequest
) -> None:
    dsn = live.create_project(f"SDK {request.node.name}")
    project_id = int(dsn.rsplit("/", 1)[1])
    for case in CASES:
        sdk(dsn, case)
    stored = wait_for(lambda: events if len(events := api.events(project_id)) >= len(CASES) else [])
    assert sorted(event["tags"]["case"] for event in stored) == sorted(CASES)
    for event in stored:
        _check(event["tags"]["case"], event)
        page = live.page(api, project_id, event)
        assert event["title"].split(":")[0] in page
        assert 'id="grouping"' in page
