"""From a build with each bundler and its plugin to the error that a browser sends: the page shows the original source."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.clients.conftest import Open, Shop
from tests.lib.build_machine import BUILD, CLI_2, CLI_3, Program
from tests.lib.front import Answer, Request, front
from tests.lib.shop_page import check_mapped, sent

pytestmark = [pytest.mark.live, pytest.mark.long]
TYPES = {".js": "text/javascript", ".html": "text/html", ".map": "application/json"}


@pytest.fixture(scope="module")
def shop(open_shop: Open) -> Shop:
    return open_shop("Builds")


@contextmanager
def _served(directory: Path, page: str | None = None) -> Iterator[str]:
    """The files of a build on loopback, without the maps, as they are deployed."""

    def site(request: Request) -> Answer:
        path = request.path.split("?")[0]
        if path == "/" and page is not None:
            return 200, {"Content-Type": "text/html"}, page.encode()
        file = directory / ("index.html" if path == "/" else path.lstrip("/"))
        if file.suffix == ".map" or not file.is_file():
            return 404, {"Content-Type": "text/plain"}, b"not found"
        return 200, {"Content-Type": TYPES[file.suffix]}, file.read_bytes()

    with front(site) as url:
        yield url


BUILDS = {
    "vite": None,
    "webpack": "main.js",
    "rollup": "main.js",
    "rollup-11": "main.js",
    "esbuild": "main.js",
    "esbuild-11": "main.js",
}


@pytest.mark.parametrize("tool", BUILDS)
def test_a_build_uploads_what_its_errors_need(
    shop: Shop, chromium: Browser, tmp_path: Path, tool: str
) -> None:
    script = BUILDS[tool]
    repository = tmp_path / "repository"
    shop.machine.repository(
        repository, "git@git.example.org:acme/shop.git", [(f"Build with {tool}", {"README.md": tool})]
    )
    options = {"url": shop.live.url, "project": shop.slug, "release": {"name": f"{tool}@1"}}
    shop.machine.run(
        BUILD,
        tool,
        repository / "dist",
        cwd=repository,
        PLUGIN_OPTIONS=json.dumps(options),
        NODE_ENV="production",
    )
    page = script and f"<!doctype html><title>Shop</title><script type=module src=/{script}></script>"
    with _served(repository / "dist", page) as url:
        event = sent(shop.api, chromium, url, shop.dsn)
    assert event["release"] == f"{tool}@1"
    check_mapped(shop.api, shop.project_id, shop.slug, event)
    release = shop.release(f"{tool}@1")
    assert release["released_at"]


@pytest.mark.parametrize("cli", [CLI_2, CLI_3], ids=["2", "3"])
def test_maps_are_found_by_release_and_address(
    shop: Shop, chromium: Browser, built: Path, tmp_path: Path, cli: Program, request: pytest.FixtureRequest
) -> None:
    release = f"by-address@{request.node.callspec.id}"
    shutil.copytree(built, tmp_path / "dist")
    shop.machine.run(
        cli, "sourcemaps", "upload", "--release", release, "--dist", "42", "--url-prefix", "~/", "--wait", "dist",
        cwd=tmp_path, SENTRY_PROJECT=shop.slug,
    )  # fmt: skip
    page = "<!doctype html><title>Shop</title><script type=module src=/main.js></script>"
    with _served(tmp_path / "dist", page) as url:
        event = sent(shop.api, chromium, url, shop.dsn, release=release, dist="42")
    check_mapped(shop.api, shop.project_id, shop.slug, event)
