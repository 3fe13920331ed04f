"""The child itself: one file of tests that starts processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from issues.symbols import asking, client, running
from issues.symbols.answers import Unavailable, Unreadable
from rustrak.lib import presence
from tests.lib.symbol_files import Stored, source_map
from tests.lib.waiting import wait_for

GOOD = Stored(source_map())


def children() -> list[int]:
    return [one.pid for one in presence.present(settings.RUN_DIR, "symbols")]


@pytest.fixture(autouse=True)
def _run_dir(tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings.RUN_DIR = tmp_path / "run"  # type: ignore[attr-defined]
    monkeypatch.setattr(running, "_failed", None)
    asking.forget()
    yield
    asking.forget()
    for pid in children():
        os.kill(pid, signal.SIGKILL)


def asked() -> bool:
    return client.originals(None, GOOD, [(1, 1)])[0] is not None


def test_a_child_is_started_once_and_replaced_when_it_was_killed() -> None:
    assert asked()
    (first,) = children()
    with open(f"/proc/{first}/cmdline") as line:
        assert line.read().rstrip("\0 ") == "rustrak: symbols"
    with open(f"/proc/{first}/environ", "rb") as environment:
        assert b"DATABASE_URL" not in environment.read()
    asking.forget()
    assert asked()
    assert children() == [first]
    os.kill(first, signal.SIGKILL)
    assert asked()
    (second,) = children()
    assert second != first
    # What takes all memory costs that file and nothing else. As much of the stack ends the process in the same way.
    huge = Stored(source_map(mappings=";" * 25_000_000))
    with pytest.raises(Unreadable, match="512 MiB"):
        client.originals(None, huge, [(1, 1)])
    assert asked()
    (third,) = children()
    assert third != second
    os.kill(third, signal.SIGTERM)
    assert wait_for(lambda: not children())
    assert not any(settings.RUN_DIR.glob("*.sock"))


def test_it_ends_when_nobody_asks_and_with_the_process_that_started_it(tmp_path: Path) -> None:
    """Two at a time, as each takes a while to start."""
    directories = [tmp_path / "idle", tmp_path / "orphan"]
    code = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(60)"
    command = [sys.executable, "-m", "issues.symbols.child"]
    for directory in directories:
        directory.mkdir()
    idle = subprocess.Popen(
        [*command, str(directories[0]), "0.1"], cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", code, *command, str(directories[1])],
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
    )
    try:
        assert idle.wait(20) == 0
        assert wait_for(lambda: presence.present(directories[1], "symbols"))
        assert wait_for(lambda: any(directories[1].glob("*.sock")))
    finally:
        starter.kill()
        starter.wait()
    begun = time.monotonic()
    assert wait_for(lambda: not presence.present(directories[1], "symbols"))
    assert time.monotonic() - begun < 3


def test_a_child_that_cannot_start_says_why_and_is_not_tried_with_every_event(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(running.sys, "executable", "/bin/false")
    for _ in range(2):
        with pytest.raises(Unavailable, match="cannot be started"):
            asked()
    assert caplog.text.count("cannot be started") == 1
