"""Begins and undoes actions."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from accounts.models import Project, User
from issues.models import BulkAction, IssueQuerySet

#: An action on more issues is carried out in the background.
AT_ONCE = 100


def begin(
    issues: IssueQuerySet,
    kind: BulkAction.Kind,
    by: User,
    project: Project | None,
    *,
    assignee: User | None = None,
    target: UUID | None = None,
) -> BulkAction:
    """Begin an action on exactly the issues that the queryset has now. Few are changed at once: the action is DONE when it is returned.

    Raises ValueError, with a message for people, when the action is not possible.
    """
    raise NotImplementedError


def undo(action: BulkAction, by: User) -> BulkAction:
    """Begin the action that takes `action` back: issues that somebody has changed since are left alone and counted."""
    raise NotImplementedError


def current(user: User) -> Sequence[BulkAction]:
    """The user's actions that are not finished, oldest first."""
    raise NotImplementedError
