"""The columns of groupings that are counted apart from their issue: those of issues with several groupings that have events.

A grouping that is not counted has all events of its issue, so its columns are those of the issue; all other groupings of the
issue are counted and have no events. So the usual issue, which has one grouping, costs nothing more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.db.models import OuterRef, Subquery

from issues.models import Grouping, Issue
from issues.record import issue_delta, trends
from issues.record.issue_delta import IssueDelta
from rustrak.lib import bulk

_FIELDS = ["id", *issue_delta.COUNTS]
_ASSIGN = ", ".join(["is_counted = TRUE", *(f"{name} = :{name}:" for name in issue_delta.COUNTS)])


def keep_counts(issues: Collection[UUID]) -> None:
    """From now on each grouping of these issues has its own columns. One statement; may be repeated.

    Must be called in a transaction with the lock of their project, before what they count changes.
    """
    of_issue = Issue.everything.filter(pk=OuterRef("issue"))
    columns = {name: Subquery(of_issue.values(name)) for name in issue_delta.COUNTS}
    Grouping.objects.filter(issue__in=issues, is_counted=False).update(is_counted=True, **columns)


def write(issues: Sequence[IssueDelta]) -> None:
    """Write what a batch adds to groupings that are counted, before their issues are updated. No statement if there are none."""
    if apart := [issue.id for issue in issues if issue.is_apart and not issue.first]:
        keep_counts(apart)
    rows = []
    for issue in issues:
        for grouping in issue.groupings:
            if (own := grouping.own) is not None and (grouping.hours or issue.is_apart):
                for hour, count in grouping.hours.items():
                    own.trend = trends.added(own.trend, hour, count, trends.RECENT)
                    own.usual = trends.added(own.usual, hour, count, trends.LONG)
                rows.append((grouping.id, *(getattr(own, name) for name in issue_delta.COUNTS)))
    rows.sort()
    bulk.update(Grouping, _FIELDS, rows, _ASSIGN)
