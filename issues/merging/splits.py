"""Takes one grouping out of an issue: into an issue of its own, or into another one that exists."""

from __future__ import annotations

from uuid import UUID

from accounts.models import User
from issues.models import Grouping


def split(project_id: int, grouping_id: int, by: User | None) -> UUID:
    """Split a grouping off its issue, with all its events. Returns the id of the issue that it has then.

    That is the issue that was merged in with this grouping alone, made again, where there is one; else a new issue, with the
    project's next number. Raises NotPossible.
    """
    raise NotImplementedError


def move(project_id: int, grouping_id: int, into: UUID, by: User | None) -> None:
    """Have a grouping lead to another issue of the project, with all its events. Raises NotPossible."""
    raise NotImplementedError


def why_not_split(grouping: Grouping) -> str:
    """Why a grouping cannot be split off or moved, in a sentence for people; empty if it can, as far as that is known before."""
    raise NotImplementedError
