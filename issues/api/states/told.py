"""The state of an issue as the API tells it."""

from __future__ import annotations

from typing import Any, Literal

from issues.models import Issue
from issues.record import trends
from issues.states import moves, sentences
from rustrak.lib import clock
from rustrak.lib.schemas import Moment, Output


class MuteOut(Output):
    """When a muted issue opens again: `until` a time, after `events` or `users` more, or after so many within `minutes`."""

    since: Moment | None
    until: Moment | None
    events: int | None
    users: int | None
    minutes: int | None


class StateOut(Output):
    """`resolved_release`: with `now` the newest release at that time, with `next_release` the one that the fix comes after, with
    `in_release` the one with the fix. `state_text` says the state in words, `decision` what the last event that could have changed
    it did, and why; empty if there was none since a person changed it."""

    resolution: Literal["now", "next_release", "in_release"] | None
    resolved_at: Moment | None
    resolved_release: str | None
    regressed_at: Moment | None
    regressed_release: str | None
    mute: MuteOut | None
    state_text: str
    decision: str
    is_escalating: bool


def state(issue: Issue) -> dict[str, Any]:
    """The fields of StateOut."""
    return {
        "resolution": issue.resolution or None,
        "resolved_at": issue.resolved_at if issue.is_resolved else None,
        "resolved_release": issue.resolved_release or None,
        "regressed_at": issue.regressed_at,
        "regressed_release": issue.regressed_release or None,
        "mute": _mute(issue) if issue.is_muted else None,
        "state_text": sentences.state(moves.state_of(issue)),
        "decision": sentences.sentence(issue.decision),
        "is_escalating": issue.status == Issue.Status.OPEN
        and trends.is_escalating(issue.trend, issue.usual, issue.first_seen, clock.now()),
    }


def _mute(issue: Issue) -> MuteOut:
    return MuteOut(
        since=issue.muted_at,
        until=issue.muted_until,
        events=issue.mute_events,
        users=issue.mute_people,
        minutes=issue.mute_minutes,
    )
