"""What a preview returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from issues.models import News

PERIOD = timedelta(days=7)
#: So many messages are listed; all are counted.
MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Message:
    """One message that would have gone to each channel and person of the rule.

    `issue` is None for a spike, for a burst and for a monitor without an issue; `total` is how many news a burst has.
    `detail` is the name of a monitor, or numbers in words ("150 events in 1 h").
    """

    at: datetime
    news: News
    issue: UUID | None = None
    short_id: str = ""
    title: str = ""
    detail: str = ""
    total: int = 1


@dataclass(frozen=True, slots=True)
class Preview:
    """The messages, newest first, at most MOST_LISTED of `total`.

    `by_trigger` counts them by the value of News, `by_day` by day (UTC), the oldest first, days without messages
    included. `suppressed` were within the cooldown, `collected` are in messages about a burst. `notes` are sentences
    for people about what the preview cannot know exactly.
    """

    messages: tuple[Message, ...] = ()
    total: int = 0
    by_trigger: dict[str, int] = field(default_factory=dict)
    by_day: tuple[tuple[date, int], ...] = ()
    suppressed: int = 0
    collected: int = 0
    notes: tuple[str, ...] = ()
