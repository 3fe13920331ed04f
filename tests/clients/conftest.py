"""A project on a live server, with the token of a member and the machine that uses it."""

from __future__ import annotations

import os
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

# What clients send does not depend on the database: on PostgreSQL the current ones are enough.
ON_SQLITE = os.environ.get("RUSTRAK_TEST_DATABASE", "sqlite") == "sqlite"
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

    def files_page(self, version: str) -> str:
        return self.page(f"releases/files/?release={quote(version, safe='')}")

    def old_settings(self) -> dict[str, str]:
        """What people set before tokens named the server: a plain token, and an organization that has another name."""
        return {
            "SENTRY_AUTH_TOKEN": token(self.api, "plain"),
            "SENTRY_URL": self.live.url,
            "SENTRY_ORG": "acme-inc",
            "SENTRY_PROJECT": self.slug,
        }


def token(api: ApiClient, form: str) -> str:
    """The text of a new token of the member."""
    made: str = api.call("POST", "/api/tokens", {"form": form})["token"]
    return made


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
        project = api.call("POST", "/api/projects", {"name": name})
        machine = BuildMachine(
            tmp_path_factory.mktemp(project["slug"]), SENTRY_AUTH_TOKEN=token(api, "sentry")
        )
        return Shop(live, api, project["dsn"], project["slug"], machine)

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
