"""What a person asks for when they resolve or mute issues: until when that holds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from issues.states.rule import State

#: An issue can be muted for so long, until so many more events or people, and within so many minutes (30 days).
LONGEST, MOST, MOST_MINUTES = timedelta(days=3660), 1_000_000, 43_200
#: People of some minutes are kept one by one (issues.states.window).
MOST_PEOPLE_WITHIN = 1_000
LONGEST_RELEASE = 200


class NotPossible(ValueError):
    """The change cannot be made. The message is for people."""


@dataclass(frozen=True, slots=True)
class Resolve:
    """`resolution` is one of Issue.Resolution; `release` belongs to `in_release`, and may not exist yet. `commit` is the one that
    said so, of a `repository`."""

    resolution: str = "now"
    release: str = ""
    commit: str = ""
    repository: str = ""

    def check(self) -> None:
        """Raise NotPossible if this cannot be meant."""
        if self.resolution not in ("now", "next_release", "in_release"):
            raise NotPossible("An issue is resolved now, in the next release, or in a given release.")
        if self.resolution == "in_release":
            if not self.release.strip():
                raise NotPossible("Say in which release it is fixed.")
            if len(self.release) > LONGEST_RELEASE:
                raise NotPossible(f"The name of a release can have {LONGEST_RELEASE} characters.")
            if any(character in self.release for character in "\n\r\t\0"):
                raise NotPossible("The name of a release is one line of text.")
        elif self.release:
            raise NotPossible("A release can only be given for issues that are resolved in a given release.")

    @property
    def parameters(self) -> dict[str, Any]:
        """As BulkAction.parameters keeps it: `resolve_of` reads it again."""
        return {} if self == Resolve() else {"resolution": self.resolution, "release": self.release}


@dataclass(frozen=True, slots=True)
class Mute:
    """What ends the muting: a date, or so many more events or people, each within so many minutes if these are given. Nothing: for
    good."""

    until: datetime | None = None
    events: int | None = None
    people: int | None = None
    minutes: int | None = None

    def check(self, now: datetime) -> None:
        """Raise NotPossible if this cannot be meant."""
        if self.until is not None and not now < self.until <= now + LONGEST:
            raise NotPossible("An issue is muted until a time in the future, in ten years at most.")
        for count, noun in ((self.events, "events"), (self.people, "users")):
            if count is not None and not 1 <= count <= MOST:
                raise NotPossible(f"The number of {noun} is between 1 and {MOST:,}.")
        if self.minutes is None:
            return
        if not 1 <= self.minutes <= MOST_MINUTES:
            raise NotPossible(f"The number of minutes is between 1 and {MOST_MINUTES:,}, which are 30 days.")
        if self.events is None and self.people is None:
            raise NotPossible("Minutes need a number of events or users that are to come within them.")
        if self.people is not None and self.people > MOST_PEOPLE_WITHIN:
            raise NotPossible(f"Within some minutes at most {MOST_PEOPLE_WITHIN:,} users can be waited for.")

    @property
    def parameters(self) -> dict[str, Any]:
        """As BulkAction.parameters keeps it: `mute_of` reads it again."""
        until = self.until.isoformat() if self.until else None
        return {name: value for name, value in (asdict(self) | {"until": until}).items() if value is not None}

    @property
    def state(self) -> State:
        """The state of an issue that is muted so."""
        return State(
            "muted",
            muted_until=self.until,
            mute_events=self.events,
            mute_people=self.people,
            mute_minutes=self.minutes,
        )

    @property
    def why(self) -> dict[str, Any] | None:
        """As Activity.why keeps it; None: for good."""
        return {"code": "muted", **self.parameters} if self.parameters else None


#: What a person means who says no more than "resolve" or "mute".
AT_ONCE, FOR_GOOD = Resolve(), Mute()


def resolve_of(parameters: Mapping[str, Any]) -> Resolve:
    """What Resolve.parameters wrote."""
    return Resolve(parameters.get("resolution", "now"), parameters.get("release", ""))


def mute_of(parameters: Mapping[str, Any]) -> Mute:
    """What Mute.parameters wrote."""
    until = parameters.get("until")
    numbers = (parameters.get(name) for name in ("events", "people", "minutes"))
    return Mute(datetime.fromisoformat(until) if until else None, *numbers)
