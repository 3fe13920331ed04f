from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rustrak.local_times import zones
from rustrak.local_times.style import FORMS, Style

BERLIN = ZoneInfo("Europe/Berlin")
AT = datetime(2026, 11, 27, 23, 5, 9, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "day", "moment", "hour"),
    [
        ("day", "28 Nov 2026", "28 Nov 2026 00:05:09 UTC+1", "28 Nov 00:00"),
        ("month", "Nov 28, 2026", "Nov 28, 2026 00:05:09 UTC+1", "Nov 28 00:00"),
        ("iso", "2026-11-28", "2026-11-28 00:05:09 UTC+1", "2026-11-28 00:00"),
        ("day12", "28 Nov 2026", "28 Nov 2026 12:05:09 am UTC+1", "28 Nov 12:00 am"),
        ("month12", "Nov 28, 2026", "Nov 28, 2026 12:05:09 am UTC+1", "Nov 28 12:00 am"),
        ("of another version", "28 Nov 2026", "28 Nov 2026 00:05:09 UTC+1", "28 Nov 00:00"),
    ],
)
def test_forms(form: str, day: str, moment: str, hour: str) -> None:
    style = Style(BERLIN, form)
    assert (style.day(AT), style.moment(AT), style.hour(AT)) == (day, moment, hour)
    assert style.both(AT).endswith(" UTC)")


def test_a_date_has_no_zone() -> None:
    assert Style(ZoneInfo("Pacific/Kiritimati")).day(date(2026, 11, 27)) == "27 Nov 2026"


def test_utc_is_said_once() -> None:
    assert Style().both(AT) == Style().moment(AT) == "27 Nov 2026 23:05:09 UTC"
    assert Style().precise(AT) == "23:05:09.250"


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("2026-03-29T00:59:59", "01:59:59 UTC+1"),
        ("2026-03-29T01:00:00", "03:00:00 UTC+2"),
        # The hour that comes twice is told apart by its offset.
        ("2026-10-25T00:30:00", "02:30:00 UTC+2"),
        ("2026-10-25T01:30:00", "02:30:00 UTC+1"),
        # Before zones there was the sun.
        ("1800-01-01T00:00:00", "00:53:28 UTC+0:53"),
    ],
)
def test_changes_of_the_clock(at: str, text: str) -> None:
    assert Style(BERLIN).moment(datetime.fromisoformat(at).replace(tzinfo=UTC)).endswith(text)


def test_an_hour_of_utc_begins_at_half_past_where_clocks_differ_by_half_an_hour() -> None:
    assert Style(ZoneInfo("Asia/Kolkata")).hour(AT) == "28 Nov 04:30"
    assert Style(ZoneInfo("America/St_Johns")).moment(AT).endswith("19:35:09 UTC-3:30")


@given(
    st.datetimes(
        timezones=st.sampled_from([UTC, timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))])
    ),
    st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "Pacific/Kiritimati", "Etc/GMT+12", "Not/There"]),
    st.sampled_from([form for form, _ in FORMS]),
)
def test_every_time_has_a_text(at: datetime, name: str, form: str) -> None:
    style = Style(zones.zone(name), form)
    for text in (style.day(at), style.moment(at), style.both(at), style.clock(at), style.precise(at)):
        assert text
