"""The events before and after one in the list that a search of the issue's events has found."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import User
from issues.models import Event, Issue
from issues.search import Scope
from issues.search.events.conditions import wanted
from issues.search.events.scan import scan
from rustrak.lib import clock, keyset

#: The order of the list.
FIELDS = ("timestamp", "digest_order")
# Looking in each direction ends after so many seconds.
SECONDS = 0.15


@dataclass(frozen=True, slots=True)
class Around:
    """Addresses: of the search's list, and of the next older and newer event in it, empty where there is none. Where that was not
    found in time, `search_older` and `search_newer` go on searching."""

    events: str
    older: str
    newer: str
    search_older: str
    search_newer: str


def around(issue: Issue, event: Event, q: str, viewer: User) -> Around | None:
    """What is around `event` among those that `q` finds; None if that is not a search."""
    want = wanted(q, Scope([issue.project], viewer, clock.now()))
    if not want.query or want.mistakes:
        return None
    listed = reverse("event_list", args=[issue.project.slug, issue.pk])

    def following(descending: bool) -> tuple[str, str]:
        rows = issue.events.filter(want.condition)
        cursor = keyset.cursor_of(event, FIELDS, descending)
        found = scan(rows, want, FIELDS, descending=descending, cursor=cursor, limit=1, seconds=SECONDS)
        if found.items:
            return reverse("event", args=[issue.project.slug, issue.pk, found.items[0].pk]), ""
        if not found.next_cursor:
            return "", ""
        sort = {} if descending else {"sort": "oldest"}
        return "", f"{listed}?{urlencode({'q': q, **sort, 'cursor': found.next_cursor})}"

    older, search_older = following(True)
    newer, search_newer = following(False)
    return Around(f"{listed}?{urlencode({'q': q})}", older, newer, search_older, search_newer)
