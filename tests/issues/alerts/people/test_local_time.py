from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.alerts.people import local_time

NEW_YORK = ZoneInfo("America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_time_is_the_one_that_clocks_show() -> None:
    assert local_time.moment(date(2026, 1, 5), time(8), NEW_YORK) == utc("2026-01-05 13:00")
    assert local_time.moment(date(2026, 7, 5), time(8), NEW_YORK) == utc("2026-07-05 12:00")


def test_a_time_that_the_day_does_not_have_is_the_change_of_the_clock() -> None:
    # 02:00 EST is 03:00 EDT.
    assert local_time.moment(date(2026, 3, 8), time(2, 30), NEW_YORK) == utc("2026-03-08 07:00")


def test_a_time_that_the_day_has_twice_is_the_first() -> None:
    assert local_time.moment(date(2026, 11, 1), time(1, 30), NEW_YORK) == utc("2026-11-01 05:30")


def test_a_day_that_does_not_exist_begins_with_the_next() -> None:
    # Samoa went from 29 to 31 December 2011.
    assert local_time.moment(date(2011, 12, 30), time(8), ZoneInfo("Pacific/Apia")) == utc("2011-12-30 10:00")


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


@pytest.mark.parametrize("name", ["", "Mars/Base", "../../etc/passwd", "a" * 100, "Europe/Berlin\n", "\0"])
def test_an_unknown_zone_is_utc(name: str) -> None:
    assert local_time.zone(name) is UTC


def test_the_zones_to_choose_can_be_loaded() -> None:
    names = local_time.names()
    assert {"UTC", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia"} <= names
    assert not {"Factory", "localtime"} & names
    assert all(len(name) <= 64 for name in names)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),
    st.times(),
    st.times(),
    st.sampled_from(["America/New_York", "Pacific/Apia", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
)
def test_quiet_hours_end_within_a_day_and_an_hour(now: datetime, begin: time, end: time, name: str) -> None:
    where = local_time.zone(name)
    until = local_time.quiet_until(now, begin.replace(second=0), end.replace(second=0), where)
    if until is not None:
        assert 0 < (until - now).total_seconds() <= 25 * 3600
        assert until.tzinfo is UTC
