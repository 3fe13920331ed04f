from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.record.sampling import MAX_RATE, SamplingRule, rule


@pytest.mark.parametrize(("percent", "limit"), [(0, 1000), (50, 0), (0, 0)])
def test_sampling_is_off_by_default_and_without_a_limit(percent: int, limit: int) -> None:
    assert rule(percent, limit) is None


def test_the_budget_is_a_share_of_the_hourly_limit() -> None:
    assert rule(10, 300_000) == SamplingRule(30_000)
    assert rule(1, 10) == SamplingRule(1)


def test_the_first_events_are_stored_then_one_in_n() -> None:
    by_ten = SamplingRule(10)
    assert [by_ten.stored(number) for number in range(1, 11)] == [1] * 10
    assert [by_ten.stored(number) for number in range(11, 21)] == [0, 2] * 5
    assert [by_ten.stored(number) for number in range(21, 41)] == [0, 0, 0, 4] * 5


@given(st.integers(1, 500), st.integers(1, 20_000))
def test_the_rates_of_stored_events_add_up_to_all_events(budget: int, seen: int) -> None:
    by_budget = SamplingRule(budget)
    stored = [rate for number in range(1, seen + 1) if (rate := by_budget.stored(number))]
    assert len(stored) <= budget * 12 + seen // MAX_RATE + 1
    # The last events may not be represented yet, and a rate may change before its next event is stored.
    assert abs(sum(stored) - seen) <= 2 * max(by_budget.rate(number) for number in (1, seen)) * 2
