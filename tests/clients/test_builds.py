"""From a build with each bundler and its plugin to the error that a browser sends: the page shows the original source."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.clients.conftest import ON_SQLITE, Open, Shop
from tests.lib.build_machine import BUILD, CLI_2, CLI_3, Program
from tests.lib.shop_page import PAGE, check_mapped, sent, served

pytestmark = [pytest.mark.live, pytest.mark.long]


@pytest.fixture(scope="module")
def shop(open_shop: Open) -> Shop:
    return open_shop("Builds")


# What each needs besides the token. The command line in plugins of 11.8 does not read the organization from it.
BUILDS: dict[str, dict[str, str]] = {
    "vite": {"org": "acme-inc"},
    "webpack": {"org": "acme-inc"},
    "rollup": {},
    "rollup-11": {},
    "esbuild": {},
    "esbuild-11": {},
}


@pytest.mark.parametrize("tool", BUILDS if ON_SQLITE else ["vite"])
def test_a_build_uploads_what_its_errors_need(
    shop: Shop, chromium: Browser, tmp_path: Path, tool: str
) -> None:
    repository = tmp_path / "repository"
    commits = [(f"Build with {tool}", {"README.md": tool})]
    shop.machine.repository(repository, "git@git.example.org:acme/shop.git", commits)
    options = {"url": shop.live.url, "project": shop.slug, "release": {"name": f"{tool}@1"}, **BUILDS[tool]}
    shop.machine.run(BUILD, tool, repository / "dist", cwd=repository, PLUGIN_OPTIONS=json.dumps(options))
    with served(repository / "dist", None if tool == "vite" else PAGE) as url:
        event = sent(shop.api, chromium, url, shop.dsn)
    assert event["release"] == f"{tool}@1"
    check_mapped(shop.api, shop.project_id, shop.slug, event)
    release = shop.release(f"{tool}@1")
    assert release["released_at"]


@pytest.mark.parametrize(
    "cli", [CLI_2, CLI_3] if ON_SQLITE else [CLI_3], ids=["2", "3"] if ON_SQLITE else ["3"]
)
def test_maps_are_found_by_release_and_address(
    shop: Shop, chromium: Browser, built: Path, tmp_path: Path, cli: Program, request: pytest.FixtureRequest
) -> None:
    release = f"by-address@{request.node.callspec.id}"
    shutil.copytree(built, tmp_path / "dist")
    shop.machine.run(
        cli, "sourcemaps", "upload", "--release", release, "--dist", "42", "--url-prefix", "~/", "--wait", "dist",
        cwd=tmp_path, SENTRY_PROJECT=shop.slug,
    )  # fmt: skip
    with served(tmp_path / "dist", PAGE) as url:
        event = sent(shop.api, chromium, url, shop.dsn, release=release, dist="42")
    check_mapped(shop.api, shop.project_id, shop.slug, event)
    if cli is CLI_2:
        explained = shop.machine.run(
            cli,
            "sourcemaps",
            "explain",
            event["event_id"],
            SENTRY_ORG="rustrak",
            SENTRY_PROJECT=shop.slug,
            but=".",
        )
        assert "already" in explained, explained
