from __future__ import annotations

from datetime import UTC, datetime

import pytest

from issues.payload import timestamp
from issues.payload.notes import Notes


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


@pytest.mark.parametrize("sent_at", [None, datetime(2026, 11, 23, 19, 4, 12, tzinfo=UTC)])
def test_a_server_whose_clock_is_not_set_believes_the_event(sent_at: datetime | None) -> None:
    unset = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
    sent = "2026-11-23T19:04:11Z"
    assert timestamp.happened_at(sent, unset, sent_at, Notes()) == datetime(
        2026, 11, 23, 19, 4, 11, tzinfo=UTC
    )
    assert timestamp.happened_at("1970-01-01T00:04:00Z", unset, None, Notes()).year == 1970
