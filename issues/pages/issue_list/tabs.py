"""The tabs of the list, with how many issues of the view each has."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

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


def tabs(selection: Selection, for_review: Q) -> list[Tab]:
    """One query. `for_review` is what `selection.for_review()` returns."""
    asked = selection.asked
    # All in one, so that the database looks for the issues of a search once.
    found = selection.issues.order_by().values_list("status")
    rows = list(found.annotate(all=Count("*"), for_review=Count("pk", filter=for_review)))
    counts = {status: count for status, count, _ in rows}
    counts["all"] = sum(counts.values())
    counts["review"] = sum(count for *_, count in rows)
    return [
        Tab(name, label, counts.get(name, 0), name == asked.status, asked.link(status=name))
        for name, label in TABS.items()
    ]
