"""What was merged into an issue, and whether that can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from issues import merging
from issues.models import Issue, MergedIssue


@dataclass(frozen=True, slots=True)
class Merged:
    """An issue that was merged into another one. `why_not` says why that cannot be undone, in a sentence; empty if it can, until
    `until`. `by` is empty for an account that was deleted."""

    row: MergedIssue
    short_id: str
    by: str
    why_not: str
    until: datetime


def merged(issue: Issue, now: datetime, most: int) -> tuple[list[Merged], bool]:
    """At most `most` issues that were merged into `issue`, the latest first, and whether there are more."""
    rows = MergedIssue.objects.filter(into=issue.pk).select_related("by").order_by("-at", "-digest_order")
    found = list(rows[: most + 1])
    return [_merged(row, issue, now, merging.UNDO_FOR) for row in found[:most]], len(found) > most


def _merged(row: MergedIssue, issue: Issue, now: datetime, undo_for: timedelta) -> Merged:
    row.into = issue
    return Merged(
        row=row,
        short_id=f"{issue.project.slug.upper()}-{row.digest_order}",
        by=row.by.get_short_name() if row.by else "",
        why_not=merging.why_not_undoable(row, now),
        until=row.at + undo_for,
    )
