"""Uploads of sentry-cli that are killed and begun again, and two of the same files at once."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from tests.clients.conftest import Open, Shop
from tests.lib.build_machine import CLI_2, CLI_3, TROUBLE, Program
from tests.lib.front import Answer, Request, front, proxy

pytestmark = [pytest.mark.live, pytest.mark.long]
NOTHING: Answer = (502, {"Content-Type": "text/plain"}, b"")


@pytest.fixture(scope="module")
def shop(open_shop: Open) -> Shop:
    return open_shop("Interrupted")


@pytest.mark.parametrize("cli", [CLI_2, CLI_3], ids=["2", "3"])
def test_an_upload_that_was_killed_sends_no_piece_again(
    shop: Shop, built: Path, tmp_path: Path, cli: Program
) -> None:
    """The client ends after its pieces have arrived and before it could ask for the bundle."""
    shutil.copytree(built, tmp_path / "dist")
    shop.machine.run(cli, "sourcemaps", "inject", tmp_path / "dist")
    pass_on = proxy(shop.live.port)
    asked, over = threading.Event(), threading.Event()
    assembled: list[bytes] = []

    def cut(request: Request) -> Answer:
        if request.path.endswith("/assemble/"):
            assembled.append(request.body)
            if len(assembled) == 2:
                asked.set()
                over.wait(30)
                return NOTHING
        return pass_on(request)

    old = shop.old_settings()
    command: list[str | Path] = ["sourcemaps", "upload", tmp_path / "dist"]
    with front(cut) as url:
        process = shop.machine.begin(cli, *command, **{**old, "SENTRY_URL": url})
        try:
            assert asked.wait(60)
        finally:
            process.kill()
            process.communicate()
            over.set()
    (before,) = shop.live.rows("SELECT COUNT(*) FROM issues_uploadchunk")[0]
    assert before
    said = shop.machine.run(cli, *command, "--wait", **old)
    assert "Nothing to upload" in said or "already" in said, said


def test_two_builds_at_once(shop: Shop, built: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(built, tmp_path / name / "dist")
        shutil.copy(built / "main.js", tmp_path / name / "dist" / "more.js")
    settings = {"SENTRY_PROJECT": shop.slug}
    running = [
        shop.machine.begin(
            cli, "sourcemaps", "upload", "--release", "twice@1", "--url-prefix", "~/", "--wait", tmp_path / name / "dist", **settings
        )
        for cli, name in ((CLI_2, "one"), (CLI_3, "two"))
    ]  # fmt: skip
    said = [process.communicate(timeout=100)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert [TROUBLE.findall(text) for text in said] == [[], []]
