from __future__ import annotations

from datetime import UTC, datetime

import pytest

from issues.pages.issue_list.periods import period

NOW = datetime(2026, 11, 26, 14, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "label", "unit", "bars", "first"),
    [
        ("24h", "24 hours", "hour", 24, "25 Nov 15:00"),
        ("14d", "14 days", "day", 14, "13 Nov"),
        ("2d", "2 days", "hour", 48, "24 Nov 15:00"),
        ("1w", "1 week", "day", 7, "20 Nov"),
        ("90d", "90 days", "week", 13, "week to 3 Sep"),
        ("1h", "1 hour", "hour", 1, "26 Nov 14:00"),
    ],
    ids=lambda value: str(value),
)
def test_a_period_has_words_and_bars(name: str, label: str, unit: str, bars: int, first: str) -> None:
    found = period(name)
    assert found
    assert (found.label, found.unit, found.bars) == (label, unit, bars)
    names = found.bar_names(NOW)
    assert (len(names), names[0]) == (bars, first)


@pytest.mark.parametrize("name", ["", "0h", "24", "h", "24H", "-1d", "9999d", "53w", "٣d", "1d ", "1d\n"])
def test_other_texts_are_no_period(name: str) -> None:
    assert period(name) is None
