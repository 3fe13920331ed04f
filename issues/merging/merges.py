"""Merges an issue into another one of its project, and takes that back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from accounts.models import User
from issues.models import MergedIssue

#: Issues that are merged into one at a time.
MOST = 1000
#: How long a merge can be undone.
UNDO_FOR = timedelta(days=30)


def merge(project_id: int, into: UUID, other: UUID, by: User | None) -> None:
    """Merge the issue `other` into `into`: from now on both addresses lead to `into`, whose state stays as it is.

    Raises NotPossible.
    """
    raise NotImplementedError


def undo_merge(project_id: int, gone: UUID, by: User | None) -> str:
    """Make the issue again that had the id `gone`, with what it had and with what has arrived under its groupings since.

    Returns what could not be restored, in sentences for people; empty: nothing. Raises NotPossible.
    """
    raise NotImplementedError


def why_not_undoable(merged: MergedIssue, now: datetime) -> str:
    """Why a merge cannot be undone any more, in a sentence for people; empty if it can, as far as that is known before."""
    raise NotImplementedError
