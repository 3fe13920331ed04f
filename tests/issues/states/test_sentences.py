from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from issues.states import sentences
from issues.states.change import Mute
from issues.states.rule import State

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
COMPARED = {"release": "shop@2.3.9", "than": "shop@2.4.0", "basis": "semantic_version"}
NO_RELEASE = {"than": "2.4.0", "out_at": AT.isoformat()}
IN, NEXT, NOW = ({"resolution": name} for name in ("in_release", "next_release", "now"))

SAID: list[tuple[dict[str, Any], str]] = [
    ({"code": "regressed_newer", **COMPARED, "release": "shop@2.4.1"},
     "Regressed: 2.4.1 is newer than 2.4.0, by semantic version."),
    ({"code": "regressed_newer", **COMPARED, "release": "web@2.4.1"},
     "Regressed: web@2.4.1 is newer than shop@2.4.0, by semantic version."),
    ({"code": "regressed_again", "release": ""}, "Regressed: it happened again after it was resolved."),
    ({"code": "regressed_again", "release": "shop@2"}, "Regressed: it happened again in 2 after it was resolved."),
    ({"code": "regressed_same", **COMPARED, **IN, "release": "shop@2.4.0"},
     "Regressed: it happened in 2.4.0, the release with the fix."),
    ({"code": "regressed_after", **NO_RELEASE, **IN},
     "Regressed: the event names no release, and happened after the fix (2.4.0) came out on 27 Nov 2026 12:00:00 UTC."),
    ({"code": "stays_before"}, "Stays resolved: the event is from before it was resolved."),
    ({"code": "stays_older", **COMPARED, **IN},
     "Stays resolved: 2.3.9 is older than the fix (2.4.0), by semantic version."),
    ({"code": "stays_older", **COMPARED, **NEXT},
     "Stays resolved: 2.3.9 is older than the fix (the release after 2.4.0), by semantic version."),
    ({"code": "stays_older", **COMPARED, **NOW},
     "Stays resolved: 2.3.9 is older than 2.4.0, the newest release when it was resolved, by semantic version."),
    ({"code": "stays_same", **COMPARED, **NEXT, "release": "shop@2.4.0"},
     "Stays resolved: it happened in 2.4.0, and the fix is in the release after that."),
    ({"code": "stays_out", **COMPARED, **NEXT, "release": "shop@2.5-beta"},
     "Stays resolved: 2.5-beta was out already when it was resolved in the next release, the one after 2.4.0."),
    ({"code": "stays_unknown", **COMPARED, **IN}, "Stays resolved: nothing tells whether 2.3.9 is newer than 2.4.0."),
    ({"code": "stays_not_out", **NO_RELEASE, **NEXT},
     "Stays resolved: the event names no release, and the fix (the release after 2.4.0) is not known to be out."),
    ({"code": "stays_before_out", **NO_RELEASE, **IN},
     "Stays resolved: the event names no release, and is from before the fix (2.4.0) came out on"
     " 27 Nov 2026 12:00:00 UTC."),
    ({"code": "unmuted_until", "until": AT.isoformat()}, "Unmuted: it was muted until 27 Nov 2026 12:00:00 UTC."),
    ({"code": "unmuted_events", "count": 100, "least": 100, "minutes": 10}, "Unmuted: 100 events in 10 minutes."),
    ({"code": "unmuted_people", "count": 1, "least": 1}, "Unmuted: 1 more user since it was muted."),
    ({"code": "resolved", **IN, "release": "shop@2.4.0"}, "Resolved in 2.4.0."),
    ({"code": "muted", "people": 5, "minutes": 60}, "Muted until 5 users in 1 hour."),
]  # fmt: skip


def test_each_decision_has_its_sentence() -> None:
    for why, said in SAID:
        assert sentences.sentence(why) == said


@pytest.mark.parametrize(
    "why", [None, {}, {"code": "of a later version"}, {"code": "unmuted_until"}], ids=str
)
def test_what_is_not_known_is_not_said(why: dict[str, Any] | None) -> None:
    assert sentences.sentence(why) == ""


def test_a_long_release_is_cut() -> None:
    why = {"code": "regressed_newer", **COMPARED, "release": "x" * 200}
    assert "x" * 79 + "… is newer" in sentences.sentence(why)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State(), "Open"),
        (State("resolved", "now", AT, "2.4.0"), "Resolved"),
        (State("resolved", "next_release", AT, "shop@2.4.0"), "Resolved in the release after 2.4.0"),
        (State("resolved", "in_release", AT, "shop@2.4.0"), "Resolved in 2.4.0"),
        (State("muted"), "Muted"),
        (State("muted", muted_until=AT), "Muted until 27 Nov 2026 12:00:00 UTC"),
        (State("muted", mute_events=1, mute_people=5), "Muted until 1 more event or 5 more users"),
        (State("muted", mute_events=1204, mute_minutes=90), "Muted until 1,204 events in 90 minutes"),
        (
            State("muted", muted_until=AT, mute_events=2),
            "Muted until 27 Nov 2026 12:00:00 UTC, or 2 more events",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_state_in_words(state: State, said: str) -> None:
    assert sentences.state(state) == said


def test_what_a_person_chose_is_worded_as_the_state_is() -> None:
    mute = Mute(AT, 10, None, 60)
    assert sentences.sentence(mute.why) == "Muted until 27 Nov 2026 12:00:00 UTC, or 10 events in 1 hour."
