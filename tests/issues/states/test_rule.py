from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from issues.states.rule import COLUMNS, NOTHING, Counts, Effect, Order, Sent, State, by_time, decide, reached
from issues.versions.order import Basis, Compared

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
BEFORE, AFTER = AT - HOUR, AT + HOUR


def resolved(resolution: str, release: str = "2.4.0") -> State:
    return State("resolved", resolution, AT, release)


def after(release: str = "x") -> Sent:
    return Sent(release, AFTER, AFTER)


OLDER, SAME, NEWER = (Compared(sign, Basis.SEMANTIC_VERSION) for sign in (-1, 0, 1))
UNKNOWN = Compared(0, Basis.UNKNOWN)
# What an event from after the resolution does, by how its release compares; None: it has none, or nothing to compare with.
TABLE = {
    "now": {
        OLDER: "stays_older", SAME: "regressed_again", NEWER: "regressed_newer", UNKNOWN: "regressed_again",
        None: "regressed_again",
    },
    "next_release": {
        OLDER: "stays_older", SAME: "stays_same", NEWER: "regressed_newer", UNKNOWN: "stays_unknown",
        None: "stays_not_out",
    },
    "in_release": {
        OLDER: "stays_older", SAME: "regressed_same", NEWER: "regressed_newer", UNKNOWN: "stays_unknown",
        None: "stays_not_out",
    },
}  # fmt: skip


def test_every_resolution_with_every_order() -> None:
    for resolution, codes in TABLE.items():
        for compared, code in codes.items():
            decision = decide(resolved(resolution), after(), Order(compared), Counts(9, 9))
            assert (decision.code, decision.why["code"]) == (code, code), (resolution, compared)
            assert (
                decision.effect == {"stays": Effect.STAYS, "regressed": Effect.REGRESSES}[code.split("_")[0]]
            )


def test_what_is_from_before_never_reopens_whatever_its_release() -> None:
    orders = [
        Order(compared, out_at)
        for compared, out_at in product([OLDER, SAME, NEWER, UNKNOWN, None], [True, False])
    ]
    for resolution, order, times in product(
        TABLE, orders, [(BEFORE, AFTER), (AFTER, BEFORE), (BEFORE, BEFORE)]
    ):
        decision = decide(resolved(resolution), Sent("x", *times), order, Counts())
        assert decision.why == {"code": "stays_before"}


@given(
    st.sampled_from(list(TABLE)),
    st.sampled_from([BEFORE, AFTER]),
    st.sampled_from([BEFORE, AFTER]),
    st.sampled_from(list(Basis)),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, BEFORE, AFTER]),
)
def test_late_events_of_older_releases_never_reopen(
    resolution: str,
    happened: datetime,
    arrived: datetime,
    basis: Basis,
    alike: bool,
    was_out: bool,
    out: datetime | None,
) -> None:
    if basis in (Basis.SAME, Basis.UNKNOWN):
        basis = Basis.DATE
    by_name = basis in (Basis.SEMANTIC_VERSION, Basis.BUILD_NUMBER, Basis.DATE)
    order = Order(Compared(-1, basis), alike, was_out, out)
    decision = decide(resolved(resolution), Sent("1", happened, arrived), order, Counts())
    # Of two packages one is not older because it was seen earlier; then an event that happens now reopens what is fixed now.
    if resolution == "now" and not alike and not by_name and (happened, arrived) == (AFTER, AFTER):
        assert decision.code == "regressed_again"
    else:
        assert decision.effect is Effect.STAYS


def test_the_next_release_is_one_that_comes_out_later() -> None:
    decision = decide(resolved("next_release"), after("2.5-beta"), Order(NEWER, was_out=True), Counts())
    assert (decision.effect, decision.code) == (Effect.STAYS, "stays_out")


@pytest.mark.parametrize("resolution", ["next_release", "in_release"])
def test_without_a_release_it_counts_whether_the_fix_is_out(resolution: str) -> None:
    def code(out_at: datetime) -> str:
        return decide(resolved(resolution), after(""), Order(None, fix_out_at=out_at), Counts()).code

    assert code(BEFORE) == code(AFTER) == "regressed_after"
    assert code(AFTER + HOUR) == "stays_before_out"


def test_facts_are_what_was_compared() -> None:
    decision = decide(resolved("in_release", "2.4.0"), after("2.4.1"), Order(NEWER), Counts())
    assert decision.why == {
        "code": "regressed_newer", "release": "2.4.1", "than": "2.4.0", "basis": "semantic_version",
        "resolution": "in_release",
    }  # fmt: skip


def test_whole_seconds_are_any_instant_of_their_second() -> None:
    state = State("resolved", "now", AT + timedelta(milliseconds=300))
    assert decide(state, Sent("", AT, AFTER), Order(), Counts()).effect is Effect.REGRESSES
    early = Sent("", AT + timedelta(milliseconds=200), AFTER)
    assert decide(state, early, Order(), Counts()).effect is Effect.STAYS


def test_an_unknown_time_of_resolution_keeps_nothing_out() -> None:
    state = State("resolved", "now", None)
    assert decide(state, Sent("", BEFORE, BEFORE), Order(), Counts()).effect is Effect.REGRESSES


def test_what_is_open_or_muted_for_good_stays_as_it_is() -> None:
    for state in (State(), State("muted"), State("muted", muted_at=AT), State("deleting"), State("merging")):
        assert decide(state, after(), Order(NEWER), Counts(10**9, 10**9)) is NOTHING
        assert by_time(state, AFTER) is NOTHING


def test_a_muted_issue_opens_at_its_time() -> None:
    state = State("muted", muted_at=BEFORE, muted_until=AT)
    assert by_time(state, AT - timedelta(microseconds=1)) is NOTHING
    assert by_time(state, AT).why == {"code": "unmuted_until", "until": AT.isoformat()}
    assert decide(state, Sent("", BEFORE, AFTER), Order(), Counts()).effect is Effect.UNMUTES
    assert decide(state, Sent("", AFTER, BEFORE), Order(), Counts()) is NOTHING


def test_every_threshold_is_exact_and_named() -> None:
    for events, people, minutes in product([None, 3], [None, 2], [None, 10]):
        state = State("muted", muted_at=AT, mute_events=events, mute_people=people, mute_minutes=minutes)
        for count in product(range(5), range(4)):
            decision = reached(state, Counts(*count))
            assert decide(state, after(), Order(), Counts(*count)) == decision
            by_events = events is not None and count[0] >= events
            by_people = people is not None and count[1] >= people
            within = {"minutes": 10} if minutes else {}
            if by_events:
                assert decision.why == {"code": "unmuted_events", "count": count[0], "least": 3, **within}
            elif by_people:
                assert decision.why == {"code": "unmuted_people", "count": count[1], "least": 2, **within}
            else:
                assert decision is NOTHING


def test_columns_are_those_of_a_state() -> None:
    assert tuple(State.__dataclass_fields__) == COLUMNS
