"""What was merged into an issue, and whether that can be undone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from issues import merging
from issues.models import Grouping, Issue, MergedIssue


@dataclass(frozen=True, slots=True)
class Merged:
    """An issue that was merged into another one. `why_not` says why that cannot be undone, in a sentence; empty if it can, until
    `until`. `by` is empty for an account that was deleted."""

    row: MergedIssue
    short_id: str
    by: str
    why_not: str
    until: datetime


#: The order of a list of them, the latest first.
FIELDS = ("at", "digest_order")


def merged(issue: Issue, now: datetime, most: int) -> tuple[list[Merged], bool]:
    """At most `most` issues that were merged into `issue`, the latest first, and whether there are more."""
    found = list(rows(issue).order_by(*(f"-{name}" for name in FIELDS))[: most + 1])
    return merged_of(found[:most], issue, now), len(found) > most


def rows(issue: Issue) -> QuerySet[MergedIssue]:
    """What `merged_of` takes, in no order."""
    return MergedIssue.objects.filter(into=issue.pk).select_related("by")


def merged_of(found: Sequence[MergedIssue], issue: Issue, now: datetime) -> list[Merged]:
    """These rows of `issue`, whose project is loaded. One query."""
    keys = {key for row in found if row.before for key in row.before.get("groupings", ())}
    here = set(Grouping.objects.filter(issue=issue.pk, pk__in=keys).values_list("pk", flat=True))
    return [_merged(row, issue, now, here) for row in found]


def _merged(row: MergedIssue, issue: Issue, now: datetime, here: Collection[int]) -> Merged:
    row.into = issue
    why_not = merging.why_not_undoable(row, now)
    if not why_not and not any(key in here for key in (row.before or {}).get("groupings", ())):
        why_not = "Its events were moved to other issues since."
    return Merged(
        row=row,
        short_id=f"{issue.project.slug.upper()}-{row.digest_order}",
        by=row.by.get_short_name() if row.by else "",
        why_not=why_not,
        until=row.at + merging.UNDO_FOR,
    )
