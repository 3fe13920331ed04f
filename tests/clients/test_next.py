"""A shop made with Next.js, from the build to the error: `make test-next`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.clients.conftest import Open
from tests.lib import programs
from tests.lib.live import free_port
from tests.lib.shop_page import check_mapped, sent
from tests.lib.waiting import wait_for

pytestmark = [
    pytest.mark.live,
    pytest.mark.long,
    pytest.mark.skipif(
        not os.environ.get("RUSTRAK_TEST_NEXT"),
        reason="`make test-next` builds with Next.js: 500 MB of packages and a minute",
    ),
]
NEXT = Path(__file__).parent / "next"


@contextmanager
def _started(directory: Path) -> Iterator[str]:
    port = str(free_port())
    program = NEXT / "node_modules" / "next" / "dist" / "bin" / "next"
    process = subprocess.Popen(
        ["node", program, "start", "--port", port], cwd=directory, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert wait_for(lambda: "Ready" in process.stdout.readline(), 30)  # type: ignore[union-attr]
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


def test_a_build_uploads_what_its_errors_need(open_shop: Open, chromium: Browser) -> None:
    programs.install_js(NEXT)
    shop = open_shop("Next")
    shutil.rmtree(NEXT / ".next", ignore_errors=True)
    options = {"sentryUrl": shop.live.url, "project": shop.slug, "release": {"name": "next@1"}}
    program = NEXT / "node_modules" / "next" / "dist" / "bin" / "next"
    shop.machine.run(
        ("node", program), "build", cwd=NEXT, but="_global-error|could not determine a source map reference",
        PLUGIN_OPTIONS=json.dumps(options), NEXT_TELEMETRY_DISABLED="1",
    )  # fmt: skip
    with _started(NEXT) as url:
        event = sent(shop.api, chromium, url, shop.dsn)
    assert event["release"] == "next@1"
    # The compiler puts all functions into the component's effect, and no map says which was which.
    check_mapped(shop.api, shop.project_id, shop.slug, event, function="")
