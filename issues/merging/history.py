"""Writes into the history of issues what became of their groupings."""

from __future__ import annotations

from uuid import UUID

from accounts.models import User
from issues import usage
from issues.models import Activity, Issue
from rustrak.lib import clock


def write(issue: UUID, kind: Activity.Kind, by: User | None, other: Issue) -> None:
    """Note that somebody did this to an issue and the `other` one, which has its project with it."""
    Activity.objects.create(issue_id=issue, kind=kind, at=clock.now(), user=by, detail=other.short_id[:254])
    usage.add(other.project_id, {"issue": (0, usage.ACTIVITY)})
