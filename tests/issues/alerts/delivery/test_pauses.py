from __future__ import annotations

import math

import pytest

from issues.alerts.delivery import pauses


def seconds(attempts: int, retry_after: float | None = None) -> list[float]:
    return [pauses.after(attempts, retry_after).total_seconds() for _ in range(300)]


@pytest.mark.parametrize(
    ("attempts", "most"), [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (10_000, 3600)]
)
def test_pauses_double_with_full_jitter(attempts: int, most: float) -> None:
    found = seconds(attempts)
    assert min(found) >= pauses.SHORTEST_SECONDS
    assert most * 0.8 < max(found) <= most
    assert min(found) < most * 0.3


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [(0, 0, 0), (120, 120, 132), (3600, 3600, 3600), (1e9, 3600, 3600), (math.inf, 3600, 3600), (-5, 0, 0)],
)
def test_what_the_other_side_asks_for_is_honoured_up_to_an_hour(
    asked: float, least: float, most: float
) -> None:
    found = seconds(1, asked)
    assert least <= min(found)
    assert max(found) <= most


def test_who_asks_for_nothing_again_and_again_is_asked_less_often() -> None:
    assert max(seconds(20, 0)) > 600


def test_what_is_no_number_counts_as_nothing() -> None:
    assert min(seconds(1, math.nan)) >= pauses.SHORTEST_SECONDS


def test_a_channel_is_left_alone_for_minutes_unless_it_asks_for_more() -> None:
    assert max(pauses.hold(50).total_seconds() for _ in range(100)) <= pauses.LONGEST_HOLD_SECONDS
    assert pauses.hold(1, 3000).total_seconds() == 3000
    assert pauses.hold(1, 0).total_seconds() == pauses.SHORTEST_SECONDS
