"""Says who looks after the issues that a batch creates, as the project's ownership rules want it."""

from __future__ import annotations

from collections.abc import Sequence

from issues.record.issue_delta import IssueDelta


def assign(project_id: int, new_issues: Sequence[IssueDelta]) -> None:
    """Set the assignee of each new issue; before they are inserted."""
