from __future__ import annotations

import time

import pytest

from issues.retention import pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is, in its only place; sleeping is recorded behind it."""
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(time, "sleep", now.append)
    return now


def test_portions_grow_by_two_at_most_and_shrink_at_once(clock: list[float]) -> None:
    each = 0.0001

    def delete() -> int:
        clock[0] += own.size * each
        return own.size

    own = pace.Pace(10, 1000)
    sizes = []
    for cost in (0.0001, 0.0001, 0.0001, 0.0001, 0.0001, 0.01, 1.0, 0.000001, 0.000001):
        each = cost
        own.take(delete)
        sizes.append(own.size)
    fit = int(pace.SECONDS / 0.0001)
    assert sizes[:5] == [20, 40, 80, min(160, fit), min(2 * sizes[3], fit)]
    assert sizes[5:7] == [pace.LEAST, pace.LEAST]
    assert sizes[7:] == [2 * pace.LEAST, 4 * pace.LEAST]
    assert clock[1:] == [pace.PAUSE] * 9


def test_a_portion_is_bounded(clock: list[float]) -> None:
    own = pace.Pace(100, 150)
    assert own.take(lambda: 100) == 100
    assert own.size == 150


def test_waiting_for_the_lock_is_not_holding_it(clock: list[float]) -> None:
    own = pace.Pace(100, 1000)

    def delete() -> int:
        clock[0] += 5
        own.held()
        clock[0] += pace.SECONDS / 2
        return 100

    own.take(delete)
    assert own.size in (199, 200)
