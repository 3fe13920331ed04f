"""Which state of an upload follows, and what a client is told. Pure.

A client asks for an upload again and again: it learns which pieces are missing, sends them, and asks until the upload is stored. The states
are those of Sentry's clients: docs/sentry-api.md, "Uploads".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

#: What clients are told. An upload has the first of them while it has no row.
NOT_FOUND, CREATED, ASSEMBLING, OK, ERROR = "not_found", "created", "assembling", "ok", "error"
UNFINISHED = (CREATED, ASSEMBLING)
#: For so long an error is told to whoever asks for the upload; then asking is trying again.
TOLD_FOR = timedelta(seconds=30)
#: For so long whoever works on an upload has it; each piece of work renews it.
LEASE = timedelta(seconds=60)
# Of several uploads that were asked for together, the state that matters most comes first.
_ORDER = (ERROR, NOT_FOUND, CREATED, ASSEMBLING, OK)


class Next(Enum):
    """What becomes of an upload that a client asks for."""

    #: It is told how the upload stands; nothing begins.
    TELL = 1
    #: It has to send pieces first.
    SEND = 2
    #: All pieces are there: the upload is created, or begins again.
    BEGIN = 3


@dataclass(frozen=True, slots=True)
class Known:
    """An upload that has a row. `finished_at` is None until it is stored or refused."""

    state: str
    finished_at: datetime | None
    leased_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What a client is told of an upload. `missing` are the SHA-1s of the pieces that it has to send."""

    state: str
    missing: Sequence[str] = ()
    detail: str = ""
    upload_id: int | None = field(default=None, compare=False)


def next_of(known: Known | None, *, is_missing: bool, newest: datetime | None, now: datetime) -> Next:
    """What becomes of an upload that is asked for at `now`. `is_missing`: pieces of it are; `newest`: when the last piece arrived."""
    if known is not None and known.state != ERROR:
        return Next.TELL
    if known is not None and known.finished_at is not None:
        is_sent_again = newest is not None and newest > known.finished_at
        # A time in the future was written by a clock that was wrong.
        if timedelta(0) <= now - known.finished_at < TOLD_FOR and not is_sent_again:
            return Next.TELL
    return Next.SEND if is_missing else Next.BEGIN


def is_free(known: Known, now: datetime) -> bool:
    """Whether somebody may begin to work on it: nobody has it, or whoever had it has died."""
    if known.state not in UNFINISHED:
        return False
    until = known.leased_until
    # A lease that ends later than one can was written by a clock that was wrong.
    return until is None or until <= now or until > now + 2 * LEASE


def together(standings: Iterable[Standing]) -> Standing:
    """What a client is told that asked for several uploads at once, one for each project it named; at least one."""
    found = sorted(standings, key=lambda standing: _ORDER.index(standing.state))
    missing = dict.fromkeys(name for standing in found for name in standing.missing)
    return Standing(found[0].state, tuple(missing), found[0].detail, found[0].upload_id)
