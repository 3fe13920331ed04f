from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from rustrak.local_times import zones

NEW_YORK = ZoneInfo("America/New_York")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_time_is_the_one_that_clocks_show() -> None:
    assert zones.moment(date(2026, 1, 5), time(8), NEW_YORK) == utc("2026-01-05 13:00")
    assert zones.moment(date(2026, 7, 5), time(8), NEW_YORK) == utc("2026-07-05 12:00")


def test_a_time_that_the_day_does_not_have_is_the_change_of_the_clock() -> None:
    # 02:00 EST is 03:00 EDT.
    assert zones.moment(date(2026, 3, 8), time(2, 30), NEW_YORK) == utc("2026-03-08 07:00")


def test_a_time_that_the_day_has_twice_is_the_first() -> None:
    assert zones.moment(date(2026, 11, 1), time(1, 30), NEW_YORK) == utc("2026-11-01 05:30")


def test_a_day_that_does_not_exist_begins_with_the_next() -> None:
    # Samoa went from 29 to 31 December 2011.
    assert zones.moment(date(2011, 12, 30), time(8), ZoneInfo("Pacific/Apia")) == utc("2011-12-30 10:00")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Mars/Base",
        "Europe",
        "/etc/localtime",
        "Ünknown/Zöne",
        "../../etc/passwd",
        "a" * 100,
        "Europe/Berlin\n",
        "\0",
    ],
)
def test_an_unknown_zone_is_utc(name: str) -> None:
    assert zones.zone(name) is UTC


def test_the_zones_to_choose_can_be_loaded() -> None:
    names = zones.names()
    assert {"UTC", "Europe/Berlin", "Asia/Kolkata", "Pacific/Apia"} <= names
    assert not {"Factory", "localtime"} & names
    assert all(len(name) <= 64 for name in names)


def test_places_are_offered_and_no_offsets() -> None:
    assert zones.places()[0] == "UTC"
    assert {"Europe/Berlin", "America/Argentina/Ushuaia"} < set(zones.places())
    assert not [name for name in zones.places() if name.startswith(("Etc/", "US/", "posix/"))]
