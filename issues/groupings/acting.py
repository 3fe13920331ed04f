"""What people do to groupings: each is one short transaction, after which small issues are moved at once and others in the background."""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from accounts.models import Project, User
from issues import merging

# Whoever asked waits so long at most for stored events to be moved.
_AT_ONCE = 0.2


def split(project: Project, grouping: int, by: User) -> UUID:
    """Split a grouping off its issue. Returns the issue that has it then. Raises merging.NotPossible."""
    with transaction.atomic():
        made = merging.split(project.pk, grouping, by)
    _work(project.pk)
    return made


def move(project: Project, grouping: int, into: UUID, by: User) -> None:
    """Have a grouping lead to another issue of the project. Raises merging.NotPossible."""
    with transaction.atomic():
        merging.move(project.pk, grouping, into, by)
    _work(project.pk)


def merge(project: Project, into: UUID, others: Sequence[UUID], by: User) -> None:
    """Merge issues of the project into another one, all or none of them. Raises merging.NotPossible."""
    with transaction.atomic():
        for other in others:
            merging.merge(project.pk, into, other, by)
    _work(project.pk)


def undo(project: Project, gone: UUID, by: User) -> str:
    """Undo the merge of the issue that had the id `gone`. Returns what could not be restored, in sentences. Raises merging.NotPossible."""
    with transaction.atomic():
        lost = merging.undo_merge(project.pk, gone, by)
    _work(project.pk)
    return lost


def _work(project_id: int) -> None:
    until = time.monotonic() + _AT_ONCE
    while not merging.work(project_id):
        if time.monotonic() > until:
            # The process `deliver` goes on.
            merging.wake()
            return
