"""What happened to an issue, in words, for its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from issues.models import Activity, Issue

MOST = 20
_WORDS = {
    Activity.Kind.CREATED: "First event",
    Activity.Kind.REGRESSED: "Came back",
    Activity.Kind.RESOLVED: "Resolved",
    Activity.Kind.REOPENED: "Reopened",
    Activity.Kind.MUTED: "Muted",
    Activity.Kind.UNMUTED: "Unmuted",
    Activity.Kind.SAMPLED: "Sampled",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened; `who` is empty when it was an event, or nobody who still has an account."""

    what: str
    at: datetime
    who: str


def of_issue(issue: Issue) -> list[Entry]:
    """The latest MOST entries, newest first: one query."""
    latest = Activity.objects.filter(issue=issue).select_related("user").order_by("-at", "-id")[:MOST]
    return [
        Entry(_WORDS[Activity.Kind(each.kind)], each.at, each.user.get_short_name() if each.user else "")
        for each in latest
    ]
