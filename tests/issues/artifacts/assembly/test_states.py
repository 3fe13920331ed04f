"""issues/artifacts/assembly/states.py: what follows, and what a client is told"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from issues.artifacts.assembly import states
from issues.artifacts.assembly.states import Known, Next, Standing, is_free, next_of, together

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def after(known: Known | None, *, is_missing: bool = False, newest: datetime | None = None) -> Next:
    return next_of(known, is_missing=is_missing, newest=newest, now=NOW)


def test_an_upload_begins_when_all_pieces_are_there() -> None:
    assert after(None, is_missing=True) is Next.SEND
    assert after(None) is Next.BEGIN


def test_what_is_known_is_told_whatever_pieces_there_are() -> None:
    for state in (states.CREATED, states.ASSEMBLING, states.OK):
        for is_missing in (True, False):
            assert after(Known(state, None), is_missing=is_missing) is Next.TELL


def test_an_error_is_told_for_a_while_and_then_tried_again() -> None:
    fresh, old = (Known(states.ERROR, NOW - ago) for ago in (29 * SECOND, 31 * SECOND))
    assert after(fresh) is after(fresh, is_missing=True, newest=NOW - 40 * SECOND) is Next.TELL
    assert (after(old), after(old, is_missing=True)) == (Next.BEGIN, Next.SEND)
    # Pieces that came since then are a new attempt, and a time in the future is none.
    assert after(fresh, newest=NOW - SECOND) is Next.BEGIN
    assert after(Known(states.ERROR, NOW + 99 * SECOND)) is Next.BEGIN


def test_a_lease_ends_by_itself() -> None:
    for state in states.UNFINISHED:
        assert is_free(Known(state, None, None), NOW)
        assert not is_free(Known(state, None, NOW + states.LEASE), NOW)
        assert is_free(Known(state, None, NOW), NOW)
        assert is_free(Known(state, None, NOW + 3 * states.LEASE), NOW)  # of a clock that was wrong
    assert not is_free(Known(states.OK, NOW, None), NOW)


def test_of_several_projects_the_one_that_is_least_far_is_told() -> None:
    ok, assembling, created = (Standing(state) for state in (states.OK, states.ASSEMBLING, states.CREATED))
    lacking, other = Standing(states.NOT_FOUND, ["a", "b"]), Standing(states.NOT_FOUND, ["b", "c"])
    assert together([ok, ok]).state == states.OK
    assert together([ok, assembling]).state == states.ASSEMBLING
    assert together([assembling, created]).state == states.CREATED
    assert together([ok, lacking, other]) == Standing(states.NOT_FOUND, ("a", "b", "c"))
    refused = Standing(states.ERROR, detail="It is no zip file.")
    assert together([lacking, refused]) == Standing(states.ERROR, ("a", "b"), "It is no zip file.")
