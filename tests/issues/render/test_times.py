from __future__ import annotations

from datetime import UTC, datetime, timedelta

from issues.render import times

AT = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)


def test_how_long_before_the_event() -> None:
    distances = (0.0001, 0.5, 4.25, 185, -1, -0.32)
    assert [times.before(AT - timedelta(seconds=seconds), AT) for seconds in distances] == [
        "0 ms", "−500 ms", "−4.2 s", "−3 min 5 s", "+1 s", "+320 ms",
    ]  # fmt: skip


def test_a_shift_out_of_range_changes_nothing() -> None:
    last = datetime.max.replace(tzinfo=UTC)
    assert times.shifted(last, timedelta(days=1)) == last
    assert times.shifted(None, timedelta(days=1)) is None
