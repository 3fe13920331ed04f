from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.alerts.people import local_time
from rustrak.local_times import zones

NEW_YORK = ZoneInfo("America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-01-05 21:59", None),
        ("2026-01-05 22:00", "2026-01-06 07:00"),
        ("2026-01-06 00:00", "2026-01-06 07:00"),
        ("2026-01-06 06:59:59", "2026-01-06 07:00"),
        ("2026-01-06 07:00", None),
    ],
)
def test_quiet_hours_over_midnight(now: str, until: str | None) -> None:
    found = local_time.quiet_until(utc(now), time(22), time(7), UTC)
    assert found == (utc(until) if until else None)


def test_quiet_hours_within_a_day_in_the_persons_zone() -> None:
    # 12:00 to 14:00 in New York is 17:00 to 19:00 UTC in winter.
    assert local_time.quiet_until(utc("2026-01-05 16:59"), time(12), time(14), NEW_YORK) is None
    assert local_time.quiet_until(utc("2026-01-05 17:00"), time(12), time(14), NEW_YORK) == utc(
        "2026-01-05 19:00"
    )
    assert local_time.quiet_until(utc("2026-01-05 19:00"), time(12), time(14), NEW_YORK) is None


@pytest.mark.parametrize(
    ("begin", "end"), [(None, None), (time(8), None), (None, time(8)), (time(8), time(8))]
)
def test_no_quiet_hours(begin: time | None, end: time | None) -> None:
    assert local_time.quiet_until(utc("2026-01-05 08:00"), begin, end, UTC) is None


def test_quiet_hours_that_end_in_a_missing_hour_end_with_the_change() -> None:
    found = local_time.quiet_until(utc("2026-03-08 06:30"), time(22), time(2, 30), NEW_YORK)
    assert found == utc("2026-03-08 07:00")
    assert local_time.quiet_until(utc("2026-03-08 07:00"), time(22), time(2, 30), NEW_YORK) is None


def test_quiet_hours_do_not_return_when_the_clock_is_set_back() -> None:
    # They end at the first 01:30; the clock shows 01:15 again 45 minutes later.
    assert local_time.quiet_until(utc("2026-11-01 05:15"), time(22), time(1, 30), NEW_YORK) == utc(
        "2026-11-01 05:30"
    )
    assert local_time.quiet_until(utc("2026-11-01 06:15"), time(22), time(1, 30), NEW_YORK) is None


def test_quiet_hours_go_on_when_the_clock_is_set_back_behind_their_beginning() -> None:
    found = local_time.quiet_until(utc("2026-11-01 06:15"), time(1, 30), time(7), NEW_YORK)
    assert found == utc("2026-11-01 12:00")


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.times(),
    st.times(),
    st.sampled_from(["America/New_York", "Pacific/Apia", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
)
def test_quiet_hours_end_within_a_day_and_an_hour(now: datetime, begin: time, end: time, name: str) -> None:
    where = zones.zone(name)
    until = local_time.quiet_until(now, begin.replace(second=0), end.replace(second=0), where)
    if until is not None:
        assert 0 < (until - now).total_seconds() <= 25 * 3600
        assert until.tzinfo is UTC
