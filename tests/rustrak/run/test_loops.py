from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rustrak.lib import presence
from rustrak.run import loops, processes
from rustrak.run.loops import Loop


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_each_loop_keeps_its_own_interval_until_a_signal(tmp_path: Path) -> None:
    order: list[str] = []

    def fast() -> None:
        order.append("fast")
        if order.count("fast") == 4:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(SystemExit) as end:
        loops.run([Loop("fast", 0.05, fast), Loop("slow", 60, lambda: order.append("slow"))], tmp_path)
    assert end.value.code == 0
    assert order == ["fast", "slow", "fast", "fast", "fast"]
    assert [len(presence.present(tmp_path, name)) for name in ("fast", "slow", "other")] == [1, 1, 0]


def test_an_urgent_loop_does_not_wait_for_its_turn() -> None:
    asked: list[int] = []

    def urgent() -> bool:
        asked.append(1)
        return len(asked) > 1

    loop = Loop("retain", 600, lambda: None, urgent=urgent)
    due = 1000.0 + loop.seconds  # it ended at 1000
    assert not loop.is_due(1000.0 + loops.URGENT_SECONDS - 1, due)
    assert asked == []
    assert not loop.is_due(1000.0 + loops.URGENT_SECONDS, due)
    assert loop.is_due(1000.0 + loops.URGENT_SECONDS, due)
    assert Loop("other", 600, lambda: None).is_due(due, due)
    assert not Loop("other", 600, lambda: None).is_due(due - 1, due)


def test_a_failure_is_logged_and_the_loop_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tries: list[int] = []

    def body() -> None:
        tries.append(1)
        if len(tries) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        raise OSError("the disk is full")

    with pytest.raises(SystemExit):
        loops.run([Loop("retain", 0.01, body)], tmp_path)
    assert len(tries) == 2
    assert "retain failed; the next attempt is in 0 s" in caplog.text
    assert "the disk is full" in caplog.text


def test_a_fork_is_waited_for_and_killed_by_a_signal(tmp_path: Path) -> None:
    order: list[str] = []
    done, killed = tmp_path / "done", tmp_path / "killed"

    def work() -> None:
        order.append("in the fork only")
        done.write_text(str(os.getpid()))

    def endless() -> None:
        killed.write_text(str(os.getpid()))
        os.kill(os.getppid(), signal.SIGTERM)
        time.sleep(60)

    with pytest.raises(SystemExit):
        loops.run([Loop("retain", 60, work, apart=True), Loop("endless", 60, endless, apart=True)], tmp_path)
    assert order == []
    assert done.read_text() != str(os.getpid())
    with pytest.raises(ProcessLookupError):
        os.kill(int(killed.read_text()), 0)


def test_a_loop_that_wakes_does_not_wait_for_others(tmp_path: Path) -> None:
    asked: list[float] = []
    begun = time.monotonic()

    def urgent() -> bool:
        asked.append(time.monotonic() - begun)
        return len(asked) > 2

    runs: list[int] = []

    def body() -> None:
        runs.append(1)
        if len(runs) == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    loop = Loop("mail", 60, body, urgent=urgent, urgent_after=0.05, wakes=True)
    with pytest.raises(SystemExit):
        loops.run([Loop("other", 60, lambda: None), loop], tmp_path)
    assert len(asked) == 3
    assert asked[-1] < 5


def test_lanes_do_not_wait_for_each_other(tmp_path: Path) -> None:
    order = tmp_path / "order"

    def note(word: str) -> None:
        with order.open("a") as file:
            file.write(f"{word} ")

    def slow() -> None:
        note("slow")
        time.sleep(0.4)
        note("ended")
        os.kill(os.getppid(), signal.SIGTERM)

    def same_lane() -> None:
        note("after")

    lane = [Loop("slow", 60, slow, apart=True), Loop("same lane", 60, same_lane, apart=True)]
    other = Loop("other", 0.1, lambda: note("other"), apart=True, lane="other")
    with pytest.raises(SystemExit):
        loops.run([*lane, other], tmp_path)
    words = order.read_text().split()
    assert words.index("ended") > 2
    assert words[: words.index("ended")].count("other") >= 2
    assert "after" not in words[: words.index("ended")]


def test_a_signal_to_another_thread_right_after_the_fork_kills_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forks: list[int] = []
    idle = threading.Event()
    thread = threading.Thread(target=idle.wait)
    thread.start()

    def fork(body: Callable[[], None], title: str) -> int:
        forks.append(processes.fork(body, title))
        assert thread.ident
        signal.pthread_kill(thread.ident, signal.SIGTERM)
        time.sleep(0.05)
        return forks[-1]

    monkeypatch.setattr(loops, "fork", fork)
    try:
        with pytest.raises(SystemExit):
            loops.run([Loop("endless", 60, lambda: time.sleep(60), apart=True)], tmp_path)
    finally:
        idle.set()
        thread.join()
    with pytest.raises(ProcessLookupError):
        os.kill(forks[0], 0)


def test_a_fork_that_fails_leaves_the_signals_as_they_were(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fork(body: Callable[[], None], title: str) -> int:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(loops, "fork", fork)
    with pytest.raises(BlockingIOError):
        loops.run([Loop("endless", 60, lambda: None, apart=True)], tmp_path)
    with pytest.raises(SystemExit):
        signal.raise_signal(signal.SIGTERM)


def test_a_fork_with_grace_ends_by_itself(tmp_path: Path) -> None:
    ended, too_late = tmp_path / "ended", tmp_path / "too-late"

    def finishes() -> None:
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda number, frame: stop.set())
        os.kill(os.getppid(), signal.SIGTERM)
        stop.wait(30)
        ended.write_text("by itself")

    def ignores() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        too_late.write_text(str(os.getpid()))
        time.sleep(60)

    ignoring = Loop("ignores", 60, ignores, apart=True, lane="b", grace=0.3)
    with pytest.raises(SystemExit):
        loops.run([ignoring, Loop("finishes", 60, finishes, apart=True, lane="a", grace=10)], tmp_path)
    assert ended.read_text() == "by itself"
    if too_late.exists():  # it may have been stopped before it began
        with pytest.raises(ProcessLookupError):
            os.kill(int(too_late.read_text()), 0)
