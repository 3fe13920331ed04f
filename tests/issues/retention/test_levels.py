"""The size to which the largest are brought down."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from issues.retention.levels import level


def test_the_small_keep_all_they_have() -> None:
    assert level([1, 50, 100], 101) == 50
    assert level([5, 5], 10) is None
    assert level([7, 7, 7], 2) == 0
    assert level([7], -1) == 0


@given(st.lists(st.integers(0, 1000)), st.integers(0, 20_000))
def test_cut_to_it_they_fit_and_with_one_more_they_do_not(sizes: list[int], most: int) -> None:
    found = level(sizes, most)
    if found is None:
        assert sum(sizes) <= most
    else:
        assert sum(min(size, found) for size in sizes) <= most < sum(min(size, found + 1) for size in sizes)
