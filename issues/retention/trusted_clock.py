"""Whether retention may believe the machine's clock: a wrong one would have it delete everything.

docs/decisions/0025-wrong-clocks.md says why these numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from issues.models import ClockReading, Event
from rustrak.lib import clock
from rustrak.lib.wording import counted, moment_text

#: The most that the clock may go on between two runs, which are ten minutes apart while Rustrak runs.
MOST_AHEAD = timedelta(days=7)
#: The most that it may have been set back.
MOST_BACK = timedelta(days=1)
ACCEPT = "manage.py retain --accept-clock"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the clock is not believed, and what to do, as sentences."""

    text: str
    fix: str


def doubt(now: datetime) -> Doubt | None:
    """Why nothing may be deleted for its age at `now`; None if the clock is believed. One or two queries."""
    if now < clock.EARLIEST:
        return Doubt(
            f"the clock says {moment_text(now)}, which cannot be: nothing is deleted for its age",
            "Set the clock of the machine, for example by NTP.",
        )
    seen = _seen()
    if seen is None or -MOST_BACK <= now - seen <= MOST_AHEAD:
        return None
    days = counted(abs(now - seen).days, "day")
    if now > seen:
        text = f"the clock is {days} ahead of when retention last ran ({moment_text(seen)})"
        why = "If it is right, because Rustrak did not run for so long"
    else:
        text = f"the clock is {days} behind the time at which retention last ran ({moment_text(seen)})"
        why = "If it is right, because it was wrong then"
    return Doubt(
        f"{text}: nothing is deleted for its age", f"Set the clock of the machine. {why}, run {ACCEPT}."
    )


def accept(now: datetime) -> None:
    """Remember `now` as a time at which the clock was right."""
    ClockReading.objects.update_or_create(pk=1, defaults={"at": now})


def _seen() -> datetime | None:
    """When retention last believed the clock; else when the newest event arrived. None if neither is known."""
    seen = ClockReading.objects.filter(pk=1).values_list("at", flat=True).first()
    if seen is None or seen < clock.EARLIEST:
        seen = Event.objects.order_by("-id").values_list("ingested_at", flat=True).first()
    return seen if seen is not None and seen >= clock.EARLIEST else None
