"""What a client asks for when it resolves or mutes issues."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Literal, Protocol

from pydantic import AfterValidator, Field

from issues.states.change import MOST, MOST_MINUTES, Mute, NotPossible, Resolve
from rustrak.lib import clock, problems
from rustrak.lib.schemas import Input, Text

ResolutionName = Literal["now", "next_release", "in_release"]
ReleaseName = Annotated[Text, Field(max_length=200)]


def _moment(text: str) -> str:
    try:
        known = datetime.fromisoformat(text).tzinfo
    except ValueError:
        known = None
    if known is None:
        raise ValueError("must be a time with its zone, as 2026-11-27T12:00:00Z")
    return text


class MuteIn(Input):
    """When a muted issue opens again: at a time, or after so many more events or users; with `minutes` after so many within them.

    Whatever comes first counts. Nothing: never.
    """

    until: Annotated[Text, Field(max_length=40), AfterValidator(_moment)] | None = None
    events: Annotated[int, Field(ge=1, le=MOST)] | None = None
    users: Annotated[int, Field(ge=1, le=MOST)] | None = None
    minutes: Annotated[int, Field(ge=1, le=MOST_MINUTES)] | None = None


class _Asks(Protocol):
    """A body with the fields of a state."""

    @property
    def resolution(self) -> ResolutionName | None: ...
    @property
    def release(self) -> str | None: ...
    @property
    def mute(self) -> MuteIn | None: ...


def change(body: _Asks, state: str | None) -> Resolve | Mute | None:
    """How the issues are to be resolved or muted, if `state` is "resolved" or "muted". Raises BadInput for what cannot be meant."""
    if state != "resolved" and (body.resolution is not None or body.release is not None):
        raise problems.BadInput("resolution, release: belong to issues that are resolved")
    if state != "muted" and body.mute is not None:
        raise problems.BadInput("mute: belongs to issues that are muted")
    with errors():
        if state == "resolved":
            resolve = Resolve(body.resolution or "now", (body.release or "").strip())
            resolve.check()
            return resolve
        if state == "muted":
            asked = body.mute or MuteIn()
            until = datetime.fromisoformat(asked.until) if asked.until else None
            mute = Mute(until, asked.events, asked.users, asked.minutes)
            mute.check(clock.now())
            return mute
    return None


@contextmanager
def errors() -> Iterator[None]:
    """Answers with 400 what is not possible."""
    try:
        yield
    except NotPossible as error:
        raise problems.BadInput(str(error)) from None
