from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from rustrak.lib import collector


@pytest.fixture(autouse=True)
def enabled() -> Iterator[None]:
    assert gc.isenabled()
    yield
    assert gc.isenabled()


def test_the_last_of_several_pauses_ends_it() -> None:
    first, second = collector.paused(), collector.paused()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert not gc.isenabled()
    second.__exit__(None, None, None)


def test_it_runs_seldom_where_that_is_asked_for() -> None:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    try:
        gc.collect()  # begins to count anew
        counted = gc.get_stats()[0]["collections"]
        with collector.seldom():
            kept = [[] for _ in range(10_000)]
            assert gc.get_stats()[0]["collections"] == counted
        assert len(kept) == 10_000
        assert gc.get_threshold()[:2] == (700, 10)
    finally:
        gc.set_threshold(*before)


def test_a_collector_that_is_disabled_stays_so() -> None:
    gc.disable()
    try:
        with collector.paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_one_works_at_a_time() -> None:
    running: list[int] = []

    def work() -> int:
        running.append(1)
        try:
            time.sleep(0.01)
            assert not gc.isenabled()
            return len(running)
        finally:
            running.pop()

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(lambda _: collector.alone(work), range(8))) == {1}


def test_an_error_gives_up_the_turn() -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            collector.alone(lambda: 1 / 0)


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "_LONGEST_WAIT", 0.01)
    entered, leave = threading.Event(), threading.Event()

    def long_work() -> None:
        entered.set()
        leave.wait(10)

    with ThreadPoolExecutor(1) as threads:
        waits = threads.submit(collector.alone, long_work)
        assert entered.wait(10)
        assert collector.alone(lambda: "done") == "done"
        leave.set()
        waits.result(10)
