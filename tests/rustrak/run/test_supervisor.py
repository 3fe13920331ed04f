from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from rustrak.run.processes import fork
from rustrak.run.supervisor import STABLE_SECONDS, Part, Supervisor, backoff, failures_after
from tests.lib.live import descendants


def test_the_wait_doubles_up_to_half_a_minute() -> None:
    assert [backoff(n) for n in range(1, 9)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff(10_000) == 30


def test_earlier_deaths_do_not_count_after_a_stable_run() -> None:
    assert failures_after(0, 0.1) == 1
    assert failures_after(4, STABLE_SECONDS - 1) == 5
    assert failures_after(4, STABLE_SECONDS) == 1


def test_a_part_runs_in_a_group_of_its_own_under_its_title_and_ends_with_its_code(tmp_path: Path) -> None:
    seen = tmp_path / "seen"

    def body() -> None:
        seen.write_text(f"{os.getpgid(0) == os.getpid()} {Path('/proc/self/cmdline').read_bytes()!r}")
        raise SystemExit(7)

    pid = fork(body, "rustrak: example")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7
    assert seen.read_text().startswith("True")
    assert "rustrak: example" in seen.read_text()


def _supervise(parts: list[Part]) -> int:
    """A supervisor in a process of its own; its pid."""
    return fork(Supervisor(parts).run, "rustrak: test")


def _wait(seconds: float = 5.0, *, until: object) -> None:
    deadline = time.monotonic() + seconds
    while not until():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _sleep() -> None:
    time.sleep(60)


def _stubborn() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


def test_a_part_that_dies_is_restarted(tmp_path: Path) -> None:
    starts = tmp_path / "starts"

    def body() -> None:
        with starts.open("a") as file:
            file.write("x")
        os.kill(os.getpid(), signal.SIGKILL)

    pid = _supervise([Part("mortal", body), Part("steady", _sleep)])
    _wait(until=lambda: starts.exists() and len(starts.read_text()) == 3)
    os.kill(pid, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything_in_order(tmp_path: Path, sent: signal.Signals) -> None:
    ends = tmp_path / "ends"

    def until_told(name: str) -> None:
        def leave(*_: object) -> None:
            time.sleep(0.1)
            with ends.open("a") as file:
                file.write(name)
            raise SystemExit(0)

        signal.signal(signal.SIGTERM, leave)
        time.sleep(60)

    parts = [
        Part("second", lambda: until_told("2"), stage=1),
        Part("first", lambda: until_told("1"), stage=0),
    ]
    pid = _supervise(parts)
    _wait(until=lambda: len(descendants(pid)) == 3)
    time.sleep(0.2)  # the handlers are set right after the fork
    family = descendants(pid)
    os.kill(pid, sent)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert ends.read_text() == "12"
    assert not any(Path(f"/proc/{child}").exists() for child in family)


def test_a_second_ctrl_c_kills_what_does_not_stop() -> None:
    pid = _supervise([Part("stubborn", _stubborn)])
    _wait(until=lambda: len(descendants(pid)) == 2)
    time.sleep(0.2)
    began = time.monotonic()
    os.kill(pid, signal.SIGINT)
    time.sleep(1.2)
    os.kill(pid, signal.SIGINT)
    os.waitpid(pid, 0)
    assert time.monotonic() - began < 5


def test_nothing_survives_a_killed_supervisor() -> None:
    pid = _supervise([Part("stubborn", _stubborn), Part("steady", _sleep)])
    _wait(until=lambda: len(descendants(pid)) == 3)
    family = descendants(pid)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    _wait(until=lambda: not any(_alive(child) for child in family))


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
