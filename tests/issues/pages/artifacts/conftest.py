"""Creates uploads with their artifacts, as assembling leaves them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Project, User
from issues.models import Upload
from issues.pages.artifacts import shown
from tests.lib import artifacts

HOSTILE = "~/\u202egnp.<script>\x01" + "x" * 900

Uploaded = Callable[..., Upload]


@pytest.fixture
def uploaded(shop: Project, bo: User) -> Uploaded:
    """`uploaded(*names, kind=…, project=…, …)` creates an upload with an artifact for each name."""

    # A test's rows may have the keys that those of another had.
    shown.releases_of.cache_clear()

    def create(
        *names: str, project: Project = shop, contents: str = "minified_source", **fields: Any
    ) -> Upload:
        about = {"release": "shop@2.4.1", "client": "sentry-cli/2.58.6", "by": bo, "size": 4096}
        upload = artifacts.upload(project, artifact_count=len(names), **about | fields)
        for name in names:
            artifacts.artifact(
                upload, name, name.encode(), contents, debug_id="8d65dbd3-bb6c-5632-9049-7751111284ed"
            )
        return upload

    return create
