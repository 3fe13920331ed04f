from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.http import QueryDict

from issues.pages.states.sent import how
from issues.states.change import Mute, NotPossible, Resolve
from rustrak.lib import clock


def test_what_forms_say() -> None:
    assert how(QueryDict("action=resolve")) is None
    assert how(QueryDict("action=resolve_in&resolution=next_release&release=x")) == Resolve("next_release")
    assert how(QueryDict("action=resolve_in&resolution=in_release&release=+2.4.0+")) == Resolve(
        "in_release", "2.4.0"
    )
    assert how(QueryDict("action=mute_until&events=10&users=&minutes=5")) == Mute(events=10, minutes=5)
    day = how(QueryDict("action=mute_until&for=1440"))
    assert isinstance(day, Mute)
    assert day.until
    assert abs(day.until - clock.now() - timedelta(days=1)) < timedelta(minutes=1)
    year = clock.now().year + 1
    assert how(QueryDict(f"action=mute_until&until={year}-11-27T12:00")) == Mute(
        datetime(year, 11, 27, 12, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    "sent", ["resolve_in", "resolve_in&resolution=in_release", "mute_until", "mute_until&events=x",
             "mute_until&events=٣", "mute_until&until=soon", "mute_until&for=999999", "mute_until&minutes=5",
             "mute_until&until=2020-01-01T00:00"],
)  # fmt: skip
def test_what_cannot_be_meant(sent: str) -> None:
    with pytest.raises(NotPossible):
        how(QueryDict(f"action={sent}"))


@pytest.mark.parametrize(
    ("zone", "at", "utc"),
    [
        ("Europe/Berlin", "01-20T12:00", "01-20T11:00"),
        ("Asia/Kolkata", "01-20T12:00", "01-20T06:30"),
        # A stranger's zone and a missing one are UTC; an offset is believed.
        ("Mars/Base", "01-20T12:00", "01-20T12:00"),
        ("", "01-20T12:00", "01-20T12:00"),
        ("Asia/Kolkata", "01-20T12:00Z", "01-20T12:00"),
    ],
)
def test_a_date_is_in_the_zone_that_the_page_says(zone: str, at: str, utc: str) -> None:
    year = clock.now().year + 1
    query = QueryDict(mutable=True)
    query.update({"action": "mute_until", "until": f"{year}-{at}", "zone": zone})
    assert how(query) == Mute(datetime.fromisoformat(f"{year}-{utc}").replace(tzinfo=UTC))


def test_the_ends_of_the_calendar() -> None:
    for text in ("0001-01-01T00:00", "9999-12-31T23:59"):
        for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
            query = QueryDict(mutable=True)
            query.update({"action": "mute_until", "until": text, "zone": zone})
            with pytest.raises(NotPossible):
                how(query)
