from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from issues.states.change import Mute, NotPossible, Resolve, mute_of, resolve_of

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (Resolve("later"), "now, in the next release, or in a given"),
        (Resolve("in_release"), "Say in which release"),
        (Resolve("in_release", "x" * 201), "200 characters"),
        (Resolve("in_release", "a\nb"), "one line of text"),
        (Resolve("next_release", "2.4.0"), "can only be given"),
        (Mute(until=NOW), "in the future"),
        (Mute(until=NOW + timedelta(days=4000)), "ten years"),
        (Mute(events=0), "between 1 and 1,000,000"),
        (Mute(people=1_000_001), "The number of users"),
        (Mute(minutes=10), "Minutes need a number"),
        (Mute(events=1, minutes=0), "between 1 and 43,200"),
        (Mute(people=1001, minutes=10), "at most 1,000 users"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_what_cannot_be_meant_is_said(change: Resolve | Mute, message: str) -> None:
    with pytest.raises(NotPossible, match=message):
        change.check() if isinstance(change, Resolve) else change.check(NOW)


def test_parameters_are_read_as_they_were_written() -> None:
    for resolve in (Resolve(), Resolve("next_release"), Resolve("in_release", "2.4.0")):
        resolve.check()
        assert resolve_of(json.loads(json.dumps(resolve.parameters))) == resolve
    for mute in (Mute(), Mute(NOW + timedelta(hours=1)), Mute(events=1), Mute(None, 3, 1000, 43_200)):
        mute.check(NOW)
        assert mute_of(json.loads(json.dumps(mute.parameters))) == mute
    assert Resolve().parameters == Mute().parameters == {}
