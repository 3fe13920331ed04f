"""Durations and dates are intervals of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from issues.query.parsing import parse
from issues.query.values import Interval, interval, number

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
DAY = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("<2d", NOW - timedelta(days=2), None),
        ("-90m", NOW - timedelta(minutes=90), None),
        (">1w", None, NOW - timedelta(weeks=1)),
        ("2026-11-01", DAY, DAY + timedelta(days=1)),
        (">2026-11-01", DAY + timedelta(days=1), None),
        ("<=2026-11-01", None, DAY + timedelta(days=1)),
        ("<2026-11-01", None, DAY),
        ("2026-11-01T01:00+01:00", DAY, DAY + timedelta(minutes=1)),
        (">=2026-11-01T00:00:00", DAY, None),
    ],
)
def test_when(text: str, start: datetime | None, end: datetime | None) -> None:
    query, _ = parse(f"first-seen:{text}")
    assert interval(query.terms[0].values[0], NOW) == Interval(start, end)


@pytest.mark.parametrize(
    "text", ["0000-01-01", "0001-01-01T00:00+23:00", "9999-12-31", "<6000w", "2026-11-01T25:00", "٢d"]
)
def test_what_no_calendar_has_is_refused(text: str) -> None:
    assert parse(f"first-seen:{text}")[1]


def test_numbers() -> None:
    assert number(parse("times:>0100")[0].terms[0].values[0]) == 100
    assert parse("times:1234567890123456789")[1]
    assert parse("times:-1")[1]
