from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.record.worth import PINNED, worth


def test_first_and_changing_events_are_pinned() -> None:
    assert worth(1) == PINNED
    assert worth(4711, changed=True) == PINNED


@given(st.integers(2, 2**40))
def test_other_events_are_not_pinned(number: int) -> None:
    assert 0 <= worth(number) < PINNED


def test_a_flood_is_thinned_evenly() -> None:
    left = [number for number in range(2**14, 2**15) if worth(number) >= 4]
    gaps = {later - earlier for earlier, later in zip(left, left[1:], strict=False)}
    assert gaps == {16}


@pytest.mark.parametrize("number", [2, 3, 5, 9, 17, 33])
def test_a_rare_issue_outlives_a_floods_middle(number: int) -> None:
    flood = [worth(middle) for middle in range(100_000, 104_000)]
    assert sum(worth(number) > other for other in flood) > 0.9 * len(flood)
