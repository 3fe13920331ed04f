from __future__ import annotations

from issues.payload import timestamp


def test_moments() -> None:
    for value in (
        "2026-11-23T19:04:11Z",
        "2026-11-23T20:04:11+01:00",
        "2026-11-23T19:04:11",
        1795460651,
        "1795460651",
    ):
        found = timestamp.moment(value)
        assert found
        assert found.isoformat() == "2026-11-23T19:04:11+00:00"
    assert timestamp.moment(1795460651000) == timestamp.moment(1795460651)
    for value in (True, None, [], "soon", "", 1e300, float("nan"), "0001-01-01T00:00:00+23:00"):
        assert timestamp.moment(value) is None
    assert timestamp.moment("2026-11-23T19:04:11.123456789Z")


def test_the_time_of_an_event_is_read_strictly() -> None:
    for value in ("2026-11-23T19:04:11Z", "2026-11-23T20:04:11+01:00", "2026-11-23T19:04:11", 1795460651):
        found = timestamp.exact(value)
        assert found
        assert found.isoformat() == "2026-11-23T19:04:11+00:00"
    for value in ("1795460651", 1795460651000, "2026-11-23 19:00", "20261123T190000Z", "2026-11-23"):
        assert timestamp.exact(value) is None


def test_a_date_without_a_time_of_day_is_not_a_moment() -> None:
    for value in ("2026-11-23", "20261123", "2026-W48-1"):
        found = timestamp.moment(value)
        assert found is None or found.year < 2000
