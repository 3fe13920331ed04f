"""Decides what an event, or the time, changes in the state of an issue. Pure.

The only place where this is decided: issues.record asks it for each event of an issue that is not open, and what it answers is
what pages, the API and alerts tell. See docs/decisions/0042-states.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from issues.versions.order import Basis, Compared

#: The columns of Issue that a State is made of, in its order.
COLUMNS = (
    "status", "resolution", "resolved_at", "resolved_release", "muted_at", "muted_until", "mute_events", "mute_people",
    "mute_minutes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    """The state of an issue, as its columns of these names say it (issues.models.issue)."""

    status: str = "open"
    resolution: str = ""
    resolved_at: datetime | None = None
    resolved_release: str = ""
    muted_at: datetime | None = None
    muted_until: datetime | None = None
    mute_events: int | None = None
    mute_people: int | None = None
    mute_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """An event: its release (empty: none), when it happened, and when it arrived."""

    release: str
    happened_at: datetime
    arrived_at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """What is known of the event's release and of the release that the issue was resolved in (`State.resolved_release`).

    `compared`: the event's with that one; None if one of them is not given. `is_alike`: both are of one package. `was_out`: the
    event's release was known before the issue was resolved. `fix_out_at`: when the release with the fix was released or first seen;
    None while that is not known. Only asked for what has a release and for what has none, in their turn.
    """

    compared: Compared | None = None
    is_alike: bool = True
    was_out: bool = False
    fix_out_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What arrived since the issue was muted, this event included, or of it what arrived in the last `mute_minutes`: events and
    people. Without minutes the people are those whom the issue had not met before it was muted."""

    events: int = 0
    people: int = 0


class Effect(StrEnum):
    """What a decision does to the issue."""

    NOTHING = "nothing"  # and there is nothing to say
    STAYS = "stays"  # it stays resolved, which is said
    REGRESSES = "regresses"  # it becomes open, and was resolved
    UNMUTES = "unmutes"  # it becomes open, and was muted


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens, and why: a code and facts (JSON) that issues.states.sentences words."""

    effect: Effect
    code: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def why(self) -> dict[str, Any]:
        """As Activity.why and Issue.decision keep it."""
        return {"code": self.code, **self.facts}


NOTHING = Decision(Effect.NOTHING)
_BY_TIME = (Basis.RELEASED, Basis.FIRST_SEEN, Basis.TIME)


def decide(state: State, event: Sent, order: Order, counts: Counts) -> Decision:
    """What an event does to an issue in this state. `order` matters to resolved issues, `counts` to muted ones."""
    if state.status == "resolved":
        if not is_after(event, state.resolved_at):
            return Decision(Effect.STAYS, "stays_before")
        return _RESOLVED[state.resolution](state, event, order)
    if state.status == "muted":
        if (over := by_time(state, event.arrived_at)) is not NOTHING:
            return over
        return reached(state, counts)
    return NOTHING


def by_time(state: State, now: datetime) -> Decision:
    """What the time does to a muted issue."""
    if state.status == "muted" and state.muted_until is not None and now >= state.muted_until:
        return Decision(Effect.UNMUTES, "unmuted_until", {"until": state.muted_until.isoformat()})
    return NOTHING


def reached(state: State, counts: Counts) -> Decision:
    """What the numbers do to a muted issue: it is unmuted by the first that reaches what was asked for."""
    within = {"minutes": state.mute_minutes} if state.mute_minutes else {}
    for code, least, count in (
        ("unmuted_events", state.mute_events, counts.events),
        ("unmuted_people", state.mute_people, counts.people),
    ):
        if least is not None and count >= least:
            return Decision(Effect.UNMUTES, code, {"count": count, "least": least, **within})
    return NOTHING


def is_after(event: Sent, moment: datetime | None) -> bool:
    """Whether the event both happened and arrived after this moment; None: no event is from before.

    A phone may send what happened days ago, and the queue may hold what arrived before.
    """
    if moment is None:
        return True
    happened_at = event.happened_at
    if happened_at < moment and not happened_at.microsecond:
        # SDKs that send whole seconds mean any instant of that second.
        happened_at = happened_at.replace(microsecond=999_999)
    return happened_at >= moment and event.arrived_at >= moment


def _resolved_now(state: State, event: Sent, order: Order) -> Decision:
    """Any event reopens it, unless its release is older than the newest that was known when the issue was resolved."""
    compared = order.compared
    if compared is None or not compared.is_known:
        return Decision(Effect.REGRESSES, "regressed_again", {"release": event.release})
    # Of two packages, as of a server and its pages, the one that was seen later is not newer: they have orders of their own.
    if not order.is_alike and compared.basis in _BY_TIME:
        return Decision(Effect.REGRESSES, "regressed_again", {"release": event.release})
    facts = _facts(state, event, compared)
    if compared.sign < 0:
        return Decision(Effect.STAYS, "stays_older", facts)
    if compared.sign > 0:
        return Decision(Effect.REGRESSES, "regressed_newer", facts)
    return Decision(Effect.REGRESSES, "regressed_again", {"release": event.release})


def _resolved_in_next(state: State, event: Sent, order: Order) -> Decision:
    """Only a release reopens it that is newer than the newest at that time, and came out later."""
    compared = order.compared
    if compared is None:
        return _without_release(state, event, order)
    facts = _facts(state, event, compared)
    if not compared.is_known:
        return Decision(Effect.STAYS, "stays_unknown", facts)
    if compared.sign < 0:
        return Decision(Effect.STAYS, "stays_older", facts)
    if compared.sign == 0:
        return Decision(Effect.STAYS, "stays_same", facts)
    if order.was_out:
        return Decision(Effect.STAYS, "stays_out", facts)
    return Decision(Effect.REGRESSES, "regressed_newer", facts)


def _resolved_in_release(state: State, event: Sent, order: Order) -> Decision:
    """The release itself reopens it, and newer ones."""
    compared = order.compared
    if compared is None:
        return _without_release(state, event, order)
    facts = _facts(state, event, compared)
    if not compared.is_known:
        return Decision(Effect.STAYS, "stays_unknown", facts)
    if compared.sign < 0:
        return Decision(Effect.STAYS, "stays_older", facts)
    code = "regressed_newer" if compared.sign > 0 else "regressed_same"
    return Decision(Effect.REGRESSES, code, facts)


def _without_release(state: State, event: Sent, order: Order) -> Decision:
    """An event that names no release is taken for one of the fix's release as soon as that is out."""
    facts = {"than": state.resolved_release, "resolution": state.resolution}
    out_at = order.fix_out_at
    if out_at is None:
        return Decision(Effect.STAYS, "stays_not_out", facts)
    facts["out_at"] = out_at.isoformat()
    if is_after(event, out_at):
        return Decision(Effect.REGRESSES, "regressed_after", facts)
    return Decision(Effect.STAYS, "stays_before_out", facts)


def _facts(state: State, event: Sent, compared: Compared) -> dict[str, Any]:
    return {
        "release": event.release,
        "than": state.resolved_release,
        "basis": compared.basis.value,
        "resolution": state.resolution,
    }


_RESOLVED = {"now": _resolved_now, "next_release": _resolved_in_next, "in_release": _resolved_in_release}
