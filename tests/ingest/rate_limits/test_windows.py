"""The arithmetic of windows and limits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.rate_limits.windows import HOUR, MINUTE, Exceeded, WindowCounter

NOON = 1_800_000_000 // HOUR * HOUR


@pytest.mark.parametrize(
    ("exceeded", "now", "seconds"),
    [
        (Exceeded("project", MINUTE, 1, NOON + 60), NOON + 0.5, 60),
        (Exceeded("project", MINUTE, 1, NOON + 60), NOON + 59.999, 1),
        (Exceeded("project", MINUTE, 1, NOON + 60), NOON + 61, 1),
        (Exceeded("installation", HOUR, 1, NOON + HOUR), NOON + 1.0, 300),
        (Exceeded("installation", HOUR, 1, NOON + HOUR), NOON + HOUR - 12.5, 13),
    ],
)
def test_retry_after(exceeded: Exceeded, now: float, seconds: int) -> None:
    assert exceeded.retry_after(now) == seconds


@pytest.mark.parametrize(
    ("window", "ahead", "holds"),
    [(MINUTE, 1, True), (MINUTE, 60, True), (MINUTE, 120, True), (MINUTE, 121, False), (MINUTE, -1, False),
     (HOUR, HOUR, True), (HOUR, HOUR + 61, False), (HOUR, 365 * 24 * HOUR, False), (HOUR, 0, False)],
)  # fmt: skip
def test_a_limit_is_not_in_force_for_longer_than_its_window(window: int, ahead: int, holds: bool) -> None:
    assert Exceeded("project", window, 1, NOON + ahead).in_force(NOON) is holds


@given(st.lists(st.tuples(st.integers(0, 4 * 60), st.integers(1, 3)), max_size=60))
def test_no_window_ever_holds_more_than_its_limit(steps: list[tuple[int, int]]) -> None:
    counter = WindowCounter()
    now = NOON
    minutes: dict[int, int] = {}
    hours: dict[int, int] = {}
    for seconds, quantity in steps:
        now += seconds
        counter.turn(now)
        if counter.exceeded("project", 5, 40, quantity) is None:
            counter.add(quantity)
            minutes[now // MINUTE] = minutes.get(now // MINUTE, 0) + quantity
            hours[now // HOUR] = hours.get(now // HOUR, 0) + quantity
        else:
            full = minutes.get(now // MINUTE, 0) + quantity > 5 or hours.get(now // HOUR, 0) + quantity > 40
            assert full
    assert all(count <= 5 for count in minutes.values())
    assert all(count <= 40 for count in hours.values())
