from __future__ import annotations

import logging
import os
import signal
import time
from pathlib import Path

import pytest

from rustrak.lib import presence


def running(directory: Path, role: str) -> tuple[int, int]:
    """A process that holds `role` and waits to be killed: (its process id, its number)."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.write(writer, b"%d" % presence.hold(directory, role))
            time.sleep(60)
        finally:
            os._exit(1)
    os.close(writer)
    number = int(os.read(reader, 10))
    os.close(reader)
    return pid, number


def end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_running_processes_are_present_and_killed_ones_are_not(tmp_path: Path) -> None:
    directory = tmp_path / "run"
    assert presence.present(directory, "digest") == []
    first, number = running(directory, "digest")
    second, other = running(directory, "digest")
    try:
        assert (number, other) == (1, 2)
        found = presence.present(directory, "digest")
        assert [(one.role, one.number, one.pid) for one in found] == [
            ("digest", 1, first),
            ("digest", 2, second),
        ]
        assert abs(found[0].since - time.time()) < 30
        assert presence.present(directory, "web") == []
        end(first)
        assert [one.pid for one in presence.present(directory, "digest")] == [second]
        first, number = running(directory, "digest")
        assert number == 1
        assert len(list(directory.iterdir())) == 2
    finally:
        end(first)
        end(second)
    assert presence.present(directory, "digest") == []


def test_holding_a_role_twice_keeps_the_number(tmp_path: Path) -> None:
    assert presence.hold(tmp_path, "web") == presence.hold(tmp_path, "web") == 1
    assert [one.pid for one in presence.present(tmp_path, "web")] == [os.getpid()]


def test_other_files_are_ignored(tmp_path: Path) -> None:
    for name in ("web.lock", "web.x.lock", "web.1", "other.1.lock", "web.7.lock"):
        (tmp_path / name).write_text("{")
    assert presence.present(tmp_path, "web") == []


def test_a_directory_that_cannot_be_created_is_logged_and_stops_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "run").write_text("a file")
    with caplog.at_level(logging.WARNING):
        assert presence.hold(tmp_path / "run", "web") == 0
    assert "web cannot be registered as running" in caplog.text
