"""Merges issues into one, and takes that back. Only issues.lifecycle and issues.bulk_actions call it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from accounts.models import User


def merge(project_id: int, into: UUID, others: Sequence[UUID], by: User | None) -> dict[UUID, Any]:
    """Move everything of `others` into the issue `into`; later events follow. Returns, for each issue that is gone, what `undo` needs (JSON).

    In one transaction with the project's lock; the caller keeps the number of events small.
    """
    raise NotImplementedError


def undo(project_id: int, into: UUID, gone: UUID, before: Any, by: User | None) -> bool:
    """Make the issue `gone` again with what belonged to it. False if that is not possible any more."""
    raise NotImplementedError
