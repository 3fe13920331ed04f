from __future__ import annotations

import threading
import time

import pytest

from issues.symbols.child import limits


def test_work_that_takes_too_long_is_told_by_its_cpu_time() -> None:
    late: list[tuple[str, float]] = []
    watch = limits.Watch(lambda key, seconds: late.append((key, seconds)))
    assert watch.is_idle
    with watch.working("a", 0.01):
        assert not watch.is_idle
        watch.look()
        assert late == []
        until = time.thread_time() + 0.02
        while time.thread_time() < until:
            pass
        watch.look()
        assert late == [("a", 0.01)]
        with watch.working("b", 5.0):  # a part of it, with a time of its own
            watch.look()
        watch.look()
    assert late == [("a", 0.01)] * 2
    assert watch.is_idle
    watch.look()


def test_work_that_waits_for_ever_is_told_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    late: list[str] = []
    watch = limits.Watch(lambda key, seconds: late.append(key))
    now = time.monotonic()
    with watch.working("a", 10.0):
        monkeypatch.setattr(limits.time, "monotonic", lambda: now + 10.0 * limits.WALL_FACTOR - 1)
        watch.look()
        assert late == []
        monkeypatch.setattr(limits.time, "monotonic", lambda: now + 10.0 * limits.WALL_FACTOR + 1)
        watch.look()
    assert late == ["a"]


def test_threads_that_have_ended_are_no_trouble() -> None:
    watch = limits.Watch(lambda key, seconds: None)
    thread = threading.Thread(target=watch.working("a", 1.0).__enter__)
    thread.start()
    thread.join()
    watch.look()


@pytest.fixture(autouse=True)
def _no_limit_for_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_limit", lambda kind, most: None)
