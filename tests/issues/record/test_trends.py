from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.record import trends
from issues.record.trends import LONG, NONE, RECENT

NOW = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
HOUR = int(NOW.timestamp()) // 3600
half_lives = st.sampled_from([RECENT, LONG])
counts = st.lists(st.tuples(st.integers(0, HOUR * 4), st.integers(1, 10**9)), max_size=12)


def close(number: float) -> object:
    return pytest.approx(number, rel=1e-11, abs=1e-9)


@given(counts, half_lives, st.randoms(use_true_random=False))
def test_the_order_of_events_does_not_matter_and_joining_is_having_both(
    hours: list[tuple[int, int]], half_life: timedelta, random: object
) -> None:
    whole = trends.refill(hours, half_life)
    assert trends.refill(reversed(hours), half_life) == close(whole)
    parts = [trends.refill(hours[start::2], half_life) for start in (0, 1)]
    assert trends.joined(*parts) == trends.joined(*reversed(parts)) == close(whole)
    assert whole > NONE if hours else whole == NONE


@given(counts, st.integers(0, HOUR * 4), st.integers(1, 1000), half_lives)
def test_more_events_and_later_ones_are_a_higher_number(
    hours: list[tuple[int, int]], hour: int, count: int, half_life: timedelta
) -> None:
    before = trends.refill(hours, half_life)
    after = trends.added(before, hour, count, half_life)
    assert after >= before
    assert trends.added(NONE, hour + 1, count, half_life) >= trends.added(NONE, hour, count, half_life) > NONE
    assert trends.added(NONE, hour, count + 1, half_life) > trends.added(NONE, hour, count, half_life)
    assert trends.added(before, hour, 0, half_life) == before


@given(
    st.lists(st.tuples(st.integers(HOUR - 200, HOUR), st.integers(1, 1000)), max_size=8),
    st.integers(0, 5000),
    half_lives,
)
def test_the_events_that_a_number_stands_for(
    hours: list[tuple[int, int]], later: int, half_life: timedelta
) -> None:
    number = trends.refill(hours, half_life)
    now = NOW + timedelta(hours=later)
    by_hand = sum(
        count * 0.5 ** ((HOUR + later - hour) / (half_life / timedelta(hours=1))) for hour, count in hours
    )
    assert trends.events_of(number, now, half_life) == pytest.approx(by_hand, rel=1e-6)
    if by_hand > 1e-6:
        assert number >= trends.at_least(by_hand * 0.999, now, half_life)
        assert number < trends.at_least(by_hand * 1.001, now, half_life)


def test_centuries_and_wrong_clocks_overflow_nothing() -> None:
    far = datetime(9000, 1, 1, tzinfo=UTC)
    number = trends.added(NONE, int(far.timestamp()) // 3600, 2**62, RECENT)
    assert trends.events_of(number, far, RECENT) == pytest.approx(2.0**62)
    assert trends.events_of(number, NOW, RECENT) == 2.0**62
    assert trends.events_of(trends.added(NONE, -5, 1, RECENT), far, RECENT) == 0.0
    assert trends.joined(number, NONE) == trends.joined(NONE, number) == number
    # One event more is still seen after a hundred years of many.
    century = datetime(2126, 1, 1, tzinfo=UTC)
    many = trends.added(NONE, int(century.timestamp()) // 3600, 10**9, RECENT)
    assert trends.added(many, int(century.timestamp()) // 3600, 1, RECENT) > many


def escalates(hours: list[tuple[int, int]]) -> bool:
    limits = trends.escalating(NOW)
    trend, usual = (trends.refill(hours, half_life) for half_life in (RECENT, LONG))
    return trend >= limits.least_trend and trend - usual >= limits.least_difference


def test_an_issue_escalates_that_has_many_times_what_is_usual() -> None:
    steady = [(HOUR - ago, 20) for ago in range(24 * 60)]
    assert not escalates(steady)
    assert not escalates([*steady, (HOUR, 40)])
    assert escalates([*steady, (HOUR, 4000)])
    # Few are never many times as many.
    assert not escalates([(HOUR - 2000, 1), (HOUR, 9)])
    assert escalates([(HOUR - 2000, 1), (HOUR, 11)])
    assert trends.escalating(NOW).known_before == NOW - timedelta(days=1)
