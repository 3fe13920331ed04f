from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from issues.states.rule import Counts
from issues.states.window import STEPS, window

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)


def test_it_counts_what_arrived_within_the_minutes() -> None:
    seen = window(10, None)
    assert seen.add(AT, 1, keep_people=True) == Counts(1, 1)
    assert seen.add(AT + timedelta(minutes=5), 1, keep_people=True) == Counts(2, 1)
    assert seen.add(AT + timedelta(minutes=9), 2, keep_people=True) == Counts(3, 2)
    assert seen.add(AT + timedelta(minutes=11), None, keep_people=True) == Counts(3, 2)
    assert seen.add(AT + timedelta(hours=1), 3, keep_people=False) == Counts(1, 0)


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 4)), max_size=20), st.integers(1, 60))
def test_what_it_counts_arrived_within_the_minutes_for_certain(
    sent: list[tuple[int, int]], minutes: int
) -> None:
    sent.sort()
    stored = None
    for index, (second, person) in enumerate(sent):
        seen = window(minutes, stored)
        counts = seen.add(AT + timedelta(seconds=second), person, keep_people=True)
        stored = json.loads(json.dumps(seen.as_json()))
        for least, most in ((minutes * (STEPS - 1), counts), (minutes * STEPS, counts)):
            within = [(at, who) for at, who in sent[: index + 1] if at > second - least]
            numbers = len(within), len({who for _, who in within})
            if least == minutes * STEPS:
                assert (most.events, most.people) <= numbers
            else:
                assert most.events >= numbers[0]
                assert most.people >= numbers[1]
        assert len(seen.events) <= STEPS


def test_a_clock_that_was_wrong_is_forgotten() -> None:
    seen = window(10, None)
    seen.add(AT + timedelta(days=365), 1, keep_people=True)
    assert seen.add(AT, 2, keep_people=True) == Counts(1, 1)
