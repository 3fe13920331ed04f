"""A project on a live server, with the token of a member and the machine that uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from tests import browser
from tests.conftest import PASSWORD
from tests.lib import build_machine
from tests.lib.api_client import ApiClient
from tests.lib.build_machine import BuildMachine
from tests.lib.live import Live

MEMBER = "ana@example.org"


@dataclass(frozen=True)
class Shop:
    """A project, and a machine whose only setting is the token of a member."""

    live: Live
    api: ApiClient
    dsn: str
    slug: str
    machine: BuildMachine

    @property
    def project_id(self) -> int:
        return int(self.dsn.rsplit("/", 1)[1])

    def get(self, path: str) -> Any:
        """JSON of Rustrak's own API, below the project."""
        return self.api.get(f"/api/projects/{self.project_id}{path}")

    def page(self, path: str = "") -> str:
        return self.api.text(f"/projects/{self.slug}/{path}")

    def release(self, version: str) -> Any:
        """A release as Rustrak's own API has it."""
        return self.get(f"/releases/{quote(version, safe='')}")

    def release_page(self, version: str) -> str:
        return self.page(f"releases/one/?release={quote(version, safe='')}")

    def old_settings(self) -> dict[str, str]:
        """What people set before tokens named the server: a plain token, and an organization that has another name."""
        token = self.live.manage("create_token", MEMBER, "--plain")
        return {
            "SENTRY_AUTH_TOKEN": token,
            "SENTRY_URL": self.live.url,
            "SENTRY_ORG": "acme-inc",
            "SENTRY_PROJECT": self.slug,
        }


@pytest.fixture(scope="module")
def api(live: Live) -> ApiClient:
    live.manage("create_user", MEMBER, "--admin", input=PASSWORD)
    return ApiClient(live.url).sign_in(MEMBER, PASSWORD)


Open = Callable[[str], Shop]


@pytest.fixture(scope="module")
def open_shop(live: Live, api: ApiClient, tmp_path_factory: pytest.TempPathFactory) -> Open:
    """`open_shop(name)` makes a project and a machine for it."""
    build_machine.install()

    def shop(name: str) -> Shop:
        dsn = live.create_project(name)
        slug = api.get(f"/api/projects/{dsn.rsplit('/', 1)[1]}")["slug"]
        token = live.manage("create_token", MEMBER)
        assert token.startswith("sntrys_")
        machine = BuildMachine(tmp_path_factory.mktemp(slug), SENTRY_AUTH_TOKEN=token)
        return Shop(live, api, dsn, slug, machine)

    return shop


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.launched() as running:
        yield running


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop as esbuild builds it without a plugin: main.js and main.js.map."""
    build_machine.install()
    out = tmp_path_factory.mktemp("built")
    BuildMachine(out).run(build_machine.BUILD, "esbuild", out / "dist")
    return out / "dist"
