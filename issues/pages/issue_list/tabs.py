"""The tabs of the list, with how many issues of the view each has."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Value

from issues.pages.issue_list.asked import TABS, Asked
from issues.pages.issue_list.selection import Selection


@dataclass(frozen=True, slots=True)
class Tab:
    """A state that issues may have, and how many have it; None: they were not counted."""

    name: str
    label: str
    count: int | None
    current: bool
    link: str


def uncounted(asked: Asked) -> list[Tab]:
    """The tabs of a search that cannot be carried out."""
    return [
        Tab(name, label, None, name == asked.status, asked.link(status=name)) for name, label in TABS.items()
    ]


def tabs(selection: Selection) -> list[Tab]:
    """One query."""
    asked = selection.asked
    by_status = selection.issues.order_by().values("status").annotate(count=Count("pk"))
    for_review = selection.issues.order_by().filter(selection.for_review())
    # Grouped by the status as well, which is the same for all of them, and named after the tab.
    named = for_review.values("status").annotate(count=Count("pk")).values_list(Value("review"), "count")
    counts = dict(by_status.values_list("status", "count").union(named, all=True))
    counts["all"] = sum(count for name, count in counts.items() if name != "review")
    return [
        Tab(name, label, counts.get(name, 0), name == asked.status, asked.link(status=name))
        for name, label in TABS.items()
    ]
