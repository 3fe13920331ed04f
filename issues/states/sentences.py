"""Words what issues.states.rule decided, and the state of an issue: the same on pages, in the API and in alerts. Pure.

Times are in the zone of whoever reads the page, elsewhere in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from issues.states.rule import State
from issues.versions.order import Basis
from rustrak.lib.wording import counted
from rustrak.local_times import current

LONGEST_RELEASE = 80
_MINUTES = ((1440, "day"), (60, "hour"), (1, "minute"))


def sentence(why: Mapping[str, Any] | None) -> str:
    """What was decided: `Regressed: 2.4.1 is newer than 2.4.0, by semantic version.` Empty for none, and for what a person just did.

    `why` is a Decision.why. It may name releases, which strangers choose.
    """
    if not why:
        return ""
    say = _SENTENCES.get(str(why.get("code")))
    try:
        return say(why) if say else ""
    except (TypeError, ValueError):  # written by another version
        return ""


def state(state: State) -> str:
    """The state itself, without a full stop: `Resolved in 2.4.0`, `Muted until 100 events in 10 minutes`."""
    if state.status == "resolved":
        return {
            "next_release": f"Resolved in the release after {name(state.resolved_release)}",
            "in_release": f"Resolved in {name(state.resolved_release)}",
        }.get(state.resolution, "Resolved")
    if state.status == "muted":
        return "Muted" + (f" until {ends}" if (ends := mute_ends(state)) else "")
    return "Open"


def mute_ends(state: State) -> str:
    """What ends the muting: `12 Nov 2026 09:05:00 UTC`, `100 more events or 5 more users`, `100 events or 5 users in 1 hour`.

    Empty: nothing does.
    """
    more = "" if state.mute_minutes else "more "
    ways = [current.style().moment(state.muted_until)] if state.muted_until else []
    counts = [
        counted(count, f"{more}{noun}")
        for count, noun in ((state.mute_events, "event"), (state.mute_people, "user"))
        if count
    ]
    if counts:
        ways.append(" or ".join(counts) + (f" in {length(state.mute_minutes)}" if state.mute_minutes else ""))
    return ", or ".join(ways)


def length(minutes: int) -> str:
    """`10 minutes`, `1 hour`, `90 minutes`, `7 days`."""
    unit, noun = next((unit, noun) for unit, noun in _MINUTES if minutes % unit == 0)
    return counted(minutes // unit, noun)


def name(release: str) -> str:
    """A release as a sentence says it: without its package, and not too long. `2.4.0` of `shop@2.4.0`."""
    version = release.rpartition("@")[2] or release
    return version if len(version) <= LONGEST_RELEASE else f"{version[: LONGEST_RELEASE - 1]}…"


def _two(why: Mapping[str, Any]) -> tuple[str, str]:
    """The event's release and the other; with their packages if these differ."""
    release, than = str(why.get("release", "")), str(why.get("than", ""))
    if release.rpartition("@")[0] != than.rpartition("@")[0]:
        return _whole(release), _whole(than)
    return name(release), name(than)


def _whole(release: str) -> str:
    return release if len(release) <= LONGEST_RELEASE else f"{release[: LONGEST_RELEASE - 1]}…"


def _basis(why: Mapping[str, Any]) -> str:
    try:
        return Basis(str(why.get("basis"))).words
    except ValueError:
        return ""


def _again(why: Mapping[str, Any]) -> str:
    release = name(str(why.get("release", "")))
    return f"Regressed: it happened again{f' in {release}' if release else ''} after it was resolved."


def _newer(why: Mapping[str, Any]) -> str:
    release, than = _two(why)
    return f"Regressed: {release} is newer than {than}, {_basis(why)}."


def _same(why: Mapping[str, Any]) -> str:
    return f"Regressed: it happened in {_two(why)[0]}, the release with the fix."


def _after(why: Mapping[str, Any]) -> str:
    return (
        f"Regressed: the event names no release, and happened after the fix ({_fix(why)}) came out on"
        f" {_moment(why.get('out_at'))}."
    )


def _older(why: Mapping[str, Any]) -> str:
    release, than = _two(why)
    if why.get("resolution") == "now":
        return f"Stays resolved: {release} is older than {than}, the newest release when it was resolved, {_basis(why)}."
    return f"Stays resolved: {release} is older than the fix ({_fix(why)}), {_basis(why)}."


def _stays_same(why: Mapping[str, Any]) -> str:
    release, than = _two(why)
    if release == than:
        return f"Stays resolved: it happened in {release}, and the fix is in the release after that."
    return f"Stays resolved: {release} is not newer than {than}, and the fix is in the release after that."


def _was_out(why: Mapping[str, Any]) -> str:
    release, than = _two(why)
    return f"Stays resolved: {release} was out already when it was resolved in the next release, the one after {than}."


def _unknown(why: Mapping[str, Any]) -> str:
    release, than = _two(why)
    return f"Stays resolved: nothing tells whether {release} is newer than {than}."


def _not_out(why: Mapping[str, Any]) -> str:
    return f"Stays resolved: the event names no release, and the fix ({_fix(why)}) is not known to be out."


def _before_out(why: Mapping[str, Any]) -> str:
    return (
        f"Stays resolved: the event names no release, and is from before the fix ({_fix(why)}) came out on"
        f" {_moment(why.get('out_at'))}."
    )


def _fix(why: Mapping[str, Any]) -> str:
    than = name(str(why.get("than", "")))
    return than if why.get("resolution") == "in_release" else f"the release after {than}"


def _until(why: Mapping[str, Any]) -> str:
    return f"Unmuted: it was muted until {_moment(why.get('until'))}."


def _reached(why: Mapping[str, Any], noun: str) -> str:
    count, minutes = int(why.get("count", 0)), why.get("minutes")
    if minutes:
        return f"Unmuted: {counted(count, noun)} in {length(int(minutes))}."
    return f"Unmuted: {counted(count, f'more {noun}')} since it was muted."


def _state(status: str, why: Mapping[str, Any]) -> State:
    """The state that a person chose, as issues.states.moves wrote it down."""
    until = why.get("until")
    return State(
        status,
        resolution=str(why.get("resolution", "")),
        resolved_release=str(why.get("release", "")),
        muted_until=datetime.fromisoformat(until) if until else None,
        mute_events=why.get("events"),
        mute_people=why.get("people"),
        mute_minutes=why.get("minutes"),
    )


def _by_commit(why: Mapping[str, Any]) -> str:
    """` by commit 1f0c2ab of acme/shop`; empty if a person did it. `origin` is what sentry-cli says where it knows no repository."""
    commit, repository = (_whole(str(why.get(name, ""))) for name in ("commit", "repository"))
    if not commit:
        return ""
    return f" by commit {commit[:12]}" + (f" of {repository}" if repository not in ("", "origin") else "")


def _moment(stored: object) -> str:
    return current.style().moment(datetime.fromisoformat(str(stored)))


_SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "regressed_again": _again,
    "regressed_newer": _newer,
    "regressed_same": _same,
    "regressed_after": _after,
    "resolved": lambda why: f"{state(_state('resolved', why))}{_by_commit(why)}.",
    "muted": lambda why: f"{state(_state('muted', why))}.",
    "stays_before": lambda why: "Stays resolved: the event is from before it was resolved.",
    "stays_older": _older,
    "stays_same": _stays_same,
    "stays_out": _was_out,
    "stays_unknown": _unknown,
    "stays_not_out": _not_out,
    "stays_before_out": _before_out,
    "unmuted_until": _until,
    "unmuted_events": lambda why: _reached(why, "event"),
    "unmuted_people": lambda why: _reached(why, "user"),
}  # fmt: skip
