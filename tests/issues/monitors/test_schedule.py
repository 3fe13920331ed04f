from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from issues.monitors import schedule


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc]


def cron(line: str, zone: str = "UTC") -> schedule.Schedule:
    return schedule.read("crontab", line, None, zone)


def every(value: int, unit: str, zone: str = "UTC") -> schedule.Schedule:
    return schedule.read("interval", value, unit, zone)


def dues(rule: schedule.Schedule, after: datetime, count: int) -> list[datetime]:
    found = []
    for _ in range(count):
        after = rule.after(after)
        found.append(after)
    return found


@pytest.mark.parametrize(
    ("line", "after", "expected"),
    [
        ("0 3 * * *", utc(2026, 3, 10, 3), utc(2026, 3, 11, 3)),
        ("0 3 * * *", utc(2026, 3, 10, 2, 59, 59), utc(2026, 3, 10, 3)),
        ("*/15 * * * *", utc(2026, 3, 10, 3, 7), utc(2026, 3, 10, 3, 15)),
        ("0 0 31 * *", utc(2026, 3, 31), utc(2026, 5, 31)),
        ("0 0 L * *", utc(2026, 2, 1), utc(2026, 2, 28)),
        ("0 0 29 2 *", utc(2026, 3, 1), utc(2028, 2, 29)),
        ("0 9 * * MON-FRI", utc(2026, 3, 13, 9), utc(2026, 3, 16, 9)),
        ("@daily", utc(2026, 3, 10, 1), utc(2026, 3, 11)),
    ],
)
def test_crontab(line: str, after: datetime, expected: datetime) -> None:
    assert cron(line).after(after) == expected


def test_a_job_in_a_skipped_hour_runs_right_after_the_gap() -> None:
    """29 March 2026: 02:00 CET is 03:00 CEST."""
    assert dues(cron("30 2 * * *", "Europe/Berlin"), utc(2026, 3, 28, 0), 3) == [
        utc(2026, 3, 28, 1, 30), utc(2026, 3, 29, 1, 0), utc(2026, 3, 30, 0, 30),
    ]  # fmt: skip


def test_a_job_in_a_repeated_hour_runs_once() -> None:
    """25 October 2026: 03:00 CEST is 02:00 CET."""
    assert dues(cron("30 2 * * *", "Europe/Berlin"), utc(2026, 10, 24, 0), 3) == [
        utc(2026, 10, 24, 0, 30), utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30),
    ]  # fmt: skip


def test_a_frequent_job_runs_through_both_hours() -> None:
    rule = cron("*/30 * * * *", "Europe/Berlin")
    found = dues(rule, utc(2026, 10, 24, 23, 59), 8)
    assert [later - due for due, later in zip(found, found[1:], strict=False)] == [timedelta(minutes=30)] * 7


@pytest.mark.parametrize(
    ("rule", "after", "expected"),
    [
        (every(10, "minute"), utc(2026, 3, 10, 3, 7), utc(2026, 3, 10, 3, 17)),
        (every(2, "hours"), utc(2026, 3, 10, 23), utc(2026, 3, 11, 1)),
        (every(1, "hour", "Europe/Berlin"), utc(2026, 3, 29, 0, 30), utc(2026, 3, 29, 1, 30)),
        (every(1, "day", "Europe/Berlin"), utc(2026, 3, 28, 3), utc(2026, 3, 29, 2)),
        (every(1, "week", "Europe/Berlin"), utc(2026, 10, 20, 3), utc(2026, 10, 27, 4)),
        (every(1, "month"), utc(2026, 1, 31, 5), utc(2026, 2, 28, 5)),
        (every(13, "month"), utc(2026, 12, 31), utc(2028, 1, 31)),
        (every(1, "year"), utc(2024, 2, 29), utc(2025, 2, 28)),
    ],
)
def test_intervals(rule: schedule.Schedule, after: datetime, expected: datetime) -> None:
    assert rule.after(after) == expected


@pytest.mark.parametrize(
    ("line", "seen", "expected"),
    [
        ("0 3 * * *", utc(2026, 3, 10, 2, 59, 20), utc(2026, 3, 11, 3)),
        ("0 3 * * *", utc(2026, 3, 10, 2, 58), utc(2026, 3, 10, 3)),
        ("* * * * *", utc(2026, 3, 10, 2, 59, 50), utc(2026, 3, 10, 3, 1)),
        ("* * * * *", utc(2026, 3, 10, 3, 0, 20), utc(2026, 3, 10, 3, 1)),
    ],
)
def test_a_check_in_that_is_a_little_early_counts_for_the_next_due_time(
    line: str, seen: datetime, expected: datetime
) -> None:
    assert cron(line).expected(seen) == expected


@given(
    count=st.integers(1, 90),
    unit=st.sampled_from(["minute", "hour", "day", "week", "month"]),
    gap=st.integers(0, 3 * 365 * 1440),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"]),
)
@example(count=1, unit="month", gap=1488960, zone="UTC")
def test_later_is_the_first_that_is_later(count: int, unit: str, gap: int, zone: str) -> None:
    rule = every(count, unit, zone)
    due = utc(2026, 1, 31, 1, 30)
    than = due + timedelta(minutes=gap)
    found = rule.later(due, than)
    assert found > than
    number, _, name = rule.text.partition(" ")
    # Never too many to begin with: months have up to 31 days, clocks change.
    longest = timedelta(minutes=int(number) * schedule._MINUTES[name] * (1.04 if name == "month" else 1))
    times = max(1, int((found - due - timedelta(days=2)) / longest))
    while schedule._add(due, f"{number} {name}", zone, times) < found:
        times += 1
    assert schedule._add(due, f"{number} {name}", zone, times) == found
    assert times == 1 or schedule._add(due, f"{number} {name}", zone, times - 1) <= than


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (every(1, "day"), "every day"),
        (every(10, "minute"), "every 10 minutes"),
        (cron("0 3 * * *"), "at 03:00 every day (UTC)"),
        (cron("@hourly", "Europe/Berlin"), "at the start of every hour (Europe/Berlin)"),
    ],
)
def test_in_words(rule: schedule.Schedule, words: str) -> None:
    assert rule.words() == words


JSON = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2)
)
PARTS = st.text(alphabet="0123456789*/,-L#W@", min_size=1, max_size=6)


@given(
    type_=st.sampled_from(["crontab", "interval"]) | JSON,
    value=JSON | st.lists(PARTS, min_size=5, max_size=5).map(" ".join),
    unit=JSON | st.sampled_from(["minute", "day", "month", "year"]),
    zone=JSON | st.sampled_from(["UTC", "Europe/Berlin", "../x", "Europe", "a\0b"]),
)
def test_read_raises_only_bad_schedule_and_its_schedules_are_due(
    type_: Any, value: Any, unit: Any, zone: Any
) -> None:
    try:
        rule = schedule.read(type_, value, unit, zone)
    except schedule.BadSchedule:
        return
    now = utc(2026, 3, 10)
    assert rule.after(now) > now
    assert rule.words()
    assert schedule.stored(rule.type, rule.text, rule.timezone) == rule
